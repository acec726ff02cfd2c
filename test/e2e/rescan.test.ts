import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWriter } from '../../src/adapters/graph-sql/index.ts';
import { openRegistryClient } from '../../src/adapters/oci-http/index.ts';
import { openLayoutTarget } from '../../src/adapters/oci-layout/index.ts';
import {
  type ArtifactTarget,
  buildArtifact,
  EMPTY_CONTENT,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { type Digest, takeHex } from '../../src/core/digest.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import type { SchemaValue } from '../../src/entrypoints/cli/report/schemas.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { stageSignature } from '../../src/phases/build/stage.ts';
import { StagingArea } from '../../src/phases/build/staging.ts';
import { debianImage } from '../support/debian-image.ts';
import { kubectlList, makeDeployment, makeNode, makePod, makeRelease } from '../support/estate.ts';
import { runJson, runText, storeKey } from '../support/in-process.ts';
import { startRegistryProxy } from '../support/registry-proxy.ts';
import { HOUR_MS, nowInstant, Scene } from '../support/scene.ts';
import { ADVISORIES, CRITICAL_TZDATA } from '../support/scene-advisories.ts';

type Answer = SchemaValue<'rescan'>;
const OTHER = [{ name: 'base-files', version: '12.4' }];
let scene: Scene;

beforeEach(async () => {
  scene = await Scene.open();
  storeKey(scene, 'default', scene.release);
  storeKey(scene, 'stranger', scene.stranger);
});
afterEach(() => scene.close());

const daysAgo = (days: number): Instant => toInstant(Date.now() - days * 24 * HOUR_MS);
const image = (name: string): string => `${scene.registry.registry}/shop/${name}:1.0`;
const rescan = (...args: readonly string[]) => runJson<Answer>(scene, 'rescan', ...args);
const admit = async (name: string): Promise<string | undefined> => {
  const judged = await runJson<{ readonly verdicts: readonly { readonly decision: string }[] }>(
    scene,
    ...['gate', 'admission', image(name)],
  );
  return judged.answer.verdicts[0]?.decision;
};

/** The digests of what is attached to an image, by the kind that its manifest states. */
async function listScans(name: string, { digest }: Pick<Descriptor, 'digest'>) {
  const list = orThrow(
    await scene.client.referrers(formatRepository(scene.reference(name)), digest),
  );
  const kinds = list.descriptors.filter(
    ({ annotations }) => annotations?.['dev.waybill.document'] === 'scan',
  );
  return kinds.map((one) => one.digest);
}

describe('I18, O6: a published image is scanned again', { timeout: 60_000 }, () => {
  it('and is admitted on the next day, which it was not before', async () => {
    await scene.publish('trips', { at: daysAgo(2) });
    expect(await admit('trips')).toBe('deny');
    const { code, answer } = await rescan(image('trips'));
    expect(code).toBe(0);
    expect(answer.images[0]).toMatchObject({ replaced: 1, kept: 0 });
    expect(await admit('trips')).toBe('allow');
    const { out } = await runText(scene, 'rescan', image('trips'));
    expect(out).toMatch(
      /^IMAGE +FROM +SCAN +FINDINGS +NEW +BEFORE\n.*SBOM +complete +0 +0 +replaced\n/,
    );
    expect(out).toContain('1 image scanned again, 0 could not be');
  });

  it('ten times, and one scan is left: the last one', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(2) });
    const before = await listAll('trips', subject.digest);
    for (let round = 0; round < 9; round++) await rescan(image('trips'));
    const { answer } = await rescan(image('trips'));
    const [member] = answer.images[0]?.members ?? [];
    expect(await listScans('trips', subject)).toEqual([member?.scan]);
    expect(await listAll('trips', subject.digest)).toBe(before);
    expect(await listAll('trips', member?.scan as Digest)).toBe(1);
  });

  it('by the trusted SBOM, so that no layer is read; else by its layers', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(2) });
    const bare = await scene.publish('poi', { without: ['sbom'], packages: OTHER });
    await removeLayers('trips', subject);
    const { code, answer } = await rescan(image('trips'), image('poi'));
    expect(code).toBe(0);
    const from = answer.images.map(({ members }) => members.map((member) => member.from));
    expect(from).toEqual([['sbom'], ['layers']]);
    await removeLayers('poi', bare);
    expect((await rescan(image('poi'))).code).toBe(3);
  });

  it('but the SBOM of a stranger is not what is scanned', async () => {
    await scene.publish('trips', { documentKey: scene.stranger });
    const { answer } = await rescan(image('trips'));
    expect(answer.images[0]?.members[0]?.from).toBe('layers');
  });

  it('only with a key, which is opened before anything is asked', async () => {
    const gone = await startRegistryProxy(scene.registry.registry);
    const named = `${gone.registry}/shop/trips:1.0`;
    const { code, err } = await rescan(named, '--key', 'absent');
    expect([code, gone.requests]).toEqual([2, []]);
    expect(err).toContain('absent');
    await gone.close();
  });

  it('but not by a key whose scans would not count: nothing is attached', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(2) });
    const before = await listScans('trips', subject);
    const { code, err } = await rescan(image('trips'), '--key', 'stranger');
    expect([code, err]).toEqual([3, expect.stringContaining('would not count')]);
    expect(await listScans('trips', subject)).toEqual(before);
  });

  it('and a scan of a stranger is never removed, nor that of another signer', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(2) });
    const signed = await signOldScan('trips', subject);
    await scene.attach('trips', subject, {
      ...{ documentKey: scene.stranger, without: ['sbom', 'provenance'], at: daysAgo(3) },
    });
    await scene.attach('trips', subject, {
      ...{ documentKey: null, imageKey: null, without: ['sbom', 'provenance'], at: daysAgo(4) },
    });
    const { answer } = await rescan(image('trips'));
    expect(answer.images[0]?.replaced).toBe(1);
    expect(await listScans('trips', subject)).toHaveLength(3);
    const { client } = scene;
    expect((await client.manifest(formatRepository(scene.reference('trips')), signed)).ok).toBe(
      true,
    );
  });

  it('and a partial scan does not take the place of a complete one', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(0.5) });
    const before = await listScans('trips', subject);
    const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }] }];
    const affected = [{ package: { ecosystem: 'npm', name: 'left' }, ranges }];
    rmSync(scene.config.advisories);
    await scene.advisories([{ id: 'EX-1', modified: '2026-01-01T00:00:00Z', affected }]);
    const { code, err } = await rescan(image('trips'));
    expect([code, err]).toEqual([3, expect.stringContaining('the complete one')]);
    expect(await listScans('trips', subject)).toEqual(before);
  });

  it('but not by the bundled sample, which proves nothing', async () => {
    await scene.publish('trips', { at: daysAgo(2) });
    rmSync(scene.config.advisories);
    const { code, err } = await rescan(image('trips'));
    expect([code, err]).toEqual([3, expect.stringContaining('sample')]);
  });

  it('a new finding ends with 1, a known one with 0', async () => {
    await scene.publish('trips', { at: daysAgo(2) });
    await scene.advisories([...ADVISORIES, CRITICAL_TZDATA]);
    const first = await rescan(image('trips'));
    const findings = first.answer.images[0]?.members[0]?.findings ?? [];
    expect([first.code, findings.map(({ isNew }) => isNew)]).toEqual([1, [true]]);
    expect((await rescan(image('trips'))).code).toBe(0);
  });

  it('truth A12: a finding that VEX excuses is no new finding', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(2) });
    scene.trust([
      {
        repositories: [`${scene.registry.registry}/shop/*`],
        identity: 'CN=release,O=Shop,ST=WA,C=US',
        statements: ['image', 'sbom', 'scan', 'provenance', 'vex'],
      },
    ]);
    await attachVex('trips', subject, CRITICAL_TZDATA.id);
    await scene.advisories([...ADVISORIES, CRITICAL_TZDATA]);
    const { code, answer } = await rescan(image('trips'));
    const findings = answer.images[0]?.members[0]?.findings ?? [];
    expect([code, findings.map(({ status }) => status)]).toEqual([0, ['not_affected']]);
  });

  it('in a layout on disk as well', async () => {
    const folder = join(scene.folder, 'layout');
    const target = orThrow(await openLayoutTarget(folder));
    const { manifest, blobs } = debianImage([{ name: 'tzdata', version: '1.0' }]);
    for (const blob of blobs) orThrow(await target.pushBlob('', blob));
    orThrow(await target.pushManifest('', manifest, '1.0'));
    scene.trust([
      {
        repositories: ['layout.invalid/image'],
        identity: 'CN=release,O=Shop,ST=WA,C=US',
      },
    ]);
    for (const replaced of [0, 1, 1]) {
      const { code, answer } = await rescan('oci:layout:1.0');
      expect([code, answer.images[0]?.replaced]).toEqual([0, replaced]);
    }
    const list = orThrow(await target.referrers('', manifest.descriptor.digest));
    expect(list.descriptors).toHaveLength(1);
  });
});

describe('I18, O6: many images are scanned again', { timeout: 60_000 }, () => {
  it('of all releases, or of those that run; a bad one ends nothing', async () => {
    let trips = '';
    for (const name of ['trips', 'poi']) {
      const packages = name === 'poi' ? { packages: OTHER } : {};
      const subject = await scene.publish(name, { at: daysAgo(2), ...packages });
      if (name === 'trips') trips = subject.digest;
      await record(name, subject.digest);
    }
    await record('gone', `sha256:${'a'.repeat(64)}` as Digest);
    const all = await rescan('--all');
    expect([all.code, all.answer.images.length]).toEqual([3, 2]);
    expect(all.answer.failed.map(({ code }) => code)).toEqual(['NOT_FOUND']);
    // truth A1: what runs is not known where no cluster was observed.
    const blind = await rescan('--running');
    expect([blind.code, blind.answer.images, blind.answer.observed]).toEqual([3, [], false]);
    const pods = [
      makeDeployment('trips'),
      makePod('trips', image('trips'), pulled('trips', trips)),
    ];
    const other = [
      makeDeployment('other'),
      makePod('other', image('other'), pulled('other', `sha256:${'b'.repeat(64)}`)),
    ];
    writeFileSync(join(scene.folder, 'pods.json'), kubectlList(makeNode(), ...pods, ...other));
    await runJson(scene, 'watch', '--from', 'pods.json', '--cluster', 'eu-1');
    const running = await rescan('--running');
    expect([running.code, running.answer.images.length]).toEqual([0, 1]);
    expect(running.answer.unreleased).toHaveLength(1);
    // truth A1: what nobody can name, nobody can scan again.
    const blank = [makeDeployment('blank'), makePod('blank', image('blank'))];
    const list = kubectlList(makeNode(), ...pods, ...other, ...blank);
    writeFileSync(join(scene.folder, 'pods.json'), list);
    await runJson(scene, 'watch', '--from', 'pods.json', '--cluster', 'eu-1');
    const open = await rescan('--running');
    const named = [`eu-1/shop/Deployment/blank (${image('blank')})`];
    expect([open.code, open.answer.undigested]).toEqual([3, named]);
  });

  it('of all releases, in each repository that the same image was released to', async () => {
    for (const name of ['trips', 'promoted']) {
      const { digest } = await scene.publish(name, { at: daysAgo(2) });
      await record(name, digest);
    }
    expect([await admit('trips'), await admit('promoted')]).toEqual(['deny', 'deny']);
    const all = await rescan('--all');
    expect([all.code, all.answer.images.length]).toEqual([0, 2]);
    expect([await admit('trips'), await admit('promoted')]).toEqual(['allow', 'allow']);
  });

  it('a registry that is down is one line, and exit code 3', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(2) });
    const closed = await startRegistryProxy(scene.registry.registry);
    await closed.close();
    const { code, answer } = await rescan(image('trips'), `${closed.registry}/shop/poi:1.0`);
    expect([code, answer.images.length, answer.failed.map((one) => one.code)]).toEqual([
      3,
      1,
      ['REGISTRY_UNREACHABLE'],
    ]);
    expect(await listScans('trips', subject)).toHaveLength(1);
  });

  it('says what is wrong with the choice before it does anything', async () => {
    for (const args of [[], ['--all', '--running'], ['--all', image('trips')]])
      expect((await rescan(...args)).code).toBe(2);
  });
});

describe('I18: scans of one image at the same time', { timeout: 60_000 }, () => {
  it('do not lose what the others attach, also behind a referrers tag', async () => {
    const subject = await scene.publish('trips', { at: daysAgo(2) });
    const proxy = await startRegistryProxy(scene.registry.registry, (path, status, body) => {
      if (path.includes('/referrers/')) return { status: 404, body: Buffer.from('{}') };
      return status === 201 ? { body, headers: { 'oci-subject': '' } } : null;
    });
    scene.trust([
      {
        repositories: [`${proxy.registry}/shop/*`],
        identity: 'CN=release,O=Shop,ST=WA,C=US',
      },
    ]);
    const named = `${proxy.registry}/shop/trips@${subject.digest}`;
    const runs = await Promise.all(Array.from({ length: 4 }, () => rescan(named)));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const scans = runs.map(({ answer }) => answer.images[0]?.members[0]?.scan);
    const client = openRegistryClient();
    const list = orThrow(await client.referrers(`${proxy.registry}/shop/trips`, subject.digest));
    client.close();
    expect(list.via).toBe('fallback-tag');
    const listed = new Set(list.descriptors.map(({ digest }) => digest));
    expect(scans.filter((scan) => !listed.has(scan as Digest))).toEqual([]);
    expect(runs.map(({ answer }) => answer.images[0]?.replaced)).toEqual([0, 0, 0, 0]);
    await proxy.close();
  });
});

const pulled = (name: string, digest: string) => ({
  imageId: `docker-pullable://${scene.registry.registry}/shop/${name}@${digest}`,
});

async function listAll(name: string, digest: Digest): Promise<number> {
  const repository = formatRepository(scene.reference(name));
  return orThrow(await scene.client.referrers(repository, digest)).descriptors.length;
}

async function removeLayers(name: string, subject: Descriptor): Promise<void> {
  const repository = formatRepository(scene.reference(name));
  const { bytes } = orThrow(await scene.client.manifest(repository, subject));
  const { layers } = JSON.parse(Buffer.from(bytes).toString()) as { layers: Descriptor[] };
  for (const { digest } of layers)
    rmSync(join(scene.folder, 'registry/blobs/sha256', takeHex(digest)), { force: true });
}

async function record(name: string, digest: Digest): Promise<void> {
  const writer = orThrow(await openWriter({ path: scene.config.database, ports: graphPorts }));
  orThrow(await writer.append([makeRelease(scene, name, digest)], nowInstant()));
  await writer.close();
}

/** A stranger signs our scan as well. */
async function signOldScan(name: string, subject: Descriptor): Promise<Digest> {
  const repository = formatRepository(scene.reference(name));
  const list = orThrow(await scene.client.referrers(repository, subject.digest));
  const staging = new StagingArea(scene.client, repository, subject);
  for (const { mediaType, digest, size, annotations } of list.descriptors)
    if (annotations?.['dev.waybill.document'] === 'scan')
      await stageSignature(staging, { mediaType, digest, size }, scene.stranger, nowInstant());
  await scene.pushStaged(name, staging);
  return (staging.artifacts[0]?.manifest.descriptor.digest ?? '') as Digest;
}

async function attachVex(name: string, subject: Descriptor, id: string): Promise<void> {
  const type = 'application/vnd.openvex+json';
  const statement = {
    vulnerability: { name: id },
    products: [{ '@id': 'pkg:deb/debian/tzdata' }],
    ...{ status: 'not_affected', impact_statement: 'No clock is read.' },
  };
  const document = {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    ...{ timestamp: '2026-01-01T00:00:00Z', statements: [statement] },
  };
  const { mediaType, digest, size } = subject;
  const content = toContent(type, Buffer.from(JSON.stringify(document)));
  const parts = { artifactType: type, layers: [content.descriptor], annotations: {} };
  const manifest = buildArtifact({ ...parts, subject: { mediaType, digest, size } });
  const repository = formatRepository(scene.reference(name));
  const staging = new StagingArea(scene.client as ArtifactTarget, repository, subject);
  staging.add({ kind: 'sbom', subject: digest, blobs: [EMPTY_CONTENT, content], manifest });
  await stageSignature(staging, manifest.descriptor, scene.release, nowInstant());
  await scene.pushStaged(name, staging);
}
