import { Failure } from '../../core/failure.ts';
import { estimateJsonMemory } from '../../core/json-memory.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { failMemory } from './parse.ts';

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [34, 92, 123, 125, 91, 93];
const SPACES = new Set([9, 10, 13, 32]);

/**
 * The JSON objects that follow each other in `bytes`: one document, several concatenated documents,
 * or NDJSON. If the last one does not end, it was cut off, and then no object is taken. Together
 * they are bounded as one document is: each alone may be as small as two bytes.
 */
export function splitJsonDocuments(
  bytes: Uint8Array,
  memoryBytesMax: number = LIMITS.jsonMemoryBytesMax,
): Result<readonly Uint8Array[]> {
  // mutant json-documents-memory by memory: condition -> false
  if (estimateJsonMemory(bytes) > memoryBytesMax) return failMemory(memoryBytesMax);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    if (SPACES.has(byte) || (at === 0 && hasByteOrderMark(bytes))) {
      at += byte === 0xef ? 3 : 1;
      continue;
    }
    if (byte !== OPEN) return failMalformed(`byte ${at} does not begin a JSON object`);
    const end = findEnd(bytes, at);
    // mutant watch-list-cut-off by observation: branch -> break;
    if (end === null)
      return failMalformed(`the input ends in the middle of an object, at byte ${bytes.length}`);
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return ok(found);
}

/** The byte order mark of UTF-8, which some shells write before redirected output. */
function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** The position behind the object that begins at `start`; the JSON reader checks the grammar. */
function findEnd(bytes: Uint8Array, start: number): number | null {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = findClosingQuote(bytes, at);
    } else if (byte === OPEN || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

function findClosingQuote(bytes: Uint8Array, open: number): number {
  for (let at = open + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

function failMalformed(why: string): Result<never> {
  const remedy =
    'Pipe the whole output of kubectl: kubectl get pods,deployments,nodes -A -o json | ' +
    'waybill watch --from -';
  return failed(new Failure('MALFORMED', `not complete: ${why}`, remedy));
}
