import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(
  import.meta.dirname,
  '../..',
  process.env['WAYBILL_TEST_DATA'] ?? '../shared/data',
);

/**
 * Where a folder or file of the optional test data lies, or null where it is absent: the caller
 * skips, with this function's message on stderr.
 *
 * @example const vectors = testData('vectors/purl');
 */
export function testData(path: string): string | null {
  const found = resolve(root, path);
  if (existsSync(found)) return found;
  console.warn(`skipped: ${path} is not in the optional test data (WAYBILL_TEST_DATA)`);
  return null;
}
