import { isJsonObject, type JsonValue } from '../../src/core/json.ts';

/** Places of a sample that are grown, of each kind; a sample is small. */
const PLACES_MAX = 6;
/** Members whose text says what the others mean: another text would be another document. */
const MEANS = /type|alg|category|status|kind|level|aggregate|format|version$|^alg|scope|method/i;
/** What readers of text look for. */
const RUNS = [' ', '\t', '-', '.', 'a', '"', '(', '/', ',', '=', '0'];

/** What of a document grows: a list, a text or an object, a text of lines. */
export type Part = 'list' | 'member' | 'lines';

/** The document with one list, text or object larger, for each of them. */
export function* growJson(
  sample: Uint8Array,
  part: Part,
  size: number,
  tag: string,
): Generator<Uint8Array> {
  const document = JSON.parse(Buffer.from(sample).toString('utf8')) as JsonValue;
  const chosen = listPlaces(document).filter(
    ({ value }) => Array.isArray(value) === (part === 'list'),
  );
  for (const { path, value } of chosen.slice(0, PLACES_MAX)) {
    const larger = grow(value, size, tag);
    yield Buffer.from(JSON.stringify(replaceAt(document, path, larger)));
  }
}

type Path = readonly (string | number)[];

/** A text, a list or an object of the document. */
interface Place {
  readonly path: Path;
  readonly value: JsonValue;
}

function listPlaces(value: JsonValue, path: Path = []): readonly Place[] {
  if (typeof value === 'string') return [{ path, value }];
  if (Array.isArray(value)) {
    const items: readonly JsonValue[] = value;
    // The items of a list are alike.
    return [{ path, value }, ...items.slice(0, 1).flatMap((one) => listPlaces(one, [...path, 0]))];
  }
  if (!isJsonObject(value)) return [];
  const members = Object.entries(value);
  return [
    { path, value },
    ...members.flatMap(([key, one]) => listPlaces(one ?? null, [...path, key])),
  ];
}

function grow(value: JsonValue, size: number, tag: string): JsonValue {
  if (typeof value === 'string') return (value || 'a').repeat(size);
  if (Array.isArray(value)) {
    const first: JsonValue = (value[0] as JsonValue | undefined) ?? 'a';
    return Array.from({ length: size }, (_, at) => vary(first, `${tag}${at}`));
  }
  const more = Array.from({ length: size }, (_, at) => [`${tag}${at}`, 'a']);
  return { ...(value as object), ...Object.fromEntries(more) };
}

/** The same with other names and texts. */
function vary(value: JsonValue, tag: string, key = ''): JsonValue {
  if (typeof value === 'string') return MEANS.test(key) ? value : `${value}${tag}`;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((one) => vary(one, tag, key));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, one]) => [name, vary(one ?? null, tag, name)]);
  return Object.fromEntries(members) as JsonValue;
}

function replaceAt(value: JsonValue, path: Path, put: JsonValue): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return put;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((one, at) =>
      at === step ? replaceAt(one, rest, put) : one,
    );
  const object = value as { readonly [key: string]: JsonValue };
  return { ...object, [step]: replaceAt(object[step] ?? null, rest, put) };
}

/** The text with one line many times, for each of its lines, and with long runs in the middle. */
export function* growText(sample: Uint8Array, size: number, tag: string): Generator<Uint8Array> {
  const text = Buffer.from(sample).toString('utf8');
  const lines = [...new Set(text.split('\n'))].slice(0, PLACES_MAX);
  for (const line of lines) {
    const many = Array.from({ length: size }, (_, at) => `${line}${tag}${at}`).join('\n');
    yield Buffer.from(`${text}\n${many}`);
    yield Buffer.from(`${text}\n${`${line}\n`.repeat(size)}`);
  }
  const middle = Math.ceil(text.length / 2);
  for (const run of RUNS)
    for (const at of [middle, text.length])
      yield Buffer.from(`${text.slice(0, at)}${run.repeat(4 * size)}${text.slice(at)}`);
}
