import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReader, openWriter } from '../../src/adapters/graph-sql/index.ts';
import { openLayoutTarget } from '../../src/adapters/oci-layout/index.ts';
import { UNOBSERVED_BUILDER } from '../../src/capabilities/attestation/index.ts';
import { parseSelector } from '../../src/capabilities/graph/index.ts';
import { buildIndex } from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { openJudge } from '../../src/entrypoints/compose/open-judge.ts';
import { gatherReleaseEvidence, type ReleaseRequest } from '../../src/phases/build/index.ts';
import type { TarItem } from '../../tools/image/tar.ts';
import { debianImage, type Package } from '../support/debian-image.ts';
import { file } from '../support/images.ts';
import { nowInstant, Scene } from '../support/scene.ts';
import { ADVISORIES } from '../support/scene-advisories.ts';
import { ship } from '../support/ship.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.close());

const CLEAN: readonly Package[] = [{ name: 'tzdata', version: '2024a-0+deb12u1' }];
const NEVER = new AbortController().signal;

/** A package of the application that does not say under which licence it is. */
const BARE = [file('app/node_modules/left/package.json', '{"name":"left","version":"1.0.0"}')];

/** So that the advisories cover npm. */
const NPM_ADVISORY = {
  id: 'GHSA-0003-1111-2222',
  modified: '2026-01-01T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'npm', name: 'right' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }],
    },
  ],
};

async function inLayout(
  packages: readonly Package[],
  licence: string | null = 'MIT',
  others: readonly TarItem[] = [],
): Promise<ReleaseRequest['image']> {
  const folder = join(scene.folder, 'layout');
  mkdirSync(folder, { recursive: true });
  const layout = orThrow(await openLayoutTarget(folder));
  const { manifest, blobs } = debianImage(packages, licence, 'amd64', others);
  for (const blob of blobs) orThrow(await layout.pushBlob('', blob));
  const { digest } = orThrow(await layout.pushManifest('', manifest, '1.0'));
  return { source: layout, reference: { ...scene.reference('layout'), tag: null, digest } };
}

async function isThere(name: string): Promise<boolean> {
  return (await scene.client.resolve(scene.reference(name))).ok;
}

describe('A release', () => {
  it('B4, B11, B16, B17, B18, B22, B25: publishes image and documents, then the tag', async () => {
    const { outcome } = await ship(scene, { image: await inLayout(CLEAN) });
    expect(outcome).toMatchObject({
      published: true,
      evaluation: { verdict: { decision: 'allow' } },
    });
    const repository = formatRepository(scene.reference('trips'));
    const listed = orThrow(await scene.client.referrers(repository, outcome.subject.digest));
    expect(listed.descriptors.map(({ artifactType }) => artifactType).sort()).toEqual([
      'application/spdx+json',
      'application/vnd.cncf.notary.signature',
      'application/vnd.dsse.envelope.v1+json',
      'application/vnd.dsse.envelope.v1+json',
    ]);
    for (const { digest, artifactType } of listed.descriptors) {
      if (artifactType === 'application/vnd.cncf.notary.signature') continue;
      const signatures = orThrow(await scene.client.referrers(repository, digest));
      expect(signatures.descriptors).toMatchObject([
        { artifactType: 'application/vnd.cncf.notary.signature' },
      ]);
    }
    await scene.serve();
    expect(await scene.admit(`${repository}:1.0`)).toMatchObject({ allowed: true });
  });

  it.each([
    [
      'B23: a critical vulnerability',
      [{ name: 'zlib', version: '1:1.2.13.dfsg-1' }],
      'MIT',
      'deny',
      'B23-no-critical-finding',
    ],
    ['B24: a licence that is refused', CLEAN, 'AGPL-3.0-only', 'deny', 'B24-licenses'],
    ['B24: an undeclared licence', CLEAN, 'MIT', 'undetermined', 'B24-licenses', BARE],
    [
      'B23: an unknown severity',
      [{ name: 'unrated', version: '1.0' }],
      'MIT',
      'undetermined',
      'B23-no-critical-finding',
    ],
  ] as const)(
    'B21: %s keeps it out of the registry',
    async (_, packages, licence, decision, rule, others: readonly TarItem[] = []) => {
      await scene.advisories([...ADVISORIES, NPM_ADVISORY]);
      const { outcome } = await ship(scene, { image: await inLayout(packages, licence, others) });
      expect(outcome).toMatchObject({ published: false, evaluation: { verdict: { decision } } });
      const open = outcome.evaluation.verdict.results.filter(
        (result) => result.outcome !== 'holds',
      );
      expect(open.map((result) => result.rule)).toEqual([rule]);
      expect(await isThere('trips')).toBe(false);
    },
  );

  it('B24: a Debian package whose copyright is prose is released, and that is shown', async () => {
    const { outcome } = await ship(scene, { image: await inLayout(CLEAN, null) });
    expect(outcome).toMatchObject({
      published: true,
      evaluation: { verdict: { decision: 'allow' } },
    });
    const open = outcome.evaluation.verdict.results.filter((one) => one.outcome !== 'holds');
    expect(open).toMatchObject([
      {
        rule: 'B24-system-licenses-named',
        action: 'warn',
        message: expect.stringMatching(/^1 of 1 packages .*: tzdata$/),
      },
    ]);
  });

  it('B22: a key that is not trusted for the repository publishes nothing', async () => {
    const { outcome } = await ship(scene, { image: await inLayout(CLEAN), key: scene.stranger });
    expect(outcome).toMatchObject({
      published: false,
      evaluation: { verdict: { decision: 'deny' } },
    });
    expect(await isThere('trips')).toBe(false);
  });

  it('I19: a registry that is not on the list is refused', async () => {
    scene.policy({ allowedRegistries: ['registry.example.com/shop'] });
    const { outcome } = await ship(scene, { image: await inLayout(CLEAN) });
    expect(outcome).toMatchObject({
      published: false,
      evaluation: { verdict: { decision: 'deny' } },
    });
  });

  it('the parameter that accepts unknown licences is visible in the decision record', async () => {
    scene.policy({ unknownLicense: 'accept' });
    await scene.advisories([...ADVISORIES, NPM_ADVISORY]);
    const { outcome } = await ship(scene, { image: await inLayout(CLEAN, 'MIT', BARE) });
    expect(outcome.published).toBe(true);
    expect(outcome.evaluation.record.parameters).toMatchObject({
      unknownLicense: 'accept',
      unknownSeverity: 'undetermined',
    });
  });

  it('B20, B26, B28, G3, I5, X14: a release is in the graph, and in a rebuilt graph', async () => {
    const { request, outcome } = await ship(scene, { image: await inLayout(CLEAN) });
    const judge = orThrow(await openJudge(scene.config));
    const evidence = orThrow(await gatherReleaseEvidence(request, outcome, judge, NEVER));
    judge.close();
    const path = join(scene.folder, 'waybill.db');
    const writer = orThrow(await openWriter({ path, ports: graphPorts }));
    orThrow(await writer.append(evidence, nowInstant()));
    const reader = orThrow(await openReader({ path, ports: graphPorts }));
    const before = await exported(reader);
    const ask = {
      asOf: null,
      knownAt: null,
      owner: 'shop',
      since: null,
      page: { rowsMax: 10, after: null },
    };
    const selector = orThrow(parseSelector('tzdata@2024a-0+deb12u1'));
    const bySigner = (signedBy: string | null) =>
      reader.ask({ name: 'releases', component: selector, ...ask, signedBy });
    const identity = 'CN=release,ST=WA,O=Shop,C=US';
    expect(orThrow(await bySigner(identity)).releases).toMatchObject([
      { name: 'trips', version: '1.0', owner: 'shop', source: { commit: 'c'.repeat(40) } },
    ]);
    const bySomebody = await bySigner('CN=somebody-else,ST=WA,O=Shop,C=US');
    expect(bySomebody.ok ? bySomebody.value.releases : []).toEqual([]);
    orThrow(await writer.rebuild());
    expect(await exported(reader)).toBe(before);
    await reader.close();
    await writer.close();
  });

  it('B12: the provenance names commit and layers, and claims its builder', async () => {
    const { outcome } = await ship(scene, { image: await inLayout(CLEAN) });
    const made = outcome.members[0]?.documents.find((document) => document.kind === 'provenance');
    const envelope = JSON.parse(Buffer.from(made?.bytes ?? '').toString('utf8'));
    const statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
    // truth C2: nobody observed the build, so its builder is only claimed.
    const { buildDefinition, runDetails } = statement.predicate;
    expect([runDetails.builder.id, runDetails.metadata]).toEqual([UNOBSERVED_BUILDER, {}]);
    expect(buildDefinition.internalParameters.claimed.builder).toBe('https://ci.example.com');
    expect(statement.predicate.buildDefinition.resolvedDependencies[0]).toEqual({
      uri: `git+https://git.example.com/shop/trips@${'c'.repeat(40)}`,
      digest: { gitCommit: 'c'.repeat(40) },
    });
  });
});

async function exported(reader: { export(): AsyncIterable<string> }): Promise<string> {
  const lines: string[] = [];
  for await (const line of reader.export()) lines.push(line);
  return lines.join('\n');
}

describe('A release of several platforms', () => {
  async function pushIndex(
    name: string,
    members: readonly (readonly Package[])[],
  ): Promise<readonly Descriptor[]> {
    const repository = formatRepository(scene.reference(name));
    const descriptors: Descriptor[] = [];
    for (const [index, packages] of members.entries()) {
      const architecture = ['amd64', 'arm64'][index] ?? 'amd64';
      const { manifest, blobs } = debianImage(packages, 'MIT', architecture);
      for (const blob of blobs) orThrow(await scene.client.pushBlob(repository, blob));
      const pushed = orThrow(await scene.client.pushManifest(repository, manifest));
      descriptors.push({ ...pushed, platform: { os: 'linux', architecture } });
    }
    orThrow(
      await scene.client.pushManifest(repository, buildIndex({ manifests: descriptors }), '1.0'),
    );
    return descriptors;
  }

  it('A16, attack G22: index and members are signed and admitted by digest', async () => {
    const members = await pushIndex('trips', [CLEAN, [{ name: 'other', version: '2.0' }]]);
    const { outcome } = await ship(scene);
    expect(outcome).toMatchObject({ published: true });
    await scene.serve();
    const repository = formatRepository(scene.reference('trips'));
    for (const digest of [outcome.subject.digest, ...members.map((member) => member.digest)]) {
      expect(await scene.admit(`${repository}@${digest}`)).toMatchObject({ allowed: true });
    }
  });

  it('one vulnerable member denies the whole release', async () => {
    await pushIndex('trips', [CLEAN, [{ name: 'zlib', version: '1:1.2.13.dfsg-1' }]]);
    expect((await ship(scene)).outcome).toMatchObject({
      published: false,
      evaluation: { verdict: { decision: 'deny' } },
    });
  });
});
