import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ECOSYSTEMS } from './list.ts';
import { type FileNames, FileTable, wantFiles } from './wanted-files.ts';

const EXTRACTORS = ECOSYSTEMS.flatMap(({ extractors }) => extractors ?? []);

describe('truth A24: one table tells who wants a file', () => {
  it.each<readonly [FileNames, readonly string[], readonly string[]]>([
    [{ names: ['go.mod'] }, ['go.mod', 'a/go.mod'], ['ago.mod', 'go.mod/a', 'GO.MOD']],
    [
      { names: ['vendor/modules.txt'] },
      ['vendor/modules.txt'],
      ['modules.txt', 'xvendor/modules.txt'],
    ],
    [{ endings: ['.deps.json'] }, ['a/x.deps.json'], ['x.json', 'deps.json', 'x.deps.JSON']],
    [{ endings: ['.JAR'], ignoresCase: true }, ['x.jar', 'X.Jar'], ['x.jars', 'jar']],
    [{ folders: /(?:^|\/)bin$/ }, ['bin/x', 'a/bin/y.z'], ['bin', 'abin/x', 'bin/a/x']],
    [{ names: ['a'], where: /^x\// }, ['x/a'], ['a', 'y/a', 'x/b']],
    [{ anyName: true, where: (path) => path.endsWith('-b') }, ['a-b'], ['a-bc']],
  ])('%j', (names, wanted, others) => {
    const table = new FileTable([[names, [names]]]);
    for (const path of wanted) expect([path, table.find(path)]).toEqual([path, [names]]);
    for (const path of others) expect([path, table.find(path)]).toEqual([path, []]);
  });

  it('in the order of the readers, each once, whatever was asked before', () => {
    const table = new FileTable([
      ['folder', [{ folders: /^bin$/ }]],
      ['ending', [{ endings: ['.js'] }]],
      ['both', [{ names: ['a.js'] }, { endings: ['.js'] }]],
    ]);
    for (const _ of [1, 2]) {
      expect(table.find('bin/a.js')).toEqual(['folder', 'ending', 'both']);
      expect(table.find('bink/a.js')).toEqual(['ending', 'both']);
      expect(table.find('a.js')).toEqual(['ending', 'both']);
      expect(table.find('bin')).toEqual([]);
    }
  });

  it('and finds for any path just those that each reader alone wants', () => {
    const table = new FileTable(EXTRACTORS.map(({ name, wants }) => [name, wants.names] as const));
    const words = EXTRACTORS.flatMap(({ wants }) =>
      wants.names.flatMap(({ names = [], endings = [] }) => [...names, ...endings]),
    );
    const places = ['var/lib/dpkg/', 'usr/lib/dpkg/status.d/', 'node_modules/', 'vendor/', 'etc/'];
    const part = fc.oneof(fc.constantFrom(...words, ...places, '-requires'), fc.string());
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(path, (text) => {
        const alone = EXTRACTORS.filter(({ wants }) => wants(text)).map(({ name }) => name);
        expect(table.find(text)).toEqual(alone);
      }),
    );
  });

  it('each file is asked of at most one reader whose names no table can hold', () => {
    const escapes = EXTRACTORS.filter(({ wants }) => wants.names.some(({ anyName }) => anyName));
    expect(escapes.map(({ name }) => name)).toEqual(['python-requirements']);
  });
});

it('no reader is empty by mistake: what wants no file reads programs or folders', () => {
  const empty = EXTRACTORS.filter(({ wants }) => wants.names.length === 0);
  const isUseful = empty.map(({ readProgram, namedFolders }) => readProgram ?? namedFolders);
  expect(isUseful).not.toContain(undefined);
  expect(wantFiles()('a')).toBe(false);
});
