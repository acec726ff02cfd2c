import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import {
  buildArtifact,
  buildImageManifest,
  buildIndex,
  EMPTY_CONTENT,
  formatReferrersTag,
  surveyRelease,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import { attach } from '../../src/capabilities/registry/port.contract.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { sha256, takeHex } from '../../src/core/digest.ts';
import { formatRepository, parseImageReference } from '../../src/core/image-reference.ts';
import { toInstant } from '../../src/core/instant.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { orThrow } from '../../src/core/result.ts';
import { stageSignature } from '../../src/phases/build/stage.ts';
import { StagingArea } from '../../src/phases/build/staging.ts';
import { CommandHere } from '../support/command-line.ts';
import { type RegistryProxy, startRegistryProxy, type Tamper } from '../support/registry-proxy.ts';
import { Scene, TRUSTED } from '../support/scene.ts';

interface CopyAnswer {
  readonly digest: string;
  readonly to: string | null;
  readonly parts: readonly { readonly kind: string; readonly digest: string }[];
  readonly tags: readonly { readonly tag: string; readonly digest: string }[];
  readonly strangers: readonly string[];
  readonly foreign: readonly string[];
  readonly copied: Readonly<
    Record<'manifests' | 'blobs' | 'bytes', { readonly sent: number; readonly there: number }>
  > | null;
  readonly error?: { readonly code: string; readonly message: string };
}

let scene: Scene;
let folder: string;
let line: CommandHere;
let other: RunningRegistry;
let proxy: RegistryProxy;
let repository: string;
let release: string;
/** The index of two platforms, which is the release. */
let root: Descriptor;

const pass: Tamper = () => null;

beforeAll(async () => {
  scene = await Scene.open();
  folder = mkdtempSync(join(tmpdir(), 'waybill-copy-'));
  line = new CommandHere(folder);
  other = orThrow(await startRegistry({ root: join(folder, 'other') }));
  proxy = await startRegistryProxy(scene.registry.registry);
  repository = formatRepository(scene.reference('trips'));
  release = `${repository}:1.0`;
  await makeRelease();
  scene.trust([
    { repositories: [`${scene.registry.registry}/shop/*`], identity: TRUSTED },
    { repositories: [`${other.registry}/mirror/*`], identity: TRUSTED },
  ]);
});
afterEach(() => {
  proxy.tamper = pass;
});
afterAll(async () => {
  await proxy.close();
  await other.close();
  await line.close();
  await scene.close();
  rmSync(folder, { recursive: true });
});

/** Two signed platforms, and an index of them that is signed too and has tags of cosign. */
async function makeRelease(): Promise<void> {
  const amd64 = await scene.publish('trips');
  const arm64 = await scene.publish('trips', {
    packages: [{ name: 'tzdata', version: '2025b-0+deb12u1' }],
  });
  const members = [amd64, arm64].map((one, at) => ({
    ...one,
    platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
  }));
  const index = buildIndex({ manifests: members });
  root = orThrow(await scene.client.pushManifest(repository, index, '1.0'));
  const staging = new StagingArea(scene.client, repository, root);
  await stageSignature(staging, root, scene.release, toInstant(Date.now()));
  await scene.pushStaged('trips', staging);
  const signature = await pushTagged(repository, root, '.sig', 'one');
  await pushTagged(repository, signature, '.sig', 'on the signature');
}

/** What cosign writes under a tag; what it says does not matter here. */
async function pushTagged(
  to: string,
  about: Descriptor,
  suffix: string,
  ...texts: readonly string[]
): Promise<Descriptor> {
  const type = 'application/vnd.dev.cosign.simplesigning.v1+json';
  const layers = texts.map((text) => toContent(type, new TextEncoder().encode(text)));
  for (const blob of [EMPTY_CONTENT, ...layers]) orThrow(await scene.client.pushBlob(to, blob));
  const manifest = buildImageManifest({
    config: EMPTY_CONTENT.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  const tag = `${formatReferrersTag(about.digest)}${suffix}`;
  return orThrow(await scene.client.pushManifest(to, manifest, tag));
}

const copy = async (exit: number, ...args: readonly string[]): Promise<CopyAnswer> => {
  const { code, answer } = await line.json<CopyAnswer>('copy', ...args);
  expect([code, answer.error?.message], JSON.stringify(answer)).toEqual(
    exit === 0 ? [0, undefined] : [exit, expect.any(String)],
  );
  return answer;
};

/** Everything that belongs to a release, however it is listed. */
async function listDigests(reference: string): Promise<readonly string[]> {
  const { parts, tags } = await copy(0, reference, 'oci:unused', '--dry-run');
  return [...parts.map(({ digest }) => digest), ...tags.map(({ tag }) => tag)].sort();
}

describe('a copy of a release', () => {
  it('B27, I13: takes platforms, evidence and cosign tags through an archive', async () => {
    const wanted = await listDigests(release);
    const out = await copy(0, release, 'oci-archive:trips.tar');
    expect(out.parts.filter(({ kind }) => kind === 'image')).toHaveLength(3);
    // For each platform a signature, and three documents with theirs; the signature of the index;
    // two behind tags of cosign.
    expect(out.parts).toHaveLength(3 + 2 * 7 + 1 + 2);
    expect(out.tags).toHaveLength(2);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
    const mirror = `${other.registry}/mirror/trips`;
    const back = await copy(0, 'oci-archive:trips.tar', mirror);
    expect(back.to).toBe(`${mirror}:1.0@${root.digest}`);
    expect(await listDigests(`${mirror}:1.0`)).toEqual(wanted);
    const again = await copy(0, release, `${mirror}:1.0`);
    expect(again.copied).toMatchObject({ manifests: { sent: 0 }, bytes: { sent: 0 } });
  });

  it('B28: a layout that was copied is admitted without its registry', async () => {
    await copy(0, release, 'oci:offline:1.0');
    const as = ['--as', repository, '--home', scene.home];
    const seen = await line.json<object>('verify', 'oci:offline:1.0', ...as);
    expect(seen.answer).toMatchObject({ standing: 'counts' });
    const copied = `${formatRepository(scene.reference('offline'))}`;
    await copy(0, 'oci:offline:1.0', copied);
    const home = ['--home', scene.home];
    const admitted = await line.json<object>('gate', 'admission', `${copied}:1.0`, ...home);
    expect(admitted, JSON.stringify(admitted.answer)).toMatchObject({ code: 0 });
  });

  it('says what belongs to a release, and writes nothing, with --dry-run', async () => {
    const { stdout } = await line.run('copy', release, 'oci:nothing', '--dry-run');
    expect(stdout).toContain('application/vnd.cncf.notary.signature');
    expect(readdirSync(folder)).not.toContain('nothing');
  });

  it('goes on where it stopped: what has arrived is not sent again', async () => {
    const away = `${proxy.registry}/shop/trips:1.0`;
    // Eight are on the way at a time: when the tenth is asked for, two have arrived.
    let asked = 0;
    proxy.tamper = (path, status) =>
      /\/blobs\/sha256:/.test(path) && status === 200 && ++asked >= 10
        ? { status: 404, body: Buffer.from('{}') }
        : null;
    const to = `${other.registry}/mirror/resumed`;
    expect(await copy(3, away, to)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(await isTagged(to)).toBe(false);
    proxy.tamper = pass;
    const { copied } = await copy(0, away, to);
    expect(copied?.blobs.there).toBeGreaterThan(0);
    expect(copied?.blobs.sent).toBeGreaterThan(0);
    expect(await isTagged(to)).toBe(true);
  });

  it('A2: refuses a layer with other bytes on the way, and gives no tag', async () => {
    const layer = await findLayer();
    proxy.tamper = (path, status, body) =>
      path.endsWith(`/blobs/${layer}`) && status === 200
        ? { body: Buffer.from(body.map((byte, at) => (at === 7 ? byte ^ 1 : byte))) }
        : null;
    const to = `${other.registry}/mirror/changed`;
    const { error } = await copy(3, `${proxy.registry}/shop/trips:1.0`, to);
    expect(error?.code).toBe('DIGEST_MISMATCH');
    expect(await isTagged(to)).toBe(false);
  });
});

async function findLayer(): Promise<string> {
  const source = orThrow(await scene.client.manifest(repository, root));
  const first = (JSON.parse(Buffer.from(source.bytes).toString()) as { manifests: Descriptor[] })
    .manifests[0] as Descriptor;
  const { bytes } = orThrow(await scene.client.manifest(repository, first.digest));
  return (JSON.parse(Buffer.from(bytes).toString()) as { layers: Descriptor[] }).layers[0]
    ?.digest as string;
}

async function isTagged(to: string): Promise<boolean> {
  return (await scene.client.resolve(orThrow(parseImageReference(`${to}:1.0`)))).ok;
}

describe('a release that is not complete is not copied', () => {
  it('B27: where a listed signature is gone', async () => {
    const gone = (await copy(0, release, 'oci:x', '--dry-run')).parts.at(-1)?.digest ?? '';
    proxy.tamper = (path) =>
      path.endsWith(`/manifests/${gone}`) ? { status: 404, body: Buffer.from('{}') } : null;
    const to = `${other.registry}/mirror/without`;
    const { error } = await copy(3, `${proxy.registry}/shop/trips:1.0`, to);
    expect(error?.code).toBe('NOT_FOUND');
    expect(await isTagged(to)).toBe(false);
  });

  it('A3: where the registry does not list everything that is attached', async () => {
    proxy.tamper = (path, status, body) =>
      path.includes(`/referrers/${root.digest}`)
        ? { status, body, headers: { link: '</v2/shop/trips/referrers/x>; rel="next"' } }
        : path.endsWith('/referrers/x')
          ? { status: 200, body: Buffer.alloc(LIMITS.manifestBytesMax + 1, 32) }
          : null;
    const { error } = await copy(3, `${proxy.registry}/shop/trips:1.0`, 'oci:partly');
    expect(error?.message).toContain('could not be listed completely');
    expect(readdirSync(folder)).not.toContain('partly');
  });

  it('where a tag that is listed cannot be read', async () => {
    proxy.tamper = (path) =>
      path.endsWith('.sig') ? { status: 403, body: Buffer.from('{}') } : null;
    const { error } = await copy(3, `${proxy.registry}/shop/trips:1.0`, 'oci:untagged');
    expect(error?.code).toBe('REGISTRY_DENIED');
  });

  it('where tags cannot be listed, an unread one is not taken for absent', async () => {
    proxy.tamper = (path) =>
      path.endsWith('/tags/list') ? { status: 405, body: Buffer.from('{}') } : null;
    const { tags } = await copy(0, `${proxy.registry}/shop/trips:1.0`, 'oci:x', '--dry-run');
    expect(tags).toHaveLength(2);
    proxy.tamper = (path) =>
      path.endsWith('/tags/list') || path.endsWith('.att')
        ? { status: 403, body: Buffer.from('{}') }
        : null;
    const { error } = await copy(3, `${proxy.registry}/shop/trips:1.0`, 'oci:x', '--dry-run');
    expect(error?.code).toBe('REGISTRY_DENIED');
  });

  it('N4: what is listed but is about something else is no part of it', async () => {
    const elsewhere = { ...root, digest: sha256('another image') };
    const at = {
      target: scene.client,
      repository,
      via: 'api' as const,
      close: async () => undefined,
    };
    const descriptor = await attach(at, elsewhere, 'a/b', {});
    proxy.tamper = (path, _, body) => {
      if (!path.includes(`/referrers/${root.digest}`)) return null;
      const list = JSON.parse(body.toString()) as { manifests: Descriptor[] };
      return {
        body: Buffer.from(JSON.stringify({ ...list, manifests: [...list.manifests, descriptor] })),
      };
    };
    const { strangers, parts } = await copy(
      ...([0, `${proxy.registry}/shop/trips:1.0`, 'oci:x', '--dry-run'] as const),
    );
    expect(strangers).toEqual([descriptor.digest]);
    expect(parts.map(({ digest }) => digest)).not.toContain(descriptor.digest);
  });
});

describe('the target of a copy', () => {
  it('S4: keeps signatures of cosign that the source does not have', async () => {
    const to = `${scene.registry.registry}/shop/kept`;
    await pushTagged(to, root, '.sig', 'one', 'theirs');
    expect((await copy(3, release, to)).error?.message).toContain('has other content');
    await copy(0, release, to, '--replace-tags');
    await pushTagged(to, root, '.sig', 'one');
    await copy(0, release, to);
  });

  it('N7: lists what is attached, or the copy says that it does not', async () => {
    const behind = await startRegistryProxy(other.registry, (path, status, body) =>
      path.includes('/referrers/') ? { status, body: emptyList(body) } : null,
    );
    const { error } = await copy(3, release, `${behind.registry}/mirror/silent`);
    expect(error?.message).toContain('does not list');
    await behind.close();
    expect(await isTagged(`${other.registry}/mirror/silent`)).toBe(false);
  });

  it.each([
    ['a digest', `shop/trips@${sha256('x')}`, 'names a digest'],
    ['an archive of Docker', 'docker-archive:x.tar', 'no place for signatures'],
    ['a folder', '.', 'is no place of an image'],
  ])('is not %s', async (_, to, message) => {
    const target = to.startsWith('shop') ? `${other.registry}/${to}` : to;
    const { error } = await copy(2, release, target);
    expect(error?.message).toContain(message);
  });

  it('an archive whose copy ended early is made from what has arrived', async () => {
    const partial = `ended.tar.${takeHex(root.digest).slice(0, 12)}.partial`;
    await copy(0, release, `oci:${partial}:1.0`);
    const { copied } = await copy(0, release, 'oci-archive:ended.tar');
    expect(copied?.bytes.sent).toBe(0);
    expect(readdirSync(folder)).not.toContain(partial);
  });

  it('a damaged blob of a layout is written again', async () => {
    await copy(0, release, 'oci:damaged:1.0');
    const path = join(folder, 'damaged/blobs/sha256', takeHex((await findLayer()) as never));
    const bytes = readFileSync(path);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect((await copy(0, release, 'oci:damaged:1.0')).copied?.blobs.sent).toBe(1);
  });
});

describe('limits of a release', () => {
  const place = () => ({
    target: scene.client,
    repository: `${scene.registry.registry}/shop/deep`,
    via: 'api' as const,
    close: async () => undefined,
  });
  let first: Descriptor;
  beforeEach(async () => {
    orThrow(await scene.client.pushBlob(place().repository, EMPTY_CONTENT));
    const image = buildArtifact({ artifactType: 'a/b', layers: [EMPTY_CONTENT.descriptor] });
    first = orThrow(await scene.client.pushManifest(place().repository, image, '1'));
  });

  it('what is attached to what is attached is followed to a depth, and not further', async () => {
    let last = first;
    for (let depth = 0; depth < LIMITS.releaseDepthMax; depth++)
      last = await attach(place(), last, 'a/b', { depth: String(depth) });
    const reference = orThrow(parseImageReference(`${place().repository}:1`));
    const { parts } = orThrow(await surveyRelease(scene.client, reference));
    expect(parts).toHaveLength(LIMITS.releaseDepthMax + 1);
    await attach(place(), last, 'a/b', { depth: 'too deep' });
    const survey = await surveyRelease(scene.client, reference);
    expect(survey.ok ? 'ok' : survey.failure.code).toBe('LIMIT_EXCEEDED');
  });

  it('more manifests than a release may have are refused before they are read', async () => {
    const manifests = Array.from({ length: LIMITS.releaseManifestsMax }, (_, at) => ({
      ...first,
      digest: sha256(String(at)),
    }));
    const source = {
      ...scene.client,
      referrers: async () =>
        ({ ok: true, value: { descriptors: manifests, complete: true, via: 'api' } }) as const,
    };
    const reference = orThrow(parseImageReference(`${place().repository}:1`));
    const survey = await surveyRelease(source, reference);
    expect(survey.ok ? 'ok' : survey.failure.code).toBe('LIMIT_EXCEEDED');
  });

  it('a layer that its vendor lets nobody keep is left out and named', async () => {
    const layer = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      digest: sha256('of the vendor'),
      size: 12,
    };
    const foreign = buildArtifact({ artifactType: 'a/b', layers: [layer] });
    const { digest, mediaType } = foreign.descriptor;
    const away = await startRegistryProxy(scene.registry.registry, (path) => {
      if (!path.endsWith('/manifests/foreign') && !path.endsWith(`/manifests/${digest}`))
        return null;
      return {
        status: 200,
        body: Buffer.from(foreign.bytes),
        headers: { 'content-type': mediaType },
      };
    });
    const outcome = await copy(0, `${away.registry}/shop/deep:foreign`, 'oci:foreign');
    await away.close();
    expect(outcome.foreign).toEqual([layer.digest]);
  });
});

function emptyList(body: Buffer): Buffer {
  const list = JSON.parse(body.toString()) as object;
  return Buffer.from(JSON.stringify({ ...list, manifests: [] }));
}
