import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { openLayout, parseLayoutName } from '../../src/adapters/oci-layout/index.ts';
import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { inventoryImage, inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { openImage } from '../../src/capabilities/registry/index.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { nodeApplication } from '../support/app-images.ts';
import { peer } from '../support/peer.ts';
import { Scene } from '../support/scene.ts';
import { adviseNobody } from '../support/scene-advisories.ts';
import { ship } from '../support/ship.ts';

const tools = ['debootstrap', 'umoci', 'skopeo', 'dpkg-query', 'chroot'].map(peer);
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('skipped: only root can build a Debian system with debootstrap');

const scratch = mkdtempSync(join(tmpdir(), 'waybill-image-'));
const at = (name: string): string => join(scratch, name);
const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
    cwd: scratch,
  });

/**
 * False when no mirror of Debian is reachable. Then nothing can be compared, and the test says so.
 */
function haveBase(): boolean {
  if (!isRoot || tools.includes(null)) return false;
  try {
    run('debootstrap', '--variant=minbase', 'bookworm', at('base'));
    return true;
  } catch (thrown) {
    const said =
      (thrown as { stdout?: string }).stdout?.trim().split('\n').at(-1) ?? String(thrown);
    console.warn(`skipped: debootstrap made no Debian system: ${said}`);
    return false;
  }
}

/** False when apt in the new system reaches no mirror: then the application is alone. */
function installNode(system: string): boolean {
  const install = 'apt-get -q install -y --no-install-recommends nodejs';
  try {
    run('chroot', system, 'sh', '-c', `apt-get -q update && ${install}`);
    return true;
  } catch (thrown) {
    console.warn(`skipped: Debian's own Node.js cannot be installed: ${String(thrown)}`);
    return false;
  }
}

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/**
 * A Debian system made by debootstrap. A second layer adds an application with Node.js, or adds
 * Node.js, removes one package and half-removes another.
 */
describe.skipIf(!haveBase())('done when 3: an image of a real Debian system', () => {
  let expected: readonly string[] = [];
  let hasNode = false;

  beforeAll(() => {
    run('tar', '-C', at('base'), '-cf', at('base.tar'), '.');
    run('umoci', 'init', '--layout', at('oci'));
    run('umoci', 'new', '--image', `${at('oci')}:first`);
    run('umoci', 'raw', 'add-layer', '--image', `${at('oci')}:first`, at('base.tar'));
    run('umoci', 'unpack', '--image', `${at('oci')}:first`, at('bundle'));
    hasNode = installNode(at('bundle/rootfs'));
    for (const { path, content } of nodeApplication()) {
      mkdirSync(dirname(at(`bundle/rootfs/${path}`)), { recursive: true });
      writeFileSync(at(`bundle/rootfs/${path}`), content ?? '');
    }
    run('umoci', 'repack', '--image', `${at('oci')}:node`, at('bundle'));
    rmSync(at('bundle/rootfs/app'), { recursive: true });
    run('chroot', at('bundle/rootfs'), 'dpkg', '--purge', '--force-all', 'tzdata');
    run('chroot', at('bundle/rootfs'), 'dpkg', '--remove', '--force-all', 'login');
    run('umoci', 'repack', '--image', `${at('oci')}:second`, at('bundle'));
    run(
      'skopeo',
      'copy',
      `oci:${at('oci')}:second`,
      `docker-archive:${at('docker.tar')}:registry.example.com/debian:second`,
    );
    const fields = [
      'db:Status-Status',
      'Package',
      'Version',
      'Architecture',
      'source:Package',
      'source:Version',
    ];
    const format = `${fields.map((field) => `\${${field}}`).join(' ')}\\n`;
    const lines = run('chroot', at('bundle/rootfs'), 'dpkg-query', '-W', '-f', format).split('\n');
    expect(lines.some((line) => line.startsWith('config-files login '))).toBe(true);
    expected = lines
      .filter((line) => line !== '' && !line.startsWith('config-files '))
      .map((line) => line.replace(/^\S+ /, ''));
  }, 600_000);

  async function ofImage(name: string): Promise<Inventory> {
    const { source, root } = orThrow(await openLayout(orThrow(parseLayoutName(name))));
    try {
      return orThrow(
        await inventoryImage(orThrow(await openImage(source, 'layout.invalid/image', root, {}))),
      );
    } finally {
      await source.close();
    }
  }

  function packages({ components, outcome, skips }: Inventory): readonly string[] {
    expect([outcome, skips]).toEqual(['complete', []]);
    const lines = components.map(({ name, version, purl, source }) => {
      expect(purl.startsWith('pkg:deb/debian/')).toBe(true);
      return [name, version, /arch=([^&]+)/.exec(purl)?.[1], source?.name, source?.version].join(
        ' ',
      );
    });
    return lines.sort();
  }

  it('as an OCI layout has exactly the packages that dpkg-query names', async () => {
    expect(packages(await ofImage(`oci:${at('oci')}:second`))).toEqual([...expected].sort());
  });

  it('as a docker-archive has exactly the packages that dpkg-query names', async () => {
    expect(packages(await ofImage(`docker-archive:${at('docker.tar')}`))).toEqual(
      [...expected].sort(),
    );
  });

  it('as an unpacked root file system has exactly the packages that dpkg-query names', async () => {
    const tree = orThrow(openFileTree(at('bundle/rootfs')));
    expect(packages(await inventoryTree(tree, 'rootfs', { target: 'root-file-system' }))).toEqual(
      [...expected].sort(),
    );
  });

  it('has the same components in every form, each from the layer that added it', async () => {
    const [layout, archive] = [
      await ofImage(`oci:${at('oci')}:second`),
      await ofImage(`docker-archive:${at('docker.tar')}`),
    ];
    expect(archive.components).toEqual(layout.components);
    const first = await ofImage(`oci:${at('oci')}:first`);
    const layers = new Map(first.components.map(({ purl, layer }) => [purl, layer]));
    const kept = layout.components.filter(({ purl }) => layers.has(purl));
    expect(kept.length).toBe(first.components.length - 2);
    expect(kept.map(({ layer }) => layer)).toEqual(kept.map(({ purl }) => layers.get(purl)));
    const added = layout.components.filter(({ purl }) => !layers.has(purl));
    const inLayers = new Set(added.map(({ layer }) => layer));
    expect([inLayers.size, kept.some(({ layer }) => inLayers.has(layer))]).toEqual([
      hasNode ? 1 : 0,
      false,
    ]);
  });

  it.each([
    ['first', 'the Debian base'],
    ['node', "an application on Debian's own Node.js"],
  ])('B24: as %s, %s passes the default policy', async (tag) => {
    const scene = await Scene.open();
    try {
      rmSync(scene.config.advisories);
      await scene.advisories(['Debian:12', 'npm'].map(adviseNobody));
      const { source, root } = orThrow(
        await openLayout(orThrow(parseLayoutName(`oci:${at('oci')}:${tag}`))),
      );
      const reference = { ...scene.reference('layout'), tag: null, digest: root.digest };
      const { outcome } = await ship(scene, { name: tag, image: { source, reference } });
      await source.close();
      const notes = outcome.evaluation.verdict.results.filter((one) => one.outcome !== 'holds');
      expect(notes.map(({ rule, action }) => [rule, action])).toEqual([
        ['B24-system-licenses-named', 'warn'],
      ]);
      expect(outcome).toMatchObject({ published: true, subject: { digest: root.digest } });
      await scene.serve();
      const admitted = await scene.admit(`${formatRepository(scene.reference(tag))}:1.0`);
      expect(admitted).toMatchObject({ allowed: true });
    } finally {
      await scene.close();
    }
  });
});
