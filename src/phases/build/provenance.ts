import {
  type Material,
  type Provenance,
  RELEASE_BUILD_TYPE,
  UNOBSERVED_BUILDER,
} from '../../capabilities/attestation/index.ts';
import type { Component, Inventory } from '../../capabilities/ecosystems/index.ts';
import type { OpenedImage } from '../../capabilities/registry/index.ts';
import type { BuildJob } from '../../capabilities/signing/index.ts';
import { parseDigest } from '../../core/digest.ts';
import { formatInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ReleaseRequest } from './request.ts';

const BASE_NAME = 'org.opencontainers.image.base.name';
const BASE_DIGEST = 'org.opencontainers.image.base.digest';

/**
 * What is known about the origin of an image that was built elsewhere: the materials that are
 * really known (source, base image, locked packages), and apart from them what was typed. Nobody
 * observed the build, so neither its builder nor its time is stated, unless the job that releases
 * it proved which job it is.
 */
export function buildProvenance(
  { facts, tool, destination }: ReleaseRequest,
  image: OpenedImage,
  inventory: Inventory,
): Provenance {
  const { source, build, name, version } = facts;
  const { claimed, ...stated } = source;
  const { job } = build;
  const { buildGate: gate = null } = facts;
  const keys = ['host', 'repository', 'commit'] as const;
  const pick = (isClaimed: boolean) =>
    Object.fromEntries(
      keys.filter((key) => claimed.includes(key) === isClaimed).map((key) => [key, stated[key]]),
    );
  return {
    buildType: RELEASE_BUILD_TYPE,
    externalParameters: {
      release: { name, version },
      source: pick(false),
      destination: `${destination.reference.registry}/${destination.reference.repository}`,
    },
    internalParameters: {
      ...(job === null
        ? { claimed: { ...pick(true), builder: build.builder, invocation: build.id } }
        : { job: describeJob(job) }),
      ...(gate === null ? {} : { buildGate: describeGate(gate) }),
      describedBy: { [tool.name]: tool.version },
    },
    materials: [
      ...(claimed.length === 0 ? [toSourceMaterial(source)] : []),
      ...(gate === null ? [] : listGateMaterials(gate)),
      ...listBaseMaterials(image),
      ...inventory.components.flatMap(listPackageMaterials),
    ],
    // mutant provenance-without-a-job by release-of-a-job: value -> build.builder
    builder: job?.builder ?? UNOBSERVED_BUILDER,
    builderVersion: {},
    invocation: job?.invocation ?? null,
    startedAt: null,
    finishedAt: null,
  };
}

/** What the platform vouched for, without the token. */
function describeJob({ issuedAt, ref, runner, platform, issuer }: BuildJob): JsonObject {
  return { platform, issuer, ref, runner, tokenIssuedAt: formatInstant(issuedAt) };
}

type BuildGate = NonNullable<ReleaseRequest['facts']['buildGate']>;

/** What this installation recorded where the commit was built. */
function describeGate({ decision, decidedAt, policy }: BuildGate): JsonObject {
  return { decision, decidedAt: formatInstant(decidedAt), policy };
}

/** The facts of that decision list what the build was given, each with its hash. */
function listGateMaterials({ facts }: BuildGate): readonly Material[] {
  if (facts === null) return [];
  const [algorithm = '', hex = ''] = facts.split(':');
  return [{ uri: null, name: 'facts of the build gate', digest: { [algorithm]: hex } }];
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
