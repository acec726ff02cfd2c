import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

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
