import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayout, parseLayoutName } from '../../src/adapters/oci-layout/index.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { root } from '../../tools/process.ts';
import { peer } from '../support/peer.ts';
import { Scene } from '../support/scene.ts';
import { adviseNobody } from '../support/scene-advisories.ts';
import { ship } from '../support/ship.ts';

const tools = ['skopeo', 'umoci', 'dpkg-query', 'chroot', 'unshare', 'mount'].map(peer);
const isRoot = process.getuid?.() === 0;
if (!isRoot)
  console.warn('skipped: only root can unpack an image with its owners and change the root folder');

const scratch = mkdtempSync(join(tmpdir(), 'waybill-own-image-'));
const at = (...parts: readonly string[]): string => join(scratch, ...parts);
const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Our image, read and unpacked by other programs, and run as its user nobody. */
describe.skipIf(!isRoot || tools.includes(null))('B11: the container image of Waybill', () => {
  const filesystem = at('bundle/rootfs');
  const work = at('bundle/rootfs/project');
  let digest = '';
  let name = '';

  beforeAll(() => {
    const [reference = '', built = ''] = run(
      process.execPath,
      'tools/image.ts',
      '--output',
      at('image'),
    ).split('\n');
    [name, digest] = [reference.slice('oci:'.length), built];
    run('umoci', 'unpack', '--image', name, at('bundle'));
    mkdirSync(join(work, 'node_modules/left-pad'), { recursive: true });
    writeFileSync(
      join(work, 'node_modules/left-pad/package.json'),
      '{"name":"left-pad","version":"1.3.0"}',
    );
    cpSync(join(root, 'test/golden/v1/records/release.json'), join(work, 'release.json'));
  }, 300_000);

  /** The user nobody, no rights, and only the home writable: like `docker run --read-only`. */
  function inside(...args: readonly string[]): string {
    const shell = [
      `mount --bind '${filesystem}' '${filesystem}' && mount -o remount,bind,ro '${filesystem}'`,
      `mount -t tmpfs -o uid=65532,gid=65532,mode=0700 home '${filesystem}/var/lib/waybill'`,
      'exec chroot --userspec=65532:65532 --groups= "$0" "$@"',
    ].join(' && ');
    const environment = [
      '-i',
      'HOME=/var/lib/waybill',
      'WAYBILL_HOME=/var/lib/waybill',
      'PATH=/usr/bin',
    ];
    return run(
      'env',
      ...environment,
      'unshare',
      '--mount',
      'sh',
      '-c',
      `PATH=/usr/sbin:/usr/bin:/sbin:/bin; ${shell}`,
      filesystem,
      ...args,
    );
  }
  const waybill = (...args: readonly string[]): string =>
    inside('/usr/bin/node', '/usr/lib/node_modules/waybill/bin/waybill.js', ...args);

  it('is read by skopeo, which finds the digest that we reported', () => {
    const seen = JSON.parse(run('skopeo', 'inspect', `oci:${name}`)) as Record<string, unknown>;
    expect(seen).toMatchObject({ Digest: digest, Os: 'linux' });
    const config = JSON.parse(run('skopeo', 'inspect', '--config', `oci:${name}`)) as {
      config: object;
    };
    expect(config.config).toMatchObject({ User: '65532:65532' });
  });

  it('is copied by skopeo, byte by byte', () => {
    run('skopeo', 'copy', '--preserve-digests', `oci:${name}`, `dir:${at('copy')}`);
    run('skopeo', 'copy', '--preserve-digests', `dir:${at('copy')}`, `oci:${at('back')}:again`);
    expect(JSON.parse(run('skopeo', 'inspect', `oci:${at('back')}:again`))).toMatchObject({
      Digest: digest,
    });
  });

  it('runs as nobody on a root that is read-only', () => {
    expect(waybill('--version')).toMatch(/^waybill \d+\.\d+\.\d+\n$/);
    const script = `console.log(process.getuid(), require('fs').statSync('/var/lib/waybill').uid);
      try { require('fs').writeFileSync('/tmp/x', ''); console.log('writable') } catch (e) { console.log(e.code) }`;
    expect(inside('/usr/bin/node', '-e', script).split('\n')).toEqual(['65532 65532', 'EROFS', '']);
  });

  it('works: an inventory, a scan, a key and a graph in its home', () => {
    expect(waybill('sbom', '/project')).toContain('left-pad');
    expect(
      JSON.parse(waybill('scan', '/project', '--allow-partial', '--format', 'json')),
    ).toBeDefined();
    expect(waybill('key', 'generate')).toContain('default');
    expect(waybill('graph', 'import', '/project/release.json')).toContain('release');
  });

  it('finds every library that its programs need in its own packages', () => {
    const script = `const {report} = process; report.excludeNetwork = true;
      console.log(JSON.stringify(report.getReport().sharedObjects))`;
    const libraries = JSON.parse(inside('/usr/bin/node', '-e', script)) as readonly string[];
    expect(libraries.filter((path) => /libc[.]so|libstdc/.test(path))).toHaveLength(2);
  });

  it('B24: passes the default policy', async () => {
    const scene = await Scene.open();
    try {
      rmSync(scene.config.advisories);
      const systems = ['11', '12', '13', '14'].map((version) => `Debian:${version}`);
      // Node.js itself is looked up in the feed of Bitnami.
      const covered = [...systems, 'npm', 'Bitnami'];
      await scene.advisories(covered.map(adviseNobody), covered);
      const opened = orThrow(await openLayout(orThrow(parseLayoutName(`oci:${name}`))));
      const reference = { ...scene.reference('layout'), tag: null, digest: opened.root.digest };
      const { outcome } = await ship(scene, { image: { source: opened.source, reference } });
      await opened.source.close();
      const notes = outcome.evaluation.verdict.results.filter((one) => one.outcome !== 'holds');
      expect(notes.map(({ rule, action }) => [rule, action])).toEqual([
        ['B24-system-licenses-named', 'warn'],
      ]);
      expect(outcome).toMatchObject({ published: true });
      await scene.serve();
      const admitted = await scene.admit(`${formatRepository(scene.reference('trips'))}:1.0`);
      expect(admitted).toMatchObject({ allowed: true });
    } finally {
      await scene.close();
    }
  });

  it("has the packages of this machine's dpkg, in the form of distroless images", () => {
    const status = run('cat', join(filesystem, 'var/lib/dpkg/status.d/libc6'));
    expect(status).toContain(
      `Version: ${run('dpkg-query', '-W', '-f', '$' + '{Version}', 'libc6')}`,
    );
  });
});
