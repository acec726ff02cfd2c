import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENTRIES } from '../bundle-options.ts';
import { findBundle } from './find-bundle.js';
import { makeBundle } from './make-bundle.ts';

const LATE = 'src/entrypoints/late.ts';
const LATER = 'src/entrypoints/later.ts';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'waybill-checkout-'));
  for (const path of Object.values(ENTRIES))
    write(path, "import { late } from '../late.ts';\nconsole.log(late);\n");
  write(LATE, "export { late } from './later.ts';\n");
  write(LATER, "export const late = 'one';\n");
  write('package.json', '{"type":"module"}');
  write('data/advisories-sample.ndjson', '');
  write('bin/waybill.js', 'console.log(1);\n');
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** As it was written a while ago, or now. */
function write(path: string, text: string, ageSeconds = 60): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const at = Date.now() / 1_000 - ageSeconds;
  utimesSync(file, at, at);
}

describe('the bundle that a checkout runs', () => {
  it('is found until a source, the manifest or the data changes', async () => {
    expect(findBundle(root)).toBeNull();
    const main = ENTRIES['entrypoints/cli/main'];
    for (const path of [LATER, LATE, 'package.json', 'bin/waybill.js', main]) {
      const made = await makeBundle(root);
      expect(made).not.toBeNull();
      expect(findBundle(root)).toBe(made);
      write(
        path,
        path === 'package.json' ? '{"type":"module" }' : "export const late = 'two';\n",
        30,
      );
      expect(findBundle(root), path).toBeNull();
    }
  });

  it('has the command of the package, which looks for no newer bundle', async () => {
    const made = (await makeBundle(root)) ?? '';
    expect(readFileSync(join(made, 'bin/waybill.js'), 'utf8')).toBe('console.log(1);\n');
  });

  it('is found until npm has changed a package, without a look at each of its files', async () => {
    const installed = 'node_modules/.package-lock.json';
    write('node_modules/one/package.json', '{"name":"one","main":"index.js"}');
    write('node_modules/one/index.js', 'exports.late = 1;');
    write(LATER, "export { late } from 'one';\n");
    write(installed, '{}');
    expect(await makeBundle(root)).not.toBeNull();
    write('node_modules/one/index.js', 'exports.late = 22;', 30);
    expect(findBundle(root)).not.toBeNull();
    write(installed, '{ }', 30);
    expect(findBundle(root)).toBeNull();
  });

  it('is that of the changed source after it was made again', async () => {
    await makeBundle(root);
    write(LATER, "export const late = 'two';\n", 30);
    const made = (await makeBundle(root)) ?? '';
    expect(readFileSync(join(made, 'dist/entrypoints/cli/main.js'), 'utf8')).toMatch(
      /two|late|import/,
    );
    expect(findBundle(root)).toBe(made);
  });

  it('is not believed about a file that changed while it was made', async () => {
    write(LATE, "export const late = 'two';\n", 0);
    expect(await makeBundle(root)).not.toBeNull();
    expect(findBundle(root)).toBeNull();
  });

  it('is not that of another checkout with the same packages', async () => {
    await makeBundle(root);
    const other = mkdtempSync(join(tmpdir(), 'waybill-other-'));
    try {
      symlinkSync(join(root, 'node_modules'), join(other, 'node_modules'), 'junction');
      expect(findBundle(other)).toBeNull();
      expect(findBundle(root)).not.toBeNull();
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });

  it('is found by each form of the path of the checkout', async () => {
    const made = await makeBundle(`${root}/`);
    expect([findBundle(root), findBundle(`${root}/`)]).toEqual([made, made]);
  });

  it('is left out where it cannot be made', async () => {
    write(LATE, "import 'gone';\n");
    expect(await makeBundle(root)).toBeNull();
  });
});
