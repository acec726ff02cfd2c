import { beforeAll, expect, it } from 'vitest';
import { FIXTURE_NOW, type TestKey } from '../../../test/support/certificates.ts';
import {
  debianComponent,
  MemoryRegistry,
  pushImage,
  referenceTo,
  sbomDocument,
  signImage,
  type WorldKeys,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { buildAttestation } from '../../../test/support/foreign-images.ts';
import { OCI_INDEX, toContent } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { gatherImage } from './gather.ts';
import { surveyStorage } from './survey.ts';

const SPDX = JSON.parse(
  new TextDecoder().decode(sbomDocument([debianComponent('tzdata')]).bytes),
) as object;
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

interface Build {
  readonly signer?: TestKey;
  readonly statements?: readonly string[];
  /** What the statements are about, where it is not the image that the index names. */
  readonly aboutOther?: boolean;
  readonly layers?: number;
}

/** Whether what BuildKit put beside an image counts, and what a person is shown of it. */
async function judge({ signer, statements, aboutOther = false, layers }: Build) {
  const registry = new MemoryRegistry();
  const [image, other] = [pushImage(registry, 'trips'), pushImage(registry, 'other')];
  const [made, ...parts] = buildAttestation(aboutOther ? other : image, SPDX);
  if (made === undefined) throw new Error('no attestation');
  for (const part of parts) registry.add(part);
  const manifest = JSON.parse(Buffer.from(made.bytes).toString()) as { layers: Descriptor[] };
  if (layers !== undefined)
    manifest.layers = Array.from({ length: layers }, () => manifest.layers[0] as Descriptor);
  const type = made.descriptor.mediaType;
  const attestation = registry.add(toContent(type, Buffer.from(JSON.stringify(manifest))));
  const annotations = {
    'vnd.docker.reference.digest': image.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  const nowhere = { architecture: 'unknown', os: 'unknown' };
  const manifests = [
    { ...image, platform: { architecture: 'amd64', os: 'linux' } },
    { ...attestation, annotations, platform: nowhere },
  ];
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  const subject = registry.add(toContent(OCI_INDEX, Buffer.from(JSON.stringify(index))));
  if (signer !== undefined) await signImage(registry, attestation, signer);
  const trust = worldTrust(keys, undefined, statements);
  const ports = { source: registry, trust };
  const evidence = orThrow(await gatherImage(referenceTo(subject), FIXTURE_NOW, ports));
  const { unread } = await surveyStorage(evidence, registry);
  return {
    documents: evidence.documents.items.map(({ kind, standing }) => `${kind} ${standing.kind}`),
    shown: unread.map(({ what, why }) => `${what}: ${why}`),
  };
}

it('B1, B6: what a builder states in the index counts for whom is trusted for it', async () => {
  const { release, stranger } = keys;
  const no = ['sbom does-not-count', 'other does-not-count'];
  expect(await judge({ signer: release })).toEqual({
    documents: ['sbom counts', 'other does-not-count'],
    shown: [],
  });
  expect((await judge({ signer: stranger })).documents).toEqual(no);
  expect((await judge({ signer: release, statements: ['image', 'scan'] })).documents).toEqual(no);
  expect((await judge({ signer: release, aboutOther: true })).documents).not.toContain(
    'sbom counts',
  );
});

it('I18: what a builder states and nobody signed is shown, and read by no gate', async () => {
  expect(await judge({})).toEqual({
    documents: [],
    shown: [
      'attestation of the builder (https://spdx.dev/Document, ' +
        'https://slsa.dev/provenance/v0.2): nobody signed it, and who pushes an index can write it',
    ],
  });
});

it('statements of a builder without end are not read, and are not passed over', async () => {
  const max = LIMITS.builderStatementsMax;
  const signer = keys.release;
  expect((await judge({ signer, layers: max })).documents).toHaveLength(max);
  expect((await judge({ signer, layers: max + 1 })).documents).toEqual(['other counts']);
});
