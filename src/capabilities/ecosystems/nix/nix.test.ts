import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packElf } from '../../../../test/support/elf.ts';
import { file, makeImage, makeTree, whiteout } from '../../../../test/support/images.ts';
import { readInstalled, readLockedTree } from '../../../../test/support/locked-tree.ts';
import { packNixDatabase } from '../../../../test/support/nix-database.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { inventoryImage } from '../../inventory/inventory-image.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import type { Inventory } from '../component.ts';
import { combineStore } from './combine.ts';
import { nix } from './index.ts';
import { nixStore, parseStoreName } from './store.ts';
import { StoreReferences } from './store-database.ts';

const COMMIT = '0123456789abcdef'.repeat(3).slice(0, 40);
const NAR = `sha256-${'A'.repeat(43)}=`;
const STORE = 'nix/store';
const ONE = '0123456789abcdfghijklmnpqrsvwxyz';
const OTHER = 'z123456789abcdfghijklmnpqrsvwxyz';
const json = (value: unknown): string => JSON.stringify(value, null, 2);
const program = packElf({ sections: [{ name: '.text', content: 'x' }], writable: 'data' });

const read = (files: Parameters<typeof makeTree>[0]): Promise<Inventory> =>
  inventoryTree(makeTree(files), '.', { target: 'root-file-system' });

describe('B2: what is in the store of Nix', () => {
  it.each([
    ['openssl-3.0.13', 'openssl', '3.0.13', null],
    ['openssl-3.0.13-bin', 'openssl', '3.0.13', 'bin'],
    ['glibc-2.38-44', 'glibc', '2.38-44', null],
    ['python3.11-requests-2.31.0', 'python3.11-requests', '2.31.0', null],
    ['bash-interactive-5.2p26-man', 'bash-interactive', '5.2p26', 'man'],
    ['gcc-13.2.0-lib', 'gcc', '13.2.0', 'lib'],
    ['libfoo-unstable-2024-01-02', 'libfoo-unstable', '2024-01-02', null],
  ])('%s is %s %s', (text, name, version, output) => {
    expect(parseStoreName(`${ONE}-${text}`)).toEqual({ hash: ONE, name, version, output });
  });

  it.each([
    'source',
    'etc-os-release',
    'openssl-3.0.13.tar.gz',
    'hello-2.12.drv',
    '1.0',
    'x-?1',
    'a b-1',
  ])('%s is no package', (text) => {
    expect(parseStoreName(`${ONE}-${text}`)).toBeNull();
    expect(parseStoreName(`${ONE.slice(1)}-hello-1.0`)).toBeNull();
    expect(parseStoreName(`${ONE.slice(1)}e-hello-1.0`)).toBeNull();
  });

  it('is every folder with something in it, and explains what is there', async () => {
    const files = {
      [`${STORE}/${ONE}-hello-2.12/bin/hello`]: program,
      [`${STORE}/${OTHER}-openssl-3.0.13-bin/share/x.txt`]: 'plain',
      [`${STORE}/${OTHER}-profile/bin/hello`]: { link: `/nix/store/${ONE}-hello-2.12/bin/hello` },
      [`${STORE}/${OTHER}-link-1.0`]: { link: `${ONE}-hello-2.12` },
      [`${STORE}/${OTHER}-start-1.0`]: '#!/bin/sh\n',
    };
    const found = await read(files);
    expect(found).toMatchObject({
      outcome: 'complete',
      found: ['nix-store'],
      unexplained: { executables: 0 },
    });
    expect(found.components.map(({ purl }) => purl)).toEqual([
      `pkg:nix/hello@2.12?outputhash=${ONE}`,
      `pkg:nix/openssl@3.0.13?output=bin&outputhash=${OTHER}`,
    ]);
    const stranger = { ...files, [`${STORE}/${OTHER}-profile/bin/x`]: program };
    expect((await read(stranger)).outcome).toBe('partial');
  });

  it('is the same in an image, with its layer, without what a layer hides', async () => {
    const hello = `${STORE}/${ONE}-hello-2.12`;
    const zlib = `${STORE}/${OTHER}-zlib-1.3`;
    const image = makeImage([
      [file(`${hello}/bin/hello`, program), file(`${zlib}/lib/x`)],
      [file(`${hello}/share/x`), whiteout(zlib)],
      [file(`${STORE}/${OTHER}-curl-8.5.0/bin/curl`, program)],
    ]);
    const { components, outcome } = orThrow(await inventoryImage(image));
    expect(outcome).toBe('complete');
    const diffIds = components.map(({ layer }) => layer);
    expect(components.map(({ name }) => name)).toEqual(['curl', 'hello']);
    expect(diffIds.every((layer) => layer !== null)).toBe(true);
    expect(diffIds[0]).not.toBe(diffIds[1]);
  });

  it('is found behind a link in its place', async () => {
    const { components } = await read({
      nix: { link: 'opt/nix' },
      [`opt/nix/store/${ONE}-hello-2.12/bin/hello`]: program,
    });
    expect(components.map(({ name, version }) => `${name} ${version}`)).toEqual(['hello 2.12']);
  });

  describe('B3: its database says what needs what', () => {
    const [hello, glibc, profile] = [`${ONE}-hello-2.12`, `${OTHER}-glibc-2.38`, `${ONE}-profile`];
    const store = {
      [`${STORE}/${hello}/bin/hello`]: program,
      [`${STORE}/${glibc}/lib/libc.so`]: 'x',
      [`${STORE}/${profile}/x`]: 'x',
    };
    const database = packNixDatabase({
      [hello]: [hello, profile],
      [profile]: [glibc, profile],
      [glibc]: [],
    });
    const place = 'nix/var/nix/db/db.sqlite';
    const listNeeds = ({ components }: Inventory) =>
      components.map(({ name, dependsOn }) => `${name}: ${dependsOn.join()}`);
    const known = [`glibc: `, `hello: pkg:nix/glibc@2.38?outputhash=${OTHER}`];

    it('through what is no package, and behind a link', async () => {
      expect(listNeeds(await read({ ...store, [place]: database }))).toEqual(known);
      const moved = Object.entries({ ...store, [place]: database });
      const files = Object.fromEntries(moved.map(([path, one]) => [`opt/${path}`, one]));
      expect(listNeeds(await read({ ...files, nix: { link: 'opt/nix' } }))).toEqual(known);
    });

    it.each([
      ['cut short', { [place]: database.subarray(0, 5000) }],
      ['no database', { [place]: 'x' }],
    ])('and hides nothing where it is %s', async (_, files) => {
      const found = await read({ ...store, ...files });
      expect([found.outcome, listNeeds(found)]).toEqual(['complete', ['glibc: ', 'hello: ']]);
      expect(found.notes?.join()).toContain('what needs what in the store of Nix is not wholly');
    });

    it('says so where changes are not written back', async () => {
      const files = { ...store, [place]: database, [`${place}-wal`]: '' };
      expect((await read(files)).notes).toBeUndefined();
      const { notes } = await read({ ...files, [`${place}-wal`]: 'x' });
      expect(notes?.join()).toContain('changes of the database');
    });

    it('of many paths that are no packages, within a budget', () => {
      const count = 500;
      const at = (kind: string, number: number) => `${STORE}/${kind}-${number}`;
      const chain = Array.from({ length: count }, (_, one) => one);
      const references = new Map([
        ...chain.map((one) => [at('hub', one), [at('hub', one + 1)]] as const),
        ...chain.map((one) => [at('user', one), [at('hub', 0)]] as const),
      ]);
      references.set(at('hub', count), [at('user', 0)]);
      const draft = nixStore.extract({ path: `${STORE}/${hello}`, bytes: Buffer.of() }).drafts[0];
      const files = [...chain.keys()].map((one) => ({
        path: at('user', one),
        extraction: {
          ...{ drafts: draft === undefined ? [] : [{ ...draft, key: at('user', one) }], skips: [] },
          ...(one === 0 ? { document: new StoreReferences(references) } : {}),
        },
      }));
      const needs = combineStore(files).map(({ drafts }) => drafts[0]?.needs.length);
      expect(new Set(needs)).toEqual(new Set([0, 1]));
      expect([needs[1], needs.at(-1)]).toEqual([1, 0]);
    });
  });

  it('is named and not read in a source tree', async () => {
    const found = await inventoryTree(makeTree({ [`${STORE}/${ONE}-hello-2.12/x`]: 'x' }), '.');
    expect(found.skips[0]?.cause.message).toContain('kind nix ');
  });
});

const github = (owner: string, repo: string, more: object = {}) => ({
  locked: { type: 'github', owner, repo, rev: COMMIT, narHash: NAR, lastModified: 1, ...more },
  original: { type: 'github', owner, repo },
});
const FLAKE = {
  nodes: {
    'flake-utils': { ...github('numtide', 'flake-utils'), inputs: { systems: 'systems' } },
    local: { locked: { type: 'path', path: './sub', narHash: NAR }, parent: [] },
    nixpkgs: github('NixOS', 'nixpkgs'),
    overlay: {
      inputs: { nixpkgs: ['nixpkgs'], systems: ['flake-utils', 'systems'] },
      locked: {
        ...{ type: 'git', url: 'https://user:secret@git.example.com/o.git', rev: COMMIT },
        ...{ ref: 'main', narHash: NAR },
      },
    },
    root: {
      inputs: { 'flake-utils': 'flake-utils', local: 'local', nixpkgs: 'nixpkgs', o: 'overlay' },
    },
    systems: github('nix-systems', 'default'),
    channel: {
      locked: { type: 'tarball', url: 'https://x.example.com/n/nix.tar.xz', narHash: NAR },
    },
  },
  root: 'root',
  version: 7,
};

describe('B2 D8 D12 D20: the inputs that a project of Nix locks', () => {
  it('are each source with its commit, its needs and its pin', async () => {
    const found = await readLockedTree({ 'flake.lock': json(FLAKE) });
    expect(found).toMatchObject({ outcomes: ['complete', 'complete'], reasons: [] });
    expect(found.components).toEqual([
      `pkg:generic/nix@sha256-${'A'.repeat(43)}%3D?download_url=https:%2F%2Fx.example.com%2Fn%2Fnix.tar.xz`,
      `pkg:generic/o@${COMMIT}?vcs_url=git%2Bhttps:%2F%2Fgit.example.com%2Fo.git%40${COMMIT}`,
      `pkg:github/nix-systems/default@${COMMIT}`,
      `pkg:github/nixos/nixpkgs@${COMMIT}`,
      `pkg:github/numtide/flake-utils@${COMMIT}`,
    ]);
    const overlay = found.inventory.components.find(({ name }) => name === 'o');
    expect(overlay?.dependsOn).toEqual([
      `pkg:github/nix-systems/default@${COMMIT}`,
      `pkg:github/nixos/nixpkgs@${COMMIT}`,
    ]);
    expect(found.declared.map((line) => line.replaceAll(COMMIT, 'C').replaceAll(NAR, 'H'))).toEqual(
      [
        'flake.lock:3 numtide/flake-utils C direct yes github.com/numtide/flake-utils lock',
        'flake.lock:29 NixOS/nixpkgs C direct yes github.com/NixOS/nixpkgs lock',
        'flake.lock:44 o C direct yes git.example.com/o lock',
        'flake.lock:70 nix-systems/default C transitive yes github.com/nix-systems/default lock',
        'flake.lock:85 nix H transitive yes x.example.com/n/nix.tar.xz lock',
      ],
    );
  });

  it('do not make the tree complete where a program says what is built of them', async () => {
    const files = { 'flake.lock': json(FLAKE), 'flake.nix': '{ }' };
    expect((await readLockedTree(files)).reasons).toEqual([expect.stringContaining('flake.nix')]);
  });

  it('are pinned by a commit, without a recorded hash; and unknown without both', async () => {
    const lock = (more: object): string =>
      json({ ...FLAKE, nodes: { a: github('a', 'b', more), root: { inputs: { a: 'a' } } } });
    const bare = await readLockedTree({ 'flake.lock': lock({ narHash: undefined }) });
    expect(bare.dependencies).toMatchObject([{ pinned: 'yes', recorded: false }]);
    for (const more of [
      { rev: 'main', narHash: undefined },
      { owner: undefined },
      { owner: '..' },
      { host: 'x/y' },
    ])
      expect((await readLockedTree({ 'flake.lock': lock(more) })).outcomes[0]).toBe('partial');
  });

  it('are not followed in a circle', async () => {
    const nodes = {
      a: { ...github('a', 'b'), inputs: { x: ['a', 'x'], y: ['a', 'x', 'y'] } },
      root: { inputs: { a: 'a' } },
    };
    const found = await readLockedTree({ 'flake.lock': json({ ...FLAKE, nodes }) });
    expect(found.components).toEqual([`pkg:github/a/b@${COMMIT}`]);
  });

  it('are those of devenv, niv and npins too', async () => {
    const sha256 = `1${'a'.repeat(51)}`;
    const niv = {
      nixpkgs: { owner: 'NixOS', repo: 'nixpkgs', rev: COMMIT, sha256, type: 'tarball' },
      tool: { url: 'https://x.example.com/tool.tar.gz', sha256, type: 'file' },
    };
    const repository = { type: 'GitHub', owner: 'a', repo: 'b' };
    const pins = {
      b: { type: 'Git', repository, branch: 'main', revision: COMMIT, hash: sha256 },
      c: { type: 'Channel', name: 'nixos-unstable', url: 'https://x.example.com/n.xz', hash: NAR },
    };
    const found = await readLockedTree({
      'devenv.lock': json(FLAKE),
      'nix/sources.json': json(niv),
      'npins/sources.json': json({ pins, version: 5 }),
    });
    expect(found).toMatchObject({ outcomes: ['complete', 'complete'] });
    expect(found.components).toHaveLength(8);
    expect(new Set(found.dependencies.map(({ pinned }) => pinned))).toEqual(new Set(['yes']));
    const open = { 'nix/sources.json': json({ x: { owner: 'a', repo: 'b', branch: 'main' } }) };
    expect((await readLockedTree(open)).outcomes).toEqual(['partial', 'partial']);
    const none = { 'npins/sources.json': json({ version: 5 }) };
    expect((await readLockedTree(none)).outcomes).toEqual(['partial', 'partial']);
  });

  it('throw nothing but Failure, whatever the bytes, and at every cut', async () => {
    const lock = nix.extractors?.[0];
    const parse = (path: string, bytes: Uint8Array): void => {
      try {
        lock?.extract({ path, bytes });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Failure);
      }
    };
    const text = json(FLAKE);
    const paths = ['flake.lock', 'nix/sources.json', 'npins/sources.json'];
    for (const path of paths)
      for (let end = 0; end < text.length; end++) parse(path, Buffer.from(text.slice(0, end)));
    const damaged = fc
      .tuple(fc.constantFrom(...paths), fc.nat(), fc.constantFrom('', '"', '{', ']', '[', '7'))
      .map(([path, at, sign]): [string, Buffer] => {
        const place = at % text.length;
        return [path, Buffer.from(text.slice(0, place) + sign + text.slice(place + 1))];
      });
    fc.assert(
      fc.property(damaged, ([path, bytes]) => parse(path, bytes)),
      { numRuns: 200 },
    );
    fc.assert(fc.property(fc.constantFrom(...paths), fc.uint8Array(), parse), { numRuns: 50 });
    fc.assert(fc.property(fc.string(), (name) => void parseStoreName(name)));
    expect((await readInstalled({ [`${STORE}/${'e'.repeat(300)}/x`]: 'x' })).components).toEqual(
      [],
    );
  });
});
