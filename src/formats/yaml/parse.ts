import { isScalar, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type { JsonValue } from '../../core/json.ts';
import { fail, ok, type Result } from '../../core/result.ts';

export interface YamlOptions {
  readonly bytesMax: number;
}

const DEPTH_MAX = 50;
const BRACKET_DEPTH_MAX = 200;
const BRACKETS_MAX = 20_000;

/**
 * YAML 1.2 that is JSON with comments: one document of the core schema, without aliases (so nothing
 * expands), tags, merge keys or repeated keys; what YAML only warns about is refused too. Keys are
 * texts. A failure is MALFORMED, and its message is the bare reason: the caller names the document.
 *
 * @example parseYaml('home: /srv/waybill', { bytesMax: LIMITS.configBytesMax })
 */
export function parseYaml(text: string, { bytesMax }: YamlOptions): Result<JsonValue> {
  // mutant yaml-limit-is-in-bytes: operand -> text.length
  if (Buffer.byteLength(text) > bytesMax) return refuse('the document is too large');
  // The parser is recursive: a document that is too deep must not reach it.
  // mutant yaml-nesting: remove
  if (isTooDeep(text)) return refuse('the document is nested too deeply');
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: lines,
      // It quotes the text around each error: quadratic in a line of errors. One is enough.
      // mutant yaml-quotes-each-error by linear-yaml: value -> true
      prettyErrors: false,
      version: '1.2',
      schema: 'core',
      strict: true,
      // It compares each key with all others; `findUnsafeNode` does it in one pass.
      uniqueKeys: false,
      merge: false,
    });
    // mutant yaml-warning: remove operand 2
    const flaw = document.errors[0] ?? document.warnings[0];
    if (flaw !== undefined) return refuse(describeFlaw(flaw, lines));
    const unsafe = findUnsafeNode(document);
    return unsafe === null ? ok(document.toJS({ maxAliasCount: 0 }) as JsonValue) : refuse(unsafe);
  } catch (thrown) {
    const isDeep = thrown instanceof RangeError;
    return refuse(isDeep ? 'the document is nested too deeply' : 'not YAML', thrown);
  }
}

/** What is YAML but not JSON: aliases, tags that make other values, keys that are not texts. */
function findUnsafeNode(document: Parameters<typeof visit>[0]): string | null {
  let unsafe: string | null = null;
  visit(document, {
    Alias: () => {
      unsafe = 'aliases are refused';
      return visit.BREAK;
    },
    Node: (_, { tag }) => {
      // mutant yaml-tag: condition -> true
      if (tag === undefined) return undefined;
      unsafe = 'tags are refused';
      return visit.BREAK;
    },
    Map: (_, { items }) => {
      const keys = items.map(({ key }) => (isScalar(key) ? key.value : key));
      // mutant yaml-key-twice: condition -> true
      if (new Set(keys).size === keys.length) return undefined;
      unsafe = 'a key occurs twice';
      return visit.BREAK;
    },
    Pair: (_, { key }) => {
      // mutant yaml-key-that-is-no-text: remove operand 2
      if (isScalar(key) && typeof key.value === 'string' && !isMergeKey(key.value))
        return undefined;
      unsafe = 'keys must be plain texts';
      return visit.BREAK;
    },
  });
  return unsafe;
}

function isMergeKey(key: string): boolean {
  // mutant yaml-merge-key: remove operand
  // mutant yaml-prototype-key: remove operand 2
  return key === '<<' || key === '__proto__';
}

/**
 * Counts flow brackets and indentation before a recursive parser sees them; counting too much only
 * affects absurd documents.
 */
export function isTooDeep(text: string): boolean {
  for (const line of text.split('\n')) {
    let depth = 0;
    for (const mark of /^\s*(?:(?:[-?]|[^\s:]+:)\s+)*/
      .exec(line.slice(0, 400))?.[0]
      .match(/[-?:](?=\s)/g) ?? []) {
      depth += mark.length;
    }
    if (depth > DEPTH_MAX) return true;
  }
  return (
    (text.match(/[[{]/g) ?? []).length > BRACKETS_MAX || measureNesting(text) > BRACKET_DEPTH_MAX
  );
}

function measureNesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const mark of text.match(/[[{\]}]/g) ?? []) {
    depth = mark === '[' || mark === '{' ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function describeFlaw({ message, pos: [at] }: YAMLError, lines: LineCounter): string {
  const { line, col } = lines.linePos(at);
  return `${message.split('\n')[0] ?? 'not YAML'} at line ${line}, column ${col}`;
}

function refuse(why: string, cause?: unknown): Result<never> {
  return fail('MALFORMED', why, 'Correct the document.', cause);
}
