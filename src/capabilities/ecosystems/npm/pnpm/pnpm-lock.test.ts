import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeDrafts,
  extractLock,
  HEX512,
  listMessages,
  SHA512,
} from '../../../../../test/support/linked-locks.ts';
import { Failure } from '../../../../core/failure.ts';
import { findOverridden } from '../declared/overrides.ts';
import { readPnpmLock } from './read-pnpm-lock.ts';

const extract = (text: string) => extractLock('pnpm-lock.yaml', text);
const from = `resolution: {integrity: ${SHA512}}`;

/** The same project as each version of the lock writes it. */
const FORMS: readonly (readonly [string, string])[] = [
  [
    '5.4',
    `lockfileVersion: 5.4

specifiers:
  '@s/a': ^1.0.0
  b: 2.0.0
  old: npm:c@^1.0.0

dependencies:
  '@s/a': 1.0.0_b@2.0.0
  old: /c/1.0.1

devDependencies:
  b: 2.0.0

packages:

  /@s/a/1.0.0_b@2.0.0:
    ${from}
    peerDependencies:
      b: '*'
    dependencies:
      b: 2.0.0
      d: 3.0.0-rc.1
    dev: false

  /b/2.0.0:
    ${from}

  /c/1.0.1:
    ${from}
    dev: false

  /d/3.0.0-rc.1:
    ${from}
    dev: false

  /e/4.0.0:
    ${from}
    dev: true
`,
  ],
  [
    '6.0',
    `lockfileVersion: '6.0'

settings:
  autoInstallPeers: true

dependencies:
  '@s/a':
    specifier: ^1.0.0
    version: 1.0.0(b@2.0.0)
  old:
    specifier: npm:c@^1.0.0
    version: /c@1.0.1

devDependencies:
  b:
    specifier: 2.0.0
    version: 2.0.0

packages:

  /@s/a@1.0.0(b@2.0.0):
    ${from}
    dependencies:
      b: 2.0.0
      d: 3.0.0-rc.1

  /b@2.0.0:
    ${from}

  /c@1.0.1:
    ${from}

  /d@3.0.0-rc.1:
    ${from}

  /e@4.0.0:
    ${from}
    dev: true
`,
  ],
  [
    '9.0',
    `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

importers:

  .:
    dependencies:
      '@s/a':
        specifier: ^1.0.0
        version: 1.0.0(b@2.0.0)
      old:
        specifier: npm:c@^1.0.0
        version: c@1.0.1
    devDependencies:
      b:
        specifier: 2.0.0
        version: 2.0.0

packages:

  '@s/a@1.0.0':
    ${from}
    peerDependencies:
      b: '*'

  b@2.0.0:
    ${from}
    deprecated: |-
      two
      lines

  c@1.0.1:
    ${from}

  d@3.0.0-rc.1:
    ${from}

  e@4.0.0:
    ${from}

snapshots:

  '@s/a@1.0.0(b@2.0.0)':
    dependencies:
      b: 2.0.0
      d: 3.0.0-rc.1

  b@2.0.0: {}

  c@1.0.1: {}

  d@3.0.0-rc.1: {}

  e@4.0.0: {}
`,
  ],
];

/** A lock of version 9 with these packages, and no other parts. */
const nine = (packages: string, requests = ''): string =>
  `lockfileVersion: '9.0'\n\nimporters:\n\n  .:${requests === '' ? ' {}' : `\n${requests}`}\n\n` +
  `packages:\n\n${packages}\nsnapshots:\n\n${packages.replace(/^(\s+\S+:)\n.*\n(?:.*version: .*\n)?/gm, '$1 {}\n')}`;

describe('B2, B3: pnpm-lock.yaml', () => {
  it.each(FORMS)('of version %s: aliases, peers, development, hashes and edges', (_, text) => {
    const found = extract(text);
    expect(describeDrafts(found)).toEqual([
      '@s/a@1.0.0 > b@2.0.0 d@3.0.0-rc.1',
      'b@2.0.0',
      'c@1.0.1',
      'd@3.0.0-rc.1',
      // Nothing requires it: what it is for is not known.
      'e@4.0.0',
    ]);
    expect(found.skips).toEqual([]);
    expect(found.drafts.every(({ hashes }) => hashes['sha512'] === HEX512)).toBe(true);
    expect(found.direct).toHaveLength(3);
  });

  it('B2: reads packages from git, archives, folders and with patches', () => {
    const commit = 'ab'.repeat(20);
    const text = `lockfileVersion: '6.0'

dependencies:
  c:
    specifier: github:o/c
    version: github.com/o/c/${commit}
  f:
    specifier: file:f.tgz
    version: file:f.tgz
  l:
    specifier: link:../l
    version: link:../l
  p:
    specifier: ^1.0.0
    version: 1.0.0(patch_hash=abc)

packages:

  /p@1.0.0(patch_hash=abc):
    ${from}
    patched: true

  file:f.tgz:
    resolution: {integrity: ${SHA512}, tarball: file:f.tgz}
    name: f
    version: 1.2.3

  file:pkg:
    resolution: {directory: pkg, type: directory}
    name: pkg
    dependencies:
      p: 1.0.0(patch_hash=abc)

  github.com/o/c/${commit}:
    resolution: {tarball: https://codeload.example.com/o/c/tar.gz/${commit}}
    name: c
    version: 0.1.0
`;
    const found = extract(text);
    expect(describeDrafts(found)).toEqual(['c@0.1.0', 'f@1.2.3', 'p@1.0.0']);
    expect(found.drafts.map(({ origin }) => origin)).toEqual([
      null,
      'file:f.tgz',
      `https://codeload.example.com/o/c/tar.gz/${commit}`,
    ]);
    expect(found.notes).toEqual(['pnpm-lock.yaml: patches of this tree change p 1.0.0']);
    expect(listMessages(found)).toEqual([expect.stringContaining('outside this tree')]);
  });

  it('B2: takes the tools of pnpm in a document of their own for development', () => {
    const tools =
      "---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    configDependencies: {}\n" +
      '    packageManagerDependencies:\n      pnpm:\n        specifier: 11.0.0\n' +
      `        version: 11.0.0\n\npackages:\n\n  pnpm@11.0.0:\n    ${from}\n\n` +
      'snapshots:\n\n  pnpm@11.0.0: {}\n\n---\n';
    const main = FORMS[2]?.[1] ?? '';
    const found = extract(tools + main);
    expect(describeDrafts(found)).toContain('pnpm@11.0.0 (dev)');
    expect([found.drafts.length, found.skips]).toEqual([6, []]);
    expect(listMessages(extract(`${main}---\n${main}`))).toEqual([
      expect.stringContaining('two documents lock dependencies'),
    ]);
  });

  it.each([
    [
      'a need that is not there',
      nine(`  a@1.0.0:\n    ${from}\n`).replace(
        'a@1.0.0: {}',
        'a@1.0.0:\n    dependencies:\n      b: 1.0.0',
      ),
      'which is not in the lock',
    ],
    [
      'a package without a snapshot',
      nine(`  a@1.0.0:\n    ${from}\n`).replace(/snapshots:\n[\s\S]*$/, 'snapshots: {}\n'),
      'not in snapshots',
    ],
    [
      'a runtime',
      nine('  node@runtime:24.0.0:\n    resolution: {type: variations}\n    version: 24.0.0\n'),
      'it is a program',
    ],
    [
      'an archive of another package',
      nine('  a@1.0.0:\n    resolution: {tarball: https://registry.example.com/b/-/b-1.0.0.tgz}\n'),
      'but takes "b/-/b-1.0.0.tgz"',
    ],
    ['an entry without a name', nine(`  github.com/o/c:\n    ${from}\n`), 'no usable name'],
  ])('B3: names %s', (_, text, why) => {
    expect(listMessages(extract(text))).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ["lockfileVersion: '9.0'\n", null],
    ["lockfileVersion: '10.0'\n", 'UNSUPPORTED'],
    ['a: 1\n', 'UNSUPPORTED'],
    ['- a\n', 'MALFORMED'],
    ["lockfileVersion: '9.0'\n<<<<<<< ours\n", 'MALFORMED'],
  ])('B3: %j is refused with %s', (text, code) => {
    const read = readPnpmLock('pnpm-lock.yaml', Buffer.from(text));
    expect(read.ok ? null : read.failure.code).toBe(code);
  });

  it('B3: gives a lock or a Failure for a text cut at any byte', () => {
    const bytes = Buffer.from(FORMS[2]?.[1] ?? '');
    for (let end = 0; end < bytes.length; end++) {
      const read = readPnpmLock('pnpm-lock.yaml', bytes.subarray(0, end));
      if (!read.ok) expect(read.failure).toBeInstanceOf(Failure);
    }
  });

  it('B3: gives a lock or a Failure for any lines', () => {
    const lines = FORMS.flatMap(([, text]) => text.split('\n'));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...lines), fc.string())), (some) => {
        const text = `lockfileVersion: '9.0'\n${some.join('\n')}`;
        const read = readPnpmLock('pnpm-lock.yaml', Buffer.from(text));
        if (!read.ok) expect(read.failure).toBeInstanceOf(Failure);
      }),
    );
  });
});

describe('the package that an override is about', () => {
  it.each([
    ['a', 'a'],
    ['a@1', 'a'],
    ['a@>1 <2', 'a'],
    ['b@1>a@2', 'a'],
    ['@s/b>@s/a', '@s/a'],
    ['b/a', 'a'],
    ['b/@s/a', '@s/a'],
    ['@s/b/a', 'a'],
    ['**/a', 'a'],
    ['a@npm:1.0.0', 'a'],
  ])('B2: of %s is %s', (selector, name) => {
    expect(findOverridden(selector)).toBe(name);
  });
});
