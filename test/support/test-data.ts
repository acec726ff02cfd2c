import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { JsonValue } from '../../src/core/json.ts';

const root = resolve(
  import.meta.dirname,
  '../..',
  process.env['WAYBILL_TEST_DATA'] ?? '../shared/data',
);

/**
 * The path of a folder or file of the optional test data, or null when it is absent. Then this
 * function writes a message to stderr and the caller skips.
 *
 * @example const vectors = testData('vectors/purl');
 */
export function testData(path: string): string | null {
  const found = resolve(root, path);
  if (existsSync(found)) return found;
  console.warn(`skipped: ${path} is not in the optional test data (WAYBILL_TEST_DATA)`);
  return null;
}

/** The JSON values of a file: one in `.json`, otherwise one in each line, perhaps in gzip. */
export function readJsonValues(path: string): readonly JsonValue[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return path.endsWith('.json')
    ? [JSON.parse(text)]
    : text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
}
