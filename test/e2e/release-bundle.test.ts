import { cpSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLayoutTarget } from '../../src/adapters/oci-layout/index.ts';
import { buildArtifact, EMPTY_CONTENT } from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { takeHex } from '../../src/core/digest.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { CommandHere } from '../support/command-line.ts';
import { Scene } from '../support/scene.ts';

interface Index {
  manifests: (Descriptor & { annotations?: Record<string, string> })[];
}
interface CopyAnswer {
  readonly digest: string;
  readonly bundle: string | null;
  readonly parts: readonly { readonly digest: string; readonly kind: string }[];
}

let scene: Scene;
let folder: string;
let line: CommandHere;
let repository: string;
let copied: CopyAnswer;

beforeAll(async () => {
  scene = await Scene.open();
  folder = mkdtempSync(join(tmpdir(), 'waybill-bundle-'));
  line = new CommandHere(folder);
  await scene.publish('trips');
  repository = formatRepository(scene.reference('trips'));
  const made = await line.json<CopyAnswer>(
    'copy',
    `${repository}:1.0`,
    'oci:whole:1.0',
    '--bundle',
  );
  expect(made.code).toBe(0);
  copied = made.answer;
});
afterAll(async () => {
  await line.close();
  await scene.close();
  rmSync(folder, { recursive: true });
});

const readIndex = (name: string): Index =>
  JSON.parse(readFileSync(join(folder, name, 'index.json'), 'utf8'));

/** The layout of the bundle, changed. */
function change(name: string, edit: (index: Index) => void): void {
  cpSync(join(folder, 'whole'), join(folder, name), { recursive: true });
  const index = readIndex(name);
  edit(index);
  writeFileSync(join(folder, name, 'index.json'), JSON.stringify(index));
}

const admit = (name: string, ...more: readonly string[]) =>
  line.run(
    ...['gate', 'admission', `${repository}:1.0`, '--from', `${repository}=oci:${name}`],
    ...['--home', scene.home, ...more],
  );
const pin = (): readonly string[] => ['--expect-bundle', copied.bundle ?? ''];

it('B27, B28, I13: one index names the release, and admits it without a registry', async () => {
  const again = await line.json<CopyAnswer>('copy', 'oci:whole:1.0', 'oci-archive:whole.tar');
  expect([again.code, again.answer.bundle]).toEqual([0, copied.bundle]);
  const [bundle] = readIndex('whole').manifests.filter(({ digest }) => digest === copied.bundle);
  const path = join(folder, 'whole/blobs/sha256', takeHex((bundle as Descriptor).digest));
  const { manifests, artifactType } = JSON.parse(readFileSync(path, 'utf8'));
  expect(artifactType).toBe('application/vnd.waybill.release.v1');
  expect(manifests.map(({ digest }: Descriptor) => digest).sort()).toEqual(
    copied.parts.map(({ digest }) => digest).sort(),
  );
  expect(await admit('whole', ...pin())).toMatchObject({ code: 0 });
  const as = ['--as', repository, '--home', scene.home, ...pin()];
  expect(await line.run('verify', 'oci-archive:whole.tar', ...as)).toMatchObject({ code: 0 });
});

it('B27: in a registry, what is attached later is no part of the bundle', async () => {
  const to = formatRepository(scene.reference('carried'));
  expect((await line.run('copy', 'oci-archive:whole.tar', `${to}:1.0`)).code).toBe(0);
  const verify = ['verify', `${to}:1.0`, '--home', scene.home, ...pin()];
  expect(await line.run(...verify)).toMatchObject({ code: 0 });
  const subject = orThrow(await scene.client.resolve(scene.reference('carried', '1.0')));
  const note = buildArtifact({ artifactType: 'application/x', subject, layers: [] });
  orThrow(await scene.client.pushBlob(to, EMPTY_CONTENT));
  orThrow(await scene.client.pushManifest(to, note));
  const refused = await line.run(...verify);
  expect([refused.code, refused.stderr]).toEqual([
    expect.any(Number),
    expect.stringContaining('added'),
  ]);
  expect(refused.code).not.toBe(0);
  expect((await line.run('copy', `${to}:1.0`, 'oci:later')).stderr).toContain('added');
});

const isAttached = ({ digest }: Descriptor): boolean =>
  copied.parts.some((part) => part.digest === digest && part.kind === 'attached');

it.each<[string, readonly string[], string, (name: string) => Promise<void> | void]>([
  [
    'a signature is gone',
    [],
    'missing',
    (name) =>
      change(name, (index) => {
        index.manifests.splice(index.manifests.findIndex(isAttached), 1);
      }),
  ],
  [
    'something was attached',
    [],
    'added',
    async (name) => {
      change(name, () => undefined);
      const target = orThrow(await openLayoutTarget(join(folder, name)));
      const [root] = readIndex(name).manifests.filter(({ digest }) => digest === copied.digest);
      const { mediaType, digest, size } = root as Descriptor;
      const subject = { mediaType, digest, size };
      orThrow(await target.pushBlob('', EMPTY_CONTENT));
      const note = buildArtifact({ artifactType: 'application/x', subject, layers: [] });
      orThrow(await target.pushManifest('', note, null));
    },
  ],
  [
    'a layer is gone',
    [],
    'lacks',
    (name) => {
      change(name, () => undefined);
      const blobs = join(folder, name, 'blobs/sha256');
      const image = JSON.parse(readFileSync(join(blobs, takeHex(copied.digest as never)), 'utf8'));
      unlinkSync(join(blobs, takeHex(image.layers[0].digest)));
    },
  ],
  [
    'its bundle was taken out',
    ['pinned'],
    'is not there',
    (name) =>
      change(name, (index) => {
        index.manifests = index.manifests.filter(({ digest }) => digest !== copied.bundle);
      }),
  ],
  [
    'another image was put beside it',
    ['pinned'],
    'in no bundle',
    async (name) => {
      change(name, () => undefined);
      const target = orThrow(await openLayoutTarget(join(folder, name)));
      const other = buildArtifact({ artifactType: 'application/x', layers: [] });
      orThrow(await target.pushManifest('', other, '2.0'));
    },
  ],
])('B27: nothing is admitted from a layout where %s', async (_, how, why, make) => {
  const name = why.replaceAll(' ', '-');
  await make(name);
  const { code, stderr } = await admit(name, ...(how.length === 0 ? [] : pin()));
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining(why)]);
  expect(code).toBeGreaterThan(0);
  if (how.length > 0) return;
  expect((await line.run('copy', `oci:${name}:1.0`, 'oci:nowhere')).code).toBeGreaterThan(0);
});

it('B27: another bundle than the expected one is refused', async () => {
  const other = `sha256:${'0'.repeat(64)}`;
  expect((await admit('whole', '--expect-bundle', other)).stderr).toContain('is not there');
  const copy = await line.run('copy', 'oci:whole:1.0', 'oci:nowhere', '--expect-bundle', other);
  expect(copy.stderr).toContain(`not ${other}`);
  const bare = await line.run('copy', 'oci:is-not-there:1.0', 'oci:nowhere', ...pin());
  expect([bare.code, bare.stderr]).toEqual([3, expect.stringContaining('has no bundle here')]);
});
