import type { Material, Provenance } from '../../capabilities/attestation/index.ts';
import type { Component, Inventory } from '../../capabilities/ecosystems/index.ts';
import type { OpenedImage } from '../../capabilities/registry/index.ts';
import { parseDigest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { ReleaseRequest } from './request.ts';

const BUILD_TYPE = 'https://waybill.dev/build-types/container-release/v1';
const BASE_NAME = 'org.opencontainers.image.base.name';
const BASE_DIGEST = 'org.opencontainers.image.base.digest';

/**
 * How the image was built, with the materials that are really known: source, base image, locked
 * packages.
 */
export function buildProvenance(
  { facts, tool, destination }: ReleaseRequest,
  image: OpenedImage,
  inventory: Inventory,
  at: Instant,
): Provenance {
  const { source, build, name, version } = facts;
  return {
    buildType: BUILD_TYPE,
    externalParameters: {
      release: { name, version },
      source: { host: source.host, repository: source.repository, commit: source.commit },
      destination: `${destination.reference.registry}/${destination.reference.repository}`,
    },
    internalParameters: {},
    materials: [
      toSourceMaterial(source),
      ...listBaseMaterials(image),
      ...inventory.components.flatMap(listPackageMaterials),
    ],
    builder: build.builder,
    builderVersion: { [tool.name]: tool.version },
    invocation: build.id,
    startedAt: build.startedAt,
    finishedAt: build.finishedAt ?? at,
  };
}

function toSourceMaterial({ repository, commit }: ReleaseRequest['facts']['source']): Material {
  const uri = /^[a-z+]+:\/\//i.test(repository) ? `git+${repository}` : repository;
  return { uri: `${uri}@${commit}`, name: null, digest: { gitCommit: commit } };
}

function listBaseMaterials({ manifest }: OpenedImage): readonly Material[] {
  const digest = parseDigest(manifest.annotations[BASE_DIGEST] ?? '');
  if (!digest.ok) return [];
  const [algorithm = '', hex = ''] = digest.value.split(':');
  return [
    {
      uri: manifest.annotations[BASE_NAME] ?? null,
      name: 'base image',
      digest: { [algorithm]: hex },
    },
  ];
}

/** Only packages whose bytes are fixed by the lock: a name without a digest is no material. */
function listPackageMaterials({ purl, hashes, origin }: Component): readonly Material[] {
  if (origin === null || Object.keys(hashes).length === 0) return [];
  return [{ uri: purl, name: null, digest: hashes }];
}
