import { describe, expect, it } from 'vitest';
import { makeImage, makeTree } from '../../../../../test/support/images.ts';
import { packAssembly, packSingleFile } from '../../../../../test/support/pack-dotnet.ts';
import { Failure } from '../../../../core/failure.ts';
import { orThrow } from '../../../../core/result.ts';
import { inventoryImage } from '../../../inventory/inventory-image.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import type { Inventory } from '../../component.ts';
import { dotnetProgram } from './dotnet-program.ts';

const DEPS = JSON.stringify({
  runtimeTarget: { name: 'x' },
  targets: { x: { 'A/1.0.0': { runtime: { 'lib/A.dll': {} }, native: { 'liba.so': {} } } } },
  libraries: { 'A/1.0.0': { type: 'package' } },
});

const readRoot = (files: Readonly<Record<string, string | Uint8Array>>): Promise<Inventory> =>
  inventoryTree(makeTree(files, Object.keys(files)), '.', { target: 'root-file-system' });
const reasons = ({ skips }: Inventory): string => skips.map(({ cause }) => cause.message).join();

describe('D10 B2: an application of .NET in one file', () => {
  it('has the packages that its list names, which explain it and the files beside it', async () => {
    const files = { 'app/shop': packSingleFile(DEPS), 'app/liba.so': packSingleFile('') };
    const inventory = await readRoot({ ...files, 'app/liba.so': packAssembly({}) });
    expect([inventory.outcome, inventory.skips]).toEqual(['complete', []]);
    expect(inventory.components).toMatchObject([
      { purl: 'pkg:nuget/A@1.0.0', locations: ['app/shop!/shop.deps.json'] },
    ]);
    const items = Object.entries({ ...files, 'app/liba.so': packAssembly({}) }).map(
      ([path, content]) => ({ path, content, mode: 0o755 }),
    );
    const image = orThrow(await inventoryImage(makeImage([items])));
    expect([image.outcome, image.components.map(({ purl }) => purl)]).toEqual([
      'complete',
      ['pkg:nuget/A@1.0.0'],
    ]);
  });

  it.each([
    ['a header elsewhere', packSingleFile(DEPS, { headerAt: 1e9 }), 'cannot be read'],
    ['a list beyond it', packSingleFile(DEPS, { listBytes: 1e9 }), 'cannot be read'],
    ['no list', packSingleFile(''), 'no list of its packages'],
    ['the form of an older .NET', packSingleFile(DEPS, { major: 1 }), 'no list of its packages'],
    ['a list that is none', packSingleFile('x'), 'not JSON'],
    ['no application in it', packSingleFile(DEPS, { headerAt: 0 }), 'no known component'],
  ])('with %s is partial', async (_, bytes, why) => {
    const inventory = await readRoot({ 'app/shop': bytes });
    expect([inventory.outcome, inventory.components]).toEqual(['partial', []]);
    expect(reasons(inventory)).toContain(why);
  });

  it('gives a result or a Failure, cut at every byte', () => {
    const programs = [packSingleFile(DEPS), packAssembly({ ProductName: 'A' })];
    for (const bytes of programs)
      for (let end = 0; end < bytes.length; end += end < 800 ? 1 : 7)
        try {
          dotnetProgram.extract({ path: 'a', bytes: bytes.subarray(0, end) });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
  });
});

describe('B2: an assembly that no component explains', () => {
  it('is named as it calls itself, and is no component for that', async () => {
    const says = { CompanyName: 'Acme', ProductName: 'Json', ProductVersion: '13.0.1' };
    const inventory = await readRoot({ 'app/Json.dll': packAssembly(says) });
    expect(inventory.components).toEqual([]);
    expect(reasons(inventory)).toContain('(it says: Json 13.0.1 of Acme) belongs to no known');
    expect(reasons(await readRoot({ 'app/x.dll': packAssembly({}) }))).toContain('library belongs');
  });
});
