import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../src/capabilities/evidence/index.ts';
import type { Digest } from '../../src/core/digest.ts';
import { formatImageReference } from '../../src/core/image-reference.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { StagedArtifact } from '../../src/phases/build/staging.ts';
import { nowInstant, type Scene } from './scene.ts';

/** The record of a release of the scene, as `waybill release` writes it. */
export function makeRelease(
  scene: Scene,
  name: string,
  digest: Digest,
  owner = 'shop',
  at: Instant = nowInstant(),
): EvidenceInput {
  const source = {
    host: 'git.example.com',
    repository: `https://git.example.com/shop/${name}`,
    commit: 'c'.repeat(40),
  };
  const body = encodeRecord('release', {
    name,
    version: '1.0',
    releasedAt: at,
    owner,
    source,
    build: { id: 'build-1', builder: 'https://ci.example.com' },
    images: [
      {
        reference: formatImageReference({ ...scene.reference(name), digest }),
        digest,
        platforms: [],
      },
    ],
    artifacts: [],
  });
  return { kind: 'release', mediaType: RECORD_MEDIA_TYPE, body, subject: digest };
}

/**
 * What `waybill release` also appends to the log: each document that it attached, and each
 * signature.
 */
export function attachedEvidence(artifacts: readonly StagedArtifact[]): readonly EvidenceInput[] {
  return artifacts.flatMap(({ kind, subject, blobs }) => {
    const [largest] = blobs.toSorted((one, other) => other.bytes.length - one.bytes.length);
    if (largest === undefined || kind === 'attached') return [];
    const { mediaType } = largest.descriptor;
    return [
      { kind: kind === 'provenance' ? 'statement' : kind, mediaType, body: largest.bytes, subject },
    ] as const;
  });
}

/** The author of the commit that the releases of the scene are built from. */
export function makeCommit(name: string, author: string): EvidenceInput {
  const source = {
    host: 'git.example.com',
    repository: `https://git.example.com/shop/${name}`,
    commit: 'c'.repeat(40),
  };
  const commit = {
    source,
    author,
    committer: author,
    committedAt: null,
    signed: true,
    signer: null,
  };
  return {
    kind: 'commit',
    mediaType: RECORD_MEDIA_TYPE,
    body: encodeRecord('commit', commit),
    subject: null,
  };
}

export interface PodOptions {
  readonly namespace?: string;
  readonly imageId?: string;
  readonly phase?: string;
  readonly spec?: object;
  readonly container?: object;
  readonly node?: string;
}

const SAFE = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/**
 * A pod of a Deployment, as the API server describes it. It follows the restricted standard by
 * default.
 */
export function makePod(name: string, image: string, options: PodOptions = {}): object {
  const {
    namespace = 'shop',
    imageId = '',
    phase = 'Running',
    spec,
    container,
    node = 'node-1',
  } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-5d4f9c-abcde`,
      namespace,
      labels: { 'pod-template-hash': '5d4f9c' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-5d4f9c`, controller: true },
      ],
    },
    spec: {
      nodeName: node,
      containers: [{ name: 'app', image, securityContext: SAFE, ...container }],
      ...spec,
    },
    status: { phase, containerStatuses: [{ name: 'app', imageID: imageId }] },
  };
}

export function makeNode(
  name = 'node-1',
  uid = 'uid-1',
  region = 'eu-west',
  zone = 'eu-west-1a',
): object {
  const labels = { 'topology.kubernetes.io/region': region, 'topology.kubernetes.io/zone': zone };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, uid, labels } };
}

export function makeDeployment(name: string, namespace = 'shop'): object {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } };
}

/** What `kubectl get … -A -o json` prints. */
export function kubectlList(...items: readonly object[]): string {
  return JSON.stringify(
    { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } },
    null,
    4,
  );
}
