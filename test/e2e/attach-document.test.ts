import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIndex } from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { loadTrust } from '../../src/entrypoints/compose/trust.ts';
import { attachDocument } from '../../src/phases/build/index.ts';
import { Scene, STRANGER, TRUSTED } from '../support/scene.ts';

const VEX = {
  mediaType: 'application/vnd.openvex+json',
  fileName: 'vex.json',
  bytes: Buffer.from(
    JSON.stringify({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      timestamp: '2026-01-01T00:00:00Z',
      statements: [
        {
          vulnerability: { name: 'EX-2026-1' },
          products: [{ '@id': 'pkg:deb/debian/tzdata' }],
          status: 'fixed',
        },
      ],
    }),
  ),
};
let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

async function attach(name: string, document = VEX, key = scene.release) {
  const trust = orThrow(await loadTrust(scene.config));
  const ports = { target: scene.client, key, trust, now: () => toInstant(Date.now()) };
  const platform = { preferred: { os: 'linux', architecture: 'amd64' } };
  const pause = async (): Promise<void> => undefined;
  return attachDocument(scene.reference(name), document, { ...ports, pause }, platform);
}

const listAttached = async (name: string, { digest }: Descriptor) => {
  const repository = formatRepository(scene.reference(name));
  const { descriptors } = orThrow(await scene.client.referrers(repository, digest, null));
  return descriptors.map(({ artifactType }) => artifactType);
};

function trustFor(identity: string): void {
  const repositories = [`${scene.registry.registry}/shop/*`];
  const statements = ['image', 'vex'];
  scene.trust([{ repositories, identity, statements }]);
}

describe('P11: a document that somebody wrote', () => {
  it('is attached with a signature, and the answer says how the gates see it', async () => {
    const subject = await scene.push('attach-one', []);
    trustFor(TRUSTED);
    const attached = orThrow(await attach('attach-one'));
    expect(attached.subject.digest).toBe(subject.digest);
    expect(attached.document).toMatchObject({ kind: 'vex', standing: { kind: 'counts' } });
    expect(await listAttached('attach-one', subject)).toEqual([VEX.mediaType]);
    trustFor(STRANGER);
    const again = orThrow(await attach('attach-one'));
    expect(again.document?.standing).toMatchObject({ kind: 'does-not-count' });
  });

  it('that the gates cannot read, or that is about another image, is not attached', async () => {
    const subject = await scene.push('attach-none', []);
    const of = (text: string, mediaType: string) => ({
      ...VEX,
      mediaType,
      bytes: Buffer.from(text),
    });
    const other = { name: 'x', digest: { sha256: '1'.repeat(64) } };
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [other],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {},
    };
    for (const [document, code] of [
      [of('{"statements":', VEX.mediaType), 'MALFORMED'],
      [of(JSON.stringify(statement), 'application/vnd.in-toto+json'), 'EVIDENCE_REJECTED'],
    ] as const)
      expect(await attach('attach-none', document)).toMatchObject({ failure: { code } });
    expect(await listAttached('attach-none', subject)).toEqual([]);
  });

  it('of a type that no gate reads is attached, and that is said', async () => {
    const subject = await scene.push('attach-other', []);
    const document = { ...VEX, mediaType: 'text/markdown', bytes: Buffer.from('# Notes') };
    expect(orThrow(await attach('attach-other', document)).document).toBeNull();
    expect(await listAttached('attach-other', subject)).toEqual(['text/markdown']);
  });

  it('is about all platforms of an index if it is VEX, else about one that is named', async () => {
    const image = await scene.push('attach-index', []);
    const repository = formatRepository(scene.reference('attach-index'));
    const members = ['amd64', 'arm64'].map((architecture) => ({
      ...{ mediaType: image.mediaType, digest: image.digest, size: image.size },
      platform: { os: 'linux', architecture },
    }));
    const index = buildIndex({ manifests: members.slice(0, 1) });
    const tag = scene.reference('attach-index').tag;
    const pushed = orThrow(await scene.client.pushManifest(repository, index, tag));
    trustFor(TRUSTED);
    expect(orThrow(await attach('attach-index')).subject.digest).toBe(pushed.digest);
    const sbom = {
      ...{ spdxVersion: 'SPDX-2.3', name: 'x', packages: [] },
      creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['Tool: x-1'] },
    };
    const document = {
      ...{ mediaType: 'application/spdx+json', fileName: 'sbom.json' },
      bytes: Buffer.from(JSON.stringify(sbom)),
    };
    const attached = orThrow(await attach('attach-index', document));
    expect(attached.subject.digest).toBe(image.digest);
    expect(attached.chosen).not.toBeNull();
  });
});
