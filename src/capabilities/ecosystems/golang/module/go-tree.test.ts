import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { Failure } from '../../../../core/failure.ts';
import { inventoryTree, readDeclaredDependencies } from '../../../inventory/index.ts';
import { golang } from '../index.ts';

const HASH = `h1:${'A'.repeat(43)}=`;
const OTHER = `h1:${'B'.repeat(43)}=`;

/** Lines of a go.sum: `PATH VERSION` with both hashes, or with that of its go.mod alone. */
const sum = (...lines: readonly string[]): string =>
  lines
    .flatMap((line) =>
      line.endsWith('/go.mod')
        ? [`${line} ${HASH}`]
        : [`${line} ${HASH}`, `${line}/go.mod ${HASH}`],
    )
    .join('\n');
const mod = (body: string, go = '1.22'): string =>
  `module example.com/shop\n\ngo ${go}\n\n${body}\n`;

async function look(files: Record<string, string>) {
  const inventory = await inventoryTree(makeTree(files), '.');
  const declared = await readDeclaredDependencies(makeTree(files));
  return {
    components: inventory.components.map(({ name, version }) => `${name} ${version}`),
    direct: inventory.direct ?? null,
    why: inventory.skips.map(({ location, cause }) => `${location} | ${cause.message}`),
    notes: inventory.notes ?? [],
    pins: Object.fromEntries(
      declared.dependencies.map(({ name, pinned, kind }) => [name, `${pinned} ${kind}`]),
    ),
    declared,
  };
}

describe('B2, D11: the modules of a source tree of Go', () => {
  it('are those of its go.mod, with pseudo-versions and old major versions', async () => {
    const files = {
      'go.mod': mod(
        `toolchain go1.22.4

require github.com/BurntSushi/toml v1.2.0
require (
\t"github.com/docker/docker" v20.10.0+incompatible // as used
\tgolang.org/x/sys v0.0.0-20210817142637-7d9622a276b7 // indirect
\texample.com/b v1.0.0 // indirect; for the tool
)
retract [v1.0.0, v1.1.0]
retract ( v1.2.0 )
exclude example.com/b v1.1.0
tool example.com/b/cmd/x
godebug default=go1.21
ignore ./web
use ()`.replace('\nuse ()', ''),
      ),
      'go.sum': sum('github.com/BurntSushi/toml v1.2.0', 'example.com/b v1.0.0/go.mod'),
    };
    const found = await look(files);
    expect(found.why).toEqual([]);
    expect(found.components).toEqual([
      'example.com/b v1.0.0',
      'github.com/BurntSushi/toml v1.2.0',
      'github.com/docker/docker v20.10.0+incompatible',
      'golang.org/x/sys v0.0.0-20210817142637-7d9622a276b7',
    ]);
    expect(found.direct).toEqual([
      'pkg:golang/github.com/burntsushi/toml@v1.2.0',
      'pkg:golang/github.com/docker/docker@v20.10.0%2Bincompatible',
    ]);
    expect(found.notes).toEqual([expect.stringContaining('go.mod asks for Go 1.22.4 or later')]);
    expect(found.pins).toEqual({
      'github.com/BurntSushi/toml': 'yes direct',
      'github.com/docker/docker': 'unknown direct',
      'golang.org/x/sys': 'unknown transitive',
      'example.com/b': 'yes transitive',
    });
  });

  it('replaced ones are what replaces them; a folder of the tree is a part of it', async () => {
    const files = {
      'go.mod': mod(`require (
\tgolang.org/x/net v0.1.0
\texample.com/lib v0.0.0
\texample.com/old v1.0.0
)
replace golang.org/x/net v0.1.0 => example.com/fork/net v0.2.0
replace golang.org/x/net => example.com/never v9.9.9
replace example.com/old v1.1.0 => example.com/other v1.0.0
replace (
\texample.com/lib => ./lib
)`),
      'lib/go.mod': 'module example.com/lib\ngo 1.22\nrequire a.com/b v1.0.0\n',
    };
    const { components, why, direct, declared } = await look(files);
    expect([components, why]).toEqual([
      ['a.com/b v1.0.0', 'example.com/fork/net v0.2.0', 'example.com/old v1.0.0'],
      [],
    ]);
    expect(direct).toHaveLength(3);
    const fork = declared.dependencies.find(({ name }) => name === 'example.com/fork/net');
    expect(fork).toMatchObject({ why: expect.stringContaining('it replaces golang.org/x/net') });
  });

  it('a workspace builds with the highest version, its replacements and its modules', async () => {
    const files = {
      'go.work': 'go 1.22\nuse (\n\t./a\n\tb\n)\nreplace x.com/y => x.com/z v1.0.0\n',
      'a/go.mod':
        'module e.com/a\ngo 1.22\nrequire (\n\te.com/b v0.0.0\n\tq.com/q v1.9.0\n\tx.com/y v1.0.0\n)\n',
      'b/go.mod': 'module e.com/b\ngo 1.22\nrequire q.com/q v1.10.0\n',
      'c/go.mod': 'module e.com/c\ngo 1.22\nrequire q.com/q v1.0.0\n',
      'go.work.sum': sum('q.com/q v1.10.0'),
    };
    const { components, why, declared } = await look(files);
    expect([components, why]).toEqual([
      ['q.com/q v1.0.0', 'q.com/q v1.10.0', 'x.com/z v1.0.0'],
      [],
    ]);
    const raised = declared.dependencies.filter(({ version }) => version === 'v1.10.0');
    expect(raised.map(({ pinned }) => pinned)).toEqual(['yes', 'yes']);
  });

  it('before Go 1.17 its go.sum or its vendor folder shows the rest', async () => {
    const old = mod('require a.com/a v1.0.0', '1.16');
    const sums = sum('a.com/a v1.0.0', 'b.com/b v1.0.0', 'b.com/b v1.2.0', 'c.com/c v1.0.0/go.mod');
    const bySum = await look({ 'go.mod': old, 'go.sum': sums });
    expect([bySum.components, bySum.why]).toEqual([['a.com/a v1.0.0', 'b.com/b v1.2.0'], []]);
    const list = '# a.com/a v1.0.0\n## explicit\na.com/a\n# b.com/b v1.1.0\nb.com/b/x\n';
    const byVendor = await look({ 'go.mod': old, 'vendor/modules.txt': list });
    expect([byVendor.components, byVendor.why]).toEqual([['a.com/a v1.0.0', 'b.com/b v1.1.0'], []]);
    expect(byVendor.pins).toEqual({ 'a.com/a': 'yes direct', 'b.com/b': 'yes transitive' });
    const next = await look({ 'go.mod': mod('require a.com/a v1.0.0', '1.17') });
    expect([next.components, next.why]).toEqual([['a.com/a v1.0.0'], []]);
  });

  it('a vendor folder is what is built, with replacements; its go.mod files are not', async () => {
    const list = `# a.com/a v1.0.0 => f.com/a v1.0.1
## explicit; go 1.20
a.com/a
# b.com/b v1.0.0
## explicit
# a.com/a => f.com/a v1.0.1
`;
    const files = {
      'go.mod': mod(
        'require (\n\ta.com/a v1.0.0\n\tb.com/b v1.0.0\n)\nreplace a.com/a => f.com/a v1.0.1',
      ),
      'vendor/modules.txt': list,
      'vendor/a.com/a/go.mod': 'module a.com/a\nrequire hidden.com/x v1.0.0\n',
      'node_modules/x/go.mod': 'module x\nrequire left.com/over v1.0.0\n',
      'my/vendor/go.mod': 'module e.com/v\ngo 1.22\nrequire seen.com/x v1.0.0\n',
    };
    const { components, why } = await look(files);
    expect([components, why]).toEqual([
      ['b.com/b v1.0.0', 'f.com/a v1.0.1', 'seen.com/x v1.0.0'],
      [],
    ]);
    const alone = await look({ 'vendor/modules.txt': list.replace('## explicit\n', '') });
    expect([alone.components, alone.why]).toEqual([['f.com/a v1.0.1'], []]);
  });
});

describe('B3: what is not known of the modules makes the inventory partial', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an old go.mod alone', { 'go.mod': mod('require a.com/a v1.0.0', '1.16') }, 'no go.sum'],
    ['a go.mod that names no Go', { 'go.mod': 'module x\nrequire a.com/a v1.0.0\n' }, 'no go.sum'],
    [
      'an old go.sum that lacks a module',
      { 'go.mod': mod('require a.com/a v1.0.0', '1.16'), 'go.sum': sum('b.com/b v1.0.0') },
      'go.sum lacks',
    ],
    ['a branch', { 'go.mod': mod('require a.com/a master') }, 'names no module and version'],
    ['no module', { 'go.mod': 'go 1.22\n' }, 'names no module'],
    ['a word that is new', { 'go.mod': mod('bring a.com/a v1.0.0') }, '"bring" is not understood'],
    ['a block without end', { 'go.mod': mod('require (\na.com/a v1.0.0') }, 'does not end'],
    ['a quote without end', { 'go.mod': mod('require "a.com/a v1.0.0') }, 'quote does not end'],
    [
      'two replacements',
      { 'go.mod': mod('replace a.com/a => b.com/b v1.0.0\nreplace a.com/a => c.com/c v1.0.0') },
      'replaced twice',
    ],
    ['a replacement of nothing', { 'go.mod': mod('replace a.com/a') }, 'not understood'],
    [
      'a folder outside of the tree',
      { 'go.mod': mod('require a.com/a v1.0.0\nreplace a.com/a => ../a') },
      'outside of this tree',
    ],
    [
      'an absolute folder',
      { 'go.mod': mod('require a.com/a v1.0.0\nreplace a.com/a => /srv/a') },
      'outside of this tree',
    ],
    [
      'a folder without a go.mod',
      { 'go.mod': mod('require a.com/a v1.0.0\nreplace a.com/a => ./a') },
      'no go.mod was read',
    ],
    ['a workspace without its module', { 'go.work': 'go 1.22\nuse ./a\n' }, 'no go.mod was read'],
    ['a go.sum alone', { 'x/go.sum': sum('a.com/a v1.0.0') }, 'no go.mod that was read'],
    ['a go.sum that is cut', { 'go.mod': mod(''), 'go.sum': 'a.com/a v1.0.0' }, 'three fields'],
    ['a hash that is cut', { 'go.mod': mod(''), 'go.sum': 'a.com/a v1.0.0 h1:x' }, 'not one of h1'],
    [
      'a vendor folder of another version',
      {
        'go.mod': mod('require a.com/a v1.0.0'),
        'vendor/modules.txt': '# a.com/a v1.0.1\n## explicit\na.com/a\n',
      },
      'the two disagree',
    ],
    [
      'a vendor folder with a replacement of its own',
      {
        'go.mod': mod('require a.com/a v1.0.0'),
        'vendor/modules.txt': '# a.com/a v1.0.0 => e.com/evil v1.0.0\n## explicit\na.com/a\n',
      },
      'the two disagree',
    ],
    [
      'a vendor folder with more',
      { 'go.mod': mod(''), 'vendor/modules.txt': '# a.com/a v1.0.1\n## explicit\na.com/a\n' },
      'the two disagree',
    ],
    [
      'a vendored branch',
      { 'vendor/modules.txt': '# a.com/a master\na.com/a\n' },
      'names no module',
    ],
  ])('%s', async (_, files, why) => {
    const found = await look(files);
    expect(found.why.join('\n')).toContain(why);
    expect(found.declared.outcome).toBe('partial');
  });

  it('D12: two hashes of one module pin nothing, and two versions are both named', async () => {
    const files = {
      'go.mod': mod('require a.com/a v1.0.0'),
      'go.sum': `a.com/a v1.0.0 ${HASH}\na.com/a v1.0.0 ${OTHER}\n`,
    };
    expect((await look(files)).pins).toEqual({ 'a.com/a': 'no direct' });
    const vendored = {
      'go.mod': mod('require a.com/a v1.0.0'),
      'vendor/modules.txt': '# a.com/a v1.0.1\n## explicit\na.com/a\n',
    };
    expect((await look(vendored)).components).toEqual(['a.com/a v1.0.0', 'a.com/a v1.0.1']);
  });
});

describe('B10: where a module would come from', () => {
  const source = async (env: string | null) => {
    const files = {
      'app/go.mod': mod(
        'require (\n\tgit.corp.example/team/x v1.0.0\n\tgithub.com/a/b/c v1.0.0\n)',
      ),
      ...(env === null ? {} : { 'go.env': env }),
    };
    const { dependencies } = await readDeclaredDependencies(makeTree(files));
    return dependencies.map(({ registry, registryFrom }) => `${registry} ${registryFrom}`);
  };

  it.each([
    [null, ['null default', 'null default']],
    [
      'GOPROXY=https://proxy.corp.example/go/,direct',
      Array(2).fill('proxy.corp.example/go configured'),
    ],
    [
      'GOPROXY="https://proxy.corp.example"\nGOPRIVATE=*.corp.example/team,other.example\n',
      ['git.corp.example configured', 'proxy.corp.example configured'],
    ],
    ['GOPROXY=direct', ['git.corp.example configured', 'github.com/a/b configured']],
    ['# GOPROXY=direct\nGOPROXY=off', ['null configured', 'null configured']],
  ])('%j', async (env, expected) => {
    expect(await source(env)).toEqual(expected);
  });

  it('init shows the proxies of the tree', () => {
    const text = 'GOFLAGS=-mod=mod\nGOPROXY=https://a.example|https://b.example,direct';
    expect(golang.mentions?.read('go.env', text).registries).toEqual([
      { value: 'a.example', place: 'go.env:2' },
      { value: 'b.example', place: 'go.env:2' },
    ]);
  });
});

describe('any bytes of its files', () => {
  it('give a result or a Failure, cut anywhere', () => {
    const sample = `module e.com/a // x
go 1.22
require ( "a.com/b" v1.0.0 // indirect
\`c.com/d\` v1.0.0
)
replace a.com/b => ./b
`;
    const read = (text: string | Uint8Array): void => {
      for (const extractor of golang.extractors ?? [])
        try {
          extractor.extract({ path: 'vendor/modules.txt', bytes: Buffer.from(text) });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
    };
    for (let end = 0; end <= sample.length; end++) read(sample.slice(0, end));
    const words = fc.constantFrom(
      'require',
      '(',
      ')',
      '=>',
      'a.com/b',
      'v1.0.0',
      '\n',
      '//',
      '"',
      '#',
      '##',
      '`',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(words).map((list) => list.join(' ')),
        ),
        read,
      ),
      { numRuns: 300 },
    );
  });
});
