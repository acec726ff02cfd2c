import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseToml } from '../../../formats/toml/parse.ts';

/** Members of documents whose form is not known: what has another type counts as absent. */

export function takeText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function takeObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : NO_MEMBERS;
}

const NO_MEMBERS: JsonObject = {};

export function takeList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function takeTexts(value: JsonValue | undefined): readonly string[] {
  return takeList(value).filter((one) => typeof one === 'string');
}

export function takeObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return takeList(value).filter((one) => isJsonObject(one));
}

/** The member at a path of names: `readMember(document, 'tool', 'poetry')`. */
export function readMember(value: JsonValue, ...names: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = value;
  for (const name of names) at = isJsonObject(at) ? getOwn(at, name) : undefined;
  return at;
}

export interface TomlDocument {
  readonly text: string;
  readonly members: JsonObject;
}

/** TOML of a file: its text, and its tables. */
export function readToml(bytes: Uint8Array, bytesMax: number): Result<TomlDocument> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const parsed = parseToml(text.value, { bytesMax });
  if (!parsed.ok) return parsed;
  if (!isJsonObject(parsed.value)) return fail('MALFORMED', 'it is no table', 'Correct it.');
  return ok({ text: text.value, members: parsed.value });
}

/** The lines, from 1, of the headers `[[name]]`, in their order. */
export function listTableLines(text: string, name: string): readonly number[] {
  const lines: number[] = [];
  for (const [at, line] of text.split('\n').entries())
    if (line.startsWith('[[') && line.trim() === `[[${name}]]`) lines.push(at + 1);
  return lines;
}

/** The line, from 1, that a place in a text is in. */
export function countLine(text: string, at: number): number {
  let line = 1;
  for (let from = text.indexOf('\n'); from !== -1 && from < at; from = text.indexOf('\n', from + 1))
    line++;
  return line;
}
