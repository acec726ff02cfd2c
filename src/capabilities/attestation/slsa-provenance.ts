import { formatInstant, type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { readDigests } from './statement.ts';

export const SLSA_PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';

/** What `waybill release` states about an image that was built elsewhere. */
export const RELEASE_BUILD_TYPE = 'https://waybill.dev/build-types/container-release/v2';
/** SLSA requires a builder; this one says that nobody observed the build. */
export const UNOBSERVED_BUILDER = 'https://waybill.dev/builders/unobserved';
/** Of an earlier Waybill: builder, repository and commit could be typed, and nothing says which. */
const CLAIMED_BUILD_TYPE = 'https://waybill.dev/build-types/container-release/v1';

/** What a provenance proves about source and builder; null: it is silent, or only claims. */
export interface ProvenOrigin {
  readonly builder: string | null;
  readonly repository: string | null;
  readonly commit: string | null;
}

/** Never from what its maker typed or found: no commit belongs to a build that nobody saw. */
export function readProvenOrigin(provenance: Provenance): ProvenOrigin {
  const { buildType, builder, externalParameters } = provenance;
  // mutant provenance-of-a-claim by attestation: remove
  if (buildType === CLAIMED_BUILD_TYPE || builder === UNOBSERVED_BUILDER)
    return { builder: null, repository: null, commit: null };
  const source = readObject(externalParameters['source']);
  return {
    builder,
    repository: readText(source['repository']),
    commit: readText(source['commit']),
  };
}

/** Something that the build used: its location, and the digest of the fetched content. */
export interface Material {
  readonly uri: string | null;
  readonly name: string | null;
  /**
   * Algorithm to hex; `gitCommit` for a commit. Null when the document has no digest: such a
   * material proves nothing.
   */
  readonly digest: Readonly<Record<string, string>> | null;
}

/** The part of SLSA build provenance v1 that is evidence: how, by whom, from what and when. */
export interface Provenance {
  readonly buildType: string;
  readonly externalParameters: JsonObject;
  readonly internalParameters: JsonObject;
  readonly materials: readonly Material[];
  readonly builder: string;
  readonly builderVersion: Readonly<Record<string, string>>;
  readonly invocation: string | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
}

/** The predicate (slsa.dev/spec/v1.0/provenance). */
export function buildSlsaProvenance(provenance: Provenance): JsonObject {
  const { buildType, externalParameters, internalParameters, materials, builder, builderVersion } =
    provenance;
  const { invocation, startedAt, finishedAt } = provenance;
  return {
    buildDefinition: {
      buildType,
      externalParameters,
      ...(Object.keys(internalParameters).length === 0 ? {} : { internalParameters }),
      resolvedDependencies: materials.map(({ uri, name, digest }) => ({
        ...(uri === null ? {} : { uri }),
        ...(name === null ? {} : { name }),
        ...(digest === null ? {} : { digest: { ...digest } }),
      })),
    },
    runDetails: {
      builder: {
        id: builder,
        ...(Object.keys(builderVersion).length === 0 ? {} : { version: { ...builderVersion } }),
      },
      metadata: {
        ...(invocation === null ? {} : { invocationId: invocation }),
        ...(startedAt === null ? {} : { startedOn: formatInstant(startedAt) }),
        ...(finishedAt === null ? {} : { finishedOn: formatInstant(finishedAt) }),
      },
    },
  };
}

/**
 * Reads the predicate; required members must be present, unknown members are ignored (in-toto
 * parsing rules).
 */
export function parseSlsaProvenance(predicate: JsonObject): Result<Provenance> {
  const { buildDefinition: definition, runDetails: run } = predicate;
  if (!isJsonObject(definition) || !isJsonObject(run))
    return malformed('buildDefinition or runDetails is missing');
  const builder = isJsonObject(run['builder']) ? run['builder'] : {};
  const metadata = isJsonObject(run['metadata']) ? run['metadata'] : {};
  const { buildType } = definition;
  if (typeof buildType !== 'string' || buildType === '') return malformed('buildType is missing');
  if (typeof builder['id'] !== 'string' || builder['id'] === '')
    return malformed('builder.id is missing');
  const materials = readMaterials(definition['resolvedDependencies']);
  if (!materials.ok) return materials;
  const [startedAt, finishedAt] = [
    readTime(metadata['startedOn']),
    readTime(metadata['finishedOn']),
  ];
  if (startedAt === 'malformed' || finishedAt === 'malformed')
    return malformed('a time is not RFC 3339');
  return ok({
    buildType,
    externalParameters: readObject(definition['externalParameters']),
    internalParameters: readObject(definition['internalParameters']),
    materials: materials.value,
    builder: builder['id'],
    builderVersion: readDigests(builder['version']) ?? {},
    invocation: readText(metadata['invocationId']),
    startedAt,
    finishedAt,
  });
}

function readMaterials(value: JsonValue | undefined): Result<readonly Material[]> {
  if (value === undefined || value === null) return ok([]);
  if (!Array.isArray(value)) return malformed('resolvedDependencies is not a list');
  if (value.length > LIMITS.componentsMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `${value.length} materials, over ${LIMITS.componentsMax}`,
      'Split the build.',
    );
  }
  const materials: Material[] = [];
  for (const item of value as readonly JsonValue[]) {
    if (!isJsonObject(item)) return malformed('a resolved dependency is not an object');
    const digest = item['digest'] === undefined ? null : readDigests(item['digest']);
    if (item['digest'] !== undefined && digest === null)
      return malformed('the digest of a resolved dependency is malformed');
    materials.push({ uri: readText(item['uri']), name: readText(item['name']), digest });
  }
  return ok(materials);
}

function readTime(value: JsonValue | undefined): Instant | null | 'malformed' {
  if (value === undefined || value === null) return null;
  const parsed = typeof value === 'string' ? parseInstant(value) : null;
  return parsed?.ok === true ? parsed.value : 'malformed';
}

function readText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function readObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not SLSA provenance v1: ${why}`,
    'Write it as slsa.dev/spec/v1.0/provenance describes.',
  );
}
