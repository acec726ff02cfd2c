import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPeer } from '../test/support/peer.ts';
import { root } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { type Command, measureCommand, timing } from './compare.ts';

const ROUNDS = 5;
/** cdxgen takes ten seconds for each. */
const SLOW_ROUNDS = 2;
const CDXGEN = '12.8.4';
const SCALIBR = 'github.com/google/osv-scalibr/binary/scalibr@v0.4.5';

const hash = (name: string): string =>
  `sha512-${createHash('sha512').update(name).digest('base64')}`;
/** Each package needs a few of those behind it, so that all are reached. */
const listNeeds = (at: number, count: number): readonly number[] =>
  [...new Set([2 * at + 1, 2 * at + 2, at + 7])].filter((need) => need < count);
const name = (at: number): string => (at % 3 === 0 ? `@scope-${at % 50}/part-${at}` : `part-${at}`);
const quote = (key: string): string => (key.startsWith('@') ? `'${key}'` : key);

/** A lock of pnpm 9 with so many packages. */
function makePnpm(count: number): Readonly<Record<string, string>> {
  const all = Array.from({ length: count }, (_, at) => at);
  const packages = all.map(
    (at) =>
      `  ${quote(`${name(at)}@1.${at}.0`)}:\n    resolution: {integrity: ${hash(name(at))}}\n` +
      "    engines: {node: '>=18'}\n\n",
  );
  const snapshots = all.map((at) => {
    const needs = listNeeds(at, count).map((to) => `      ${quote(name(to))}: 1.${to}.0\n`);
    const key = quote(`${name(at)}@1.${at}.0`);
    return needs.length === 0
      ? `  ${key}: {}\n\n`
      : `  ${key}:\n    dependencies:\n${needs.join('')}\n`;
  });
  const root = `      ${quote(name(0))}:\n        specifier: ^1.0.0\n        version: 1.0.0\n`;
  const lock =
    `lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n\nimporters:\n\n  .:\n` +
    `    dependencies:\n${root}\npackages:\n\n${packages.join('')}snapshots:\n\n${snapshots.join('')}`;
  return { 'package.json': makeManifest(), 'pnpm-lock.yaml': lock };
}

/** A lock of npm, lockfileVersion 3, with so many packages. */
function makeNpm(count: number): Readonly<Record<string, string>> {
  const packages = Array.from({ length: count }, (_, at) => [
    `node_modules/${name(at)}`,
    {
      version: `1.${at}.0`,
      resolved: `https://registry.example.com/${name(at)}/-/part-${at}-1.${at}.0.tgz`,
      integrity: hash(name(at)),
      license: 'MIT',
      dependencies: Object.fromEntries(listNeeds(at, count).map((to) => [name(to), `^1.${to}.0`])),
    },
  ]);
  const lock = {
    ...{ name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'shop', version: '1.0.0', dependencies: { [name(0)]: '^1.0.0' } },
      ...Object.fromEntries(packages),
    },
  };
  return { 'package.json': makeManifest(), 'package-lock.json': JSON.stringify(lock, null, 2) };
}

function makeManifest(): string {
  const dependencies = { [name(0)]: '^1.0.0' };
  return JSON.stringify({ name: 'shop', version: '1.0.0', dependencies }, null, 2);
}

/** The program, on the PATH, in the folder of peers, or installed for this run; null without it. */
function fetchCdxgen(work: string): string | null {
  const found = findPeer('cdxgen');
  if (found !== null) return found;
  const args = [
    'install',
    '--prefix',
    work,
    '--no-audit',
    '--no-fund',
    `@cyclonedx/cdxgen@${CDXGEN}`,
  ];
  return tryFetch('cdxgen', join(work, 'node_modules/.bin/cdxgen'), 'npm', args);
}

function fetchScalibr(work: string): string | null {
  const found = findPeer('scalibr');
  if (found !== null) return found;
  const env = { ...process.env, GOBIN: work };
  return tryFetch('scalibr', join(work, 'scalibr'), 'go', ['install', SCALIBR], env);
}

function tryFetch(
  title: string,
  path: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): string | null {
  try {
    execFileSync(program, args, { env, stdio: 'ignore', timeout: 600_000 });
  } catch {
    console.warn(`skipped: nothing is compared with ${title}: ${program} cannot install it`);
    return null;
  }
  return existsSync(path) ? path : null;
}

interface Peers {
  readonly cdxgen: string | null;
  readonly scalibr: string | null;
}

/** All in turn, so that a machine that becomes slower slows all. */
async function measureLock(
  what: string,
  folder: string,
  { cdxgen, scalibr }: Peers,
): Promise<readonly Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'waybill-bench-home-'));
  const node = process.execPath;
  const waybill = join(root, 'bin', 'waybill.js');
  const ours = ['sbom', folder, '--format', 'json', '--home', home];
  const plugins = '--plugins=javascript/pnpmlock,javascript/packagelockjson';
  const out = join(home, 'peer.json');
  const commands: readonly (readonly [string, Command | null, number])[] = [
    ['ours', { program: node, args: [waybill, ...ours] }, ROUNDS],
    ['node -e 0', { program: node, args: ['-e', '0'] }, ROUNDS],
    [
      'scalibr',
      scalibr === null
        ? null
        : { program: scalibr, args: ['--root', folder, plugins, '-o', `cdx-json=${out}`] },
      ROUNDS,
    ],
    [
      'cdxgen',
      cdxgen === null
        ? null
        : {
            program: cdxgen,
            args: ['-t', 'js', '--no-install-deps', '--no-recurse', '-o', out, folder],
            env: { ...process.env, FETCH_LICENSE: 'false' },
          },
      SLOW_ROUNDS,
    ],
  ];
  const times = new Map<string, number[]>();
  try {
    for (let round = 0; round <= ROUNDS; round++)
      for (const [who, command, rounds] of commands) {
        if (command === null || round > rounds) continue;
        const took = await measureCommand(command);
        // The first round only warms the caches.
        if (round > 0) times.set(who, [...(times.get(who) ?? []), took]);
      }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  const median = (who: string): number => timing(times.get(who) ?? []).medianMs;
  const figures = [...times.keys()].map(
    (who): Figure => ({ what: `${what}: ${who}`, value: median(who), unit: 'ms', target: null }),
  );
  const ratio = (against: string, value: number, max: number): Figure => ({
    ...{ what: `${what}: ours / ${against}`, value: median('ours') / value, unit: '×' },
    target: { max },
  });
  if (times.has('scalibr'))
    figures.push(ratio('(scalibr + node)', median('scalibr') + median('node -e 0'), 1.2));
  if (times.has('cdxgen')) figures.push(ratio('cdxgen', median('cdxgen'), 0.1));
  return figures;
}

/** The SBOM of a tree with one large lock, as whole processes. */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'locks of 1,219 (pnpm) and 4,000 packages (npm), beside scalibr and cdxgen',
  async measure() {
    const work = mkdtempSync(join(tmpdir(), 'waybill-bench-locks-'));
    try {
      const peers = { cdxgen: fetchCdxgen(work), scalibr: fetchScalibr(work) };
      const figures: Figure[] = [];
      for (const [what, files] of [
        ['pnpm', makePnpm(1_219)],
        ['npm', makeNpm(4_000)],
      ] as const) {
        const folder = join(work, what);
        mkdirSync(folder);
        for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
        figures.push(...(await measureLock(what, folder, peers)));
      }
      return figures;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
};
