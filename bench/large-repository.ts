import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packFeed } from '../test/support/dated-feed.ts';
import { run } from '../tools/process.ts';

/** A web application of ordinary size, as npm writes its lock. */
export const PACKAGES = 1_700;
const DIRECT = 60;
/** Every so many packages there is one below another, with another version. */
const NESTED_EVERY = 12;
const SOURCES = 400;
const ADVISORIES = 3_000;
const WORDS = ['core', 'parse', 'stream', 'style', 'util', 'loader', 'plugin', 'types', 'fetch'];

interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Where npm installs it. */
  readonly path: string;
}

/** An environment in which only the files of `folder` configure git. */
export function isolateGit(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/**
 * Makes a git repository in `folder/repository` whose lock has 1,700 packages, with one commit
 * that Ada signed, and a feed of advisories, `folder/feed.ndjson.gz`, beside it.
 */
export async function makeLargeRepository(folder: string): Promise<void> {
  const repository = join(folder, 'repository');
  const packages = listPackages();
  const files = { ...buildManifests(packages), ...listSources() };
  for (const [path, text] of Object.entries(files)) writeText(join(repository, path), text);
  writeFileSync(join(folder, 'feed.ndjson.gz'), packFeed(listAdvisories(packages)));
  await commitSigned(folder, repository);
}

function listPackages(): readonly LockedPackage[] {
  return Array.from({ length: PACKAGES }, (_, at) => {
    const name = pickName(at);
    const version = `${at % 9}.${at % 23}.${at % 7}`;
    const above = at % NESTED_EVERY === 0 && at > DIRECT ? pickName(at - 1) : null;
    const folder = above === null ? '' : `node_modules/${above}/`;
    return { name, version, path: `${folder}node_modules/${name}` };
  });
}

const pickName = (at: number): string => {
  const name = `${WORDS[at % WORDS.length]}-${at}`;
  return at % 4 === 0 ? `@scope-${at % 37}/${name}` : name;
};

/** What a package requires: the one below it, and some of those after it, as in a tree. */
function listRequired(packages: readonly LockedPackage[], at: number): readonly LockedPackage[] {
  const tree = at * 2 + DIRECT;
  const later = [tree, tree + 1].filter((one) => one % NESTED_EVERY !== 0);
  const below = (at + 1) % NESTED_EVERY === 0 ? [at + 1] : [];
  return [...below, ...later].flatMap((one) => packages[one] ?? []);
}

function buildManifests(packages: readonly LockedPackage[]): Readonly<Record<string, string>> {
  const pin = (all: readonly LockedPackage[]) =>
    Object.fromEntries(all.map(({ name, version }) => [name, version]));
  const own = { name: 'shop-window', version: '3.2.1', license: 'MIT' };
  const dependencies = pin(packages.slice(0, DIRECT));
  const locked = packages.map(({ name, version, path }, at) => {
    const file = `${name.replace(/^@[^/]+\//, '')}-${version}.tgz`;
    const required = listRequired(packages, at);
    const entry = {
      version,
      resolved: `https://registry.example.com/npm/${name}/-/${file}`,
      integrity: `sha512-${createHash('sha512').update(`${name}@${version}`).digest('base64')}`,
      license: at % 5 === 0 ? 'ISC' : 'MIT',
      ...(required.length === 0 ? {} : { dependencies: pin(required) }),
      engines: { node: '>=18' },
    };
    return [path, entry] as const;
  });
  const lock = {
    ...{ name: own.name, version: own.version, lockfileVersion: 3, requires: true },
    packages: { '': { ...own, dependencies }, ...Object.fromEntries(locked) },
  };
  return {
    'package.json': `${JSON.stringify({ ...own, private: true, dependencies }, null, 2)}\n`,
    'package-lock.json': `${JSON.stringify(lock, null, 2)}\n`,
    '.npmrc': 'registry=https://registry.example.com/npm/\n',
    Dockerfile: `FROM registry.example.com/base/node:24@sha256:${'a'.repeat(64)}\nCOPY . /app\n`,
  };
}

function listSources(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length: SOURCES }, (_, at) => [
      `src/part-${at % 20}/view-${at}.ts`,
      `export const view${at} = ${at};\n`.repeat(20),
    ]),
  );
}

/** Most name packages that are not here; some concern versions that are already left behind. */
function listAdvisories(packages: readonly LockedPackage[]): readonly object[] {
  return Array.from({ length: ADVISORIES }, (_, at) => ({
    schema_version: '1.6.0',
    id: `GHSA-aaaa-bbbb-${String(at).padStart(4, '0')}`,
    modified: '2026-11-01T00:00:00Z',
    published: '2026-10-01T00:00:00Z',
    summary: `flaw ${at}`,
    details: `A flaw that is described in a few words, number ${at}. `.repeat(12),
    affected: [
      {
        package: {
          ecosystem: 'npm',
          name: at % 10 === 0 ? packages[at % PACKAGES]?.name : `o-${at}`,
        },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.0.1' }] }],
      },
    ],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N' }],
    database_specific: { severity: 'MODERATE' },
  }));
}

async function commitSigned(folder: string, repository: string): Promise<void> {
  const key = join(folder, 'ada');
  const env = isolateGit(folder);
  const succeed = async (program: string, ...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(program, words, { cwd: repository, env });
    if (code !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  await succeed('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'ada', '-f', key);
  const [type, value] = (await succeed('ssh-keygen', '-y', '-f', key)).split(' ');
  const signers = join(folder, 'allowed_signers');
  writeText(signers, `ada@example.com namespaces="git" ${type} ${value?.trim()}\n`);
  const settings = {
    ...{ 'user.name': 'Ada', 'user.email': 'ada@example.com', 'user.signingkey': key },
    ...{ 'gpg.format': 'ssh', 'gpg.ssh.allowedSignersFile': signers, 'commit.gpgsign': 'true' },
  };
  for (const setting of Object.entries(settings))
    await succeed('git', 'config', '--global', ...setting);
  await succeed('git', 'init', '--quiet', '--initial-branch=main');
  await succeed('git', 'add', '--all');
  await succeed('git', 'commit', '--quiet', '--message', 'The shop window');
}

function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
