import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { makePrintable } from '../io.ts';
import type { Mark } from './examine-document.ts';
import type { QuickFix } from './quick-fixes.ts';
import { type Position, type Range, type TextChange, toLineRange } from './text-places.ts';

/** Error codes of JSON-RPC 2.0 §5.1 and of the Language Server Protocol 3.17. */
export const RPC_ERRORS = {
  parse: -32_700,
  invalid: -32_600,
  unknownMethod: -32_601,
  parameters: -32_602,
  internal: -32_603,
  notInitialized: -32_002,
} as const;

/** A request that is answered by an error. */
export class RpcError extends Error {
  readonly code: number;
  constructor(kind: keyof typeof RPC_ERRORS, message: string) {
    super(message);
    this.code = RPC_ERRORS[kind];
  }
}

export interface RpcMessage {
  /** Null for a notification. */
  readonly id: string | number | null;
  readonly method: string;
  readonly parameters: JsonObject;
}

/** Null for what is no call: an answer to us, whatever it says. */
export function readMessage(value: JsonValue): RpcMessage | null {
  if (!isJsonObject(value)) throw new RpcError('invalid', 'a message is an object');
  const { id, method, params } = value;
  if (method === undefined) return null;
  if (typeof method !== 'string') throw new RpcError('invalid', 'method is no text');
  const isId = typeof id === 'string' || typeof id === 'number';
  return { id: isId ? id : null, method, parameters: isJsonObject(params) ? params : {} };
}

/** The member of a message that must be an object. */
export function readObject(parent: JsonObject, name: 'textDocument' | 'range' | 'position') {
  const value = parent[name];
  if (isJsonObject(value)) return value;
  throw new RpcError('parameters', `${name} is missing`);
}

export function readText(parent: JsonObject, name: 'uri' | 'text'): string {
  const value = parent[name];
  if (typeof value === 'string') return value;
  throw new RpcError('parameters', `${name} is missing`);
}

/** The number of a line, from 0. */
export function readLine({ line }: JsonObject): number {
  if (typeof line === 'number' && Number.isSafeInteger(line) && line >= 0) return line;
  throw new RpcError('parameters', 'line is no number');
}

/** Changes of one message, in their order. */
export function readChanges({ contentChanges }: JsonObject): readonly TextChange[] {
  if (!Array.isArray(contentChanges) || contentChanges.length === 0)
    throw new RpcError('parameters', 'contentChanges is no list');
  // mutant editor-changes-without-end by lsp: condition -> false
  if (contentChanges.length > LIMITS.editorChangesMax)
    throw new RpcError('parameters', `over ${LIMITS.editorChangesMax} changes`);
  return contentChanges.map((change) => {
    if (!isJsonObject(change)) throw new RpcError('parameters', 'a change is an object');
    const range = change['range'] === undefined ? null : readRange(readObject(change, 'range'));
    return { range, text: readText(change, 'text') };
  });
}

function readRange(range: JsonObject): Range {
  const [start, end] = (['start', 'end'] as const).map((name) => readPosition(range[name]));
  if (start === undefined || end === undefined) throw new RpcError('parameters', 'no range');
  return { start, end };
}

/** A line and a character, both from 0. */
export function readPosition(value: JsonValue | undefined): Position {
  if (!isJsonObject(value)) throw new RpcError('parameters', 'position is missing');
  const { character } = value;
  if (typeof character !== 'number' || !Number.isSafeInteger(character) || character < 0)
    throw new RpcError('parameters', 'character is no number');
  return { line: readLine(value), character };
}

export function readVersion({ version }: JsonObject): number | null {
  return typeof version === 'number' ? version : null;
}

const LEVELS = { error: 1, warning: 2, information: 3 } as const;

export function toDiagnostic(mark: Mark, lines: readonly string[]): Diagnostic {
  return {
    range: toLineRange(lines, mark.line),
    severity: LEVELS[mark.level],
    code: mark.code,
    ...(mark.link === null ? {} : { codeDescription: { href: mark.link } }),
    source: 'waybill',
    message: makePrintable(mark.message),
  };
}

interface Diagnostic {
  readonly range: Range;
  readonly severity: number;
  readonly code: string;
  readonly codeDescription?: { readonly href: string };
  readonly source: 'waybill';
  readonly message: string;
}

/** With versions where the editor takes them: it then refuses a change of an older text. */
export function toCodeAction(
  { title, marks, files }: QuickFix,
  lines: readonly string[],
  versioned: boolean,
): object {
  const edit = versioned
    ? {
        documentChanges: files.map(({ uri, version, edits }) => ({
          textDocument: { uri, version },
          edits,
        })),
      }
    : { changes: Object.fromEntries(files.map(({ uri, edits }) => [uri, edits])) };
  const diagnostics = marks.map((mark) => toDiagnostic(mark, lines));
  return { title, kind: 'quickfix', diagnostics, edit };
}
