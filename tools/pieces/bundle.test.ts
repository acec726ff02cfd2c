import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';

const MAIN = `import { add } from 'add';
export const main = async () => add(1) + (await import('../late.ts')).late;`;

const PACKAGE: Readonly<Record<string, string>> = {
  'package.json': '{"type":"module"}',
  'src/entrypoints/cli/main.ts': MAIN,
  'src/entrypoints/late.ts':
    "import { deep } from '@scope/deep'; export const late = deep + 'asked for late';",
  'src/entrypoints/server/advisories-thread.ts': 'console.log(4);',
  'src/entrypoints/server/audit-thread.ts': "import { add } from 'add'; console.log(add(2));",
  'src/entrypoints/server/database-thread.ts': 'console.log(3);',
  'src/entrypoints/server/desk-thread.ts': 'console.log(4);',
  'src/entrypoints/server/trial-thread.ts': 'console.log(5);',
  'node_modules/add/package.json': '{"name":"add","main":"index.js"}',
  'node_modules/add/index.js': "exports.add = (one) => one + require('@scope/deep').deep;",
  'node_modules/add/node_modules/@scope/deep/package.json':
    '{"name":"@scope/deep","main":"index.js"}',
  'node_modules/add/node_modules/@scope/deep/index.js': 'exports.deep = 1;',
  'node_modules/@scope/deep/package.json': '{"name":"@scope/deep","main":"index.js"}',
  'node_modules/@scope/deep/index.js': 'exports.deep = 2;',
  'node_modules/unused/package.json': '{"name":"unused","main":"index.js"}',
  'node_modules/unused/index.js': 'exports.unused = 1;',
};

const scratch: string[] = [];
function folder(name: string): string {
  const made = mkdtempSync(join(tmpdir(), name));
  scratch.push(made);
  return made;
}

function write(place: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), content);
  }
}

let place: string;
beforeEach(() => {
  place = folder('waybill-bundle-');
  write(place, PACKAGE);
});
afterEach(() => {
  for (const made of scratch.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe('what is put into the package and the executable', () => {
  it('keeps late imports in chunks that the command line does not load first', async () => {
    const { pieces } = await bundle(place);
    expect(pieces.get('main')).toMatch(/\.then\(\(\) => require\("\.\/late-/);
    expect(pieces.get('main')).not.toContain('asked for late');
    expect([...pieces.values()].filter((code) => code.includes('asked for late'))).toHaveLength(1);
  });

  it('loads at once what a thread could need: its package may be replaced meanwhile', async () => {
    const { pieces } = await bundle(place);
    expect(pieces.get('audit-thread')).toMatch(/for \(const id of \["\.\/.*"\]\) require\(id\);/);
    expect(pieces.get('main')).not.toContain('for (const id of');
  });

  it('B1, B2: names every package that a part came from, and no other', async () => {
    expect((await bundle(place)).packages.map(({ folder: path }) => path)).toEqual([
      'node_modules/@scope/deep',
      'node_modules/add',
      'node_modules/add/node_modules/@scope/deep',
    ]);
  });

  it('names them behind a link as well', async () => {
    const link = join(folder('waybill-link-'), 'link');
    symlinkSync(place, link);
    expect((await bundle(link)).pieces).toEqual((await bundle(place)).pieces);
  });

  it('D9: is the same from another folder', async () => {
    const other = folder('waybill-another-name-');
    write(other, PACKAGE);
    expect((await bundle(other)).pieces).toEqual((await bundle(place)).pieces);
  });

  it('refuses what would be read from disk at run time', async () => {
    write(place, {
      'src/entrypoints/late.ts': "import { gone } from 'gone'; export const late = gone;",
    });
    await expect(bundle(place)).rejects.toThrow('gone');
  });

  it('B1: refuses a file that belongs to no package', async () => {
    const outside = folder('waybill-outside-');
    write(outside, { 'stray.js': 'export const late = 1;' });
    write(place, {
      'src/entrypoints/late.ts': `export { late } from ${JSON.stringify(join(outside, 'stray.js'))};`,
    });
    await expect(bundle(place)).rejects.toThrow('not part of the package');
  });
});
