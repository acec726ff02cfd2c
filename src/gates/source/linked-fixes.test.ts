import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../test/support/images.ts';
import { SHA512 } from '../../../test/support/linked-locks.ts';
import { NOON } from '../../../test/support/policy-facts.ts';
import { createMemoryIndex, parseOsv } from '../../capabilities/advisories/index.ts';
import { readAtOnce } from '../../core/reading-budget.ts';
import { orThrow } from '../../core/result.ts';
import { type FixPlan, planFixes } from '../../phases/develop/index.ts';
import { readSource } from './read-source.ts';

const advisory = (name: string): string =>
  JSON.stringify({
    id: `GHSA-aaaa-bbbb-${name.repeat(4)}`,
    modified: '2024-01-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem: 'npm', name },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }],
      },
    ],
  });
const advisories = createMemoryIndex(
  ['a', 'b'].map((name) => orThrow(parseOsv(advisory(name)))),
  { source: 'imported', version: '1', importedAt: NOON, exportedAt: NOON, rejected: 0 },
);

async function plan(tree: Record<string, string>): Promise<FixPlan> {
  const options = { advisories, now: NOON, reading: readAtOnce };
  const reading = await readSource(makeTree(tree), '.', options);
  const [findDigest, findVersion] = [async () => null, () => null];
  const asked = { advisories, findDigest, findVersion, reading: readAtOnce, only: null };
  return planFixes(makeTree(tree), reading, asked);
}

const manifest = (more: object = {}): string =>
  `${JSON.stringify({ name: 'shop', dependencies: { a: '^1.0.0' }, ...more }, null, 2)}\n`;
const from = `resolution: {integrity: ${SHA512}}`;
const PNPM = `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0

packages:

  a@1.0.0:
    ${from}

  b@1.0.0:
    ${from}

snapshots:

  a@1.0.0:
    dependencies:
      b: 1.0.0

  b@1.0.0: {}
`;
const YARN = `# yarn lockfile v1

a@^1.0.0:
  version "1.0.0"
  integrity ${SHA512}
  dependencies:
    b "^1.0.0"

b@^1.0.0:
  version "1.0.0"
  integrity ${SHA512}
`;
const BERRY = `__metadata:
  version: 8

"a@npm:^1.0.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"
  dependencies:
    b: "npm:^1.0.0"
  checksum: 10c0/aa

"b@npm:^1.0.0":
  version: 1.0.0
  resolution: "b@npm:1.0.0"
  checksum: 10c0/aa

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
  dependencies:
    a: "npm:^1.0.0"
`;
const BUN = JSON.stringify({
  lockfileVersion: 1,
  workspaces: { '': { name: 'shop', dependencies: { a: '^1.0.0' } } },
  packages: {
    a: ['a@1.0.0', '', { dependencies: { b: '^1.0.0' } }, SHA512],
    b: ['b@1.0.0', '', {}, SHA512],
  },
});

describe('D16: a plan of fixes for a lock of another package manager than npm', () => {
  it.each([
    ['pnpm', 'pnpm-lock.yaml', PNPM, 'pnpm install --lockfile-only', '+  "pnpm": {'],
    ['Yarn 1', 'yarn.lock', YARN, 'yarn install', '+  "resolutions": {'],
    ['Yarn 4', 'yarn.lock', BERRY, 'yarn install --mode=update-lockfile', '+  "resolutions": {'],
    ['bun', 'bun.lock', BUN, 'bun install --lockfile-only', '+  "overrides": {'],
  ])('%s: sets a version or an override in package.json', async (_, file, lock, command, line) => {
    const { diff, commands, open } = await plan({ 'package.json': manifest(), [file]: lock });
    expect([diff, commands, open]).toEqual([expect.stringContaining(line), [command], []]);
    expect(diff).toContain('+    "a": "1.2.0"');
    expect(diff).toMatch(/^\+ {4,6}"b": "1\.2\.0"$/m);
  });

  // pnpm 9 reads them in package.json alone, 11 in its workspace alone, and 10 in both.
  it.each<[string, string | null, string | null, readonly string[]]>([
    ['9', 'packages: []\n', null, ['package.json']],
    ['10', null, null, ['package.json']],
    ['10', 'packages: []\n', null, ['pnpm-workspace.yaml']],
    ['11', 'overrides:\n  c: 1.0.0\n', null, ['pnpm-workspace.yaml']],
    ['11', null, 'write overrides in pnpm-workspace.yaml that set b to 1.2.0', []],
    ['11', 'overrides:\n  b: 1.0.0\n', 'already overrides it', []],
    ['', 'packages: []\n', null, ['package.json', 'pnpm-workspace.yaml']],
  ])(
    'puts the overrides of pnpm %s with %j where it reads them',
    async (major, workspace, left, files) => {
      const packageManager = major === '' ? {} : { packageManager: `pnpm@${major}.1.0` };
      const { steps, open, diff } = await plan({
        'package.json': manifest(packageManager),
        'pnpm-lock.yaml': PNPM,
        ...(workspace === null ? {} : { 'pnpm-workspace.yaml': workspace }),
      });
      const places = steps.filter(({ what }) => what.includes('by an override'));
      expect(places.map(({ place }) => place)).toEqual(files);
      expect(diff.includes("+  'b': '1.2.0'\n")).toBe(files.includes('pnpm-workspace.yaml'));
      expect(open.map(({ what }) => what)).toEqual(
        left === null ? [] : [expect.stringContaining(left)],
      );
    },
  );

  it('names what it cannot change: a catalogue, an import of Deno', async () => {
    const lock = PNPM.replace('specifier: ^1.0.0', "specifier: 'catalog:'");
    const catalogue = { dependencies: { a: 'catalog:' } };
    const tree = { 'package.json': manifest(catalogue), 'pnpm-lock.yaml': lock };
    expect((await plan(tree)).open).toMatchObject([
      { what: expect.stringContaining('it comes from catalog:, not from a registry') },
    ]);
    const deno = {
      'deno.json': '{"imports":{"a":"npm:a@^1.0.0"}}',
      'deno.lock': JSON.stringify({
        version: '5',
        specifiers: { 'npm:a@1': '1.0.0' },
        npm: { 'a@1.0.0': { integrity: SHA512 } },
      }),
    };
    expect((await plan(deno)).open).toMatchObject([
      { what: expect.stringContaining('import it as npm:a@1.2.0, then run: deno install') },
    ]);
  });
});
