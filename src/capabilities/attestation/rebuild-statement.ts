import { type Digest, parseDigest } from '../../core/digest.ts';
import { formatInstant, type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** What a second build of the subject, from its recorded materials, gave (D9, X13). */
export const REBUILD_TYPE = 'https://waybill.dev/attestations/rebuild/v1';

/** How a layer of the second build compares with the one in its place. */
export const LAYER_MATCHES = ['bytes', 'content', 'none'] as const;
export type LayerMatch = (typeof LAYER_MATCHES)[number];

export interface RebuiltLayer {
  readonly digest: Digest;
  /** Null where the second build has no layer in its place. */
  readonly rebuilt: Digest | null;
  readonly match: LayerMatch;
}

export interface RebuildStatement {
  readonly commit: string;
  /** Null where only a commit was named. */
  readonly repository: string | null;
  /** The image on which it was built, as recorded; null for none. */
  readonly base: string | null;
  /** What was run in the tree of the commit. */
  readonly command: string;
  readonly rebuilt: Digest;
  /** The manifests are the same, byte for byte. */
  readonly reproduced: boolean;
  /** Nothing that runs differs: only times, order or packing do, if anything. */
  readonly sameContent: boolean;
  /** The first difference, with its layer and file; null for none. */
  readonly difference: string | null;
  readonly layers: readonly RebuiltLayer[];
  readonly finishedAt: Instant;
}

export function buildRebuildPredicate(statement: RebuildStatement): JsonObject {
  const { commit, repository, base, command, rebuilt, layers, finishedAt } = statement;
  const { reproduced, sameContent, difference } = statement;
  return {
    source: { repository, commit },
    materials: { base },
    command,
    result: {
      ...{ image: rebuilt, reproduced, sameContent, difference },
      layers: layers.map((layer) => ({ ...layer })),
    },
    finishedOn: formatInstant(finishedAt),
  };
}

/** Reads the predicate; what it says is what its signer saw. */
export function parseRebuildPredicate(predicate: JsonObject): Result<RebuildStatement> {
  const { source, materials, command, result, finishedOn } = predicate;
  if (!isJsonObject(source) || !isJsonObject(result)) return malformed('source or result');
  const { commit, repository } = source;
  const base = isJsonObject(materials) ? materials['base'] : null;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit))
    return malformed('the commit');
  if (!isTextOrNull(repository) || !isTextOrNull(base) || typeof command !== 'string')
    return malformed('the materials or the command');
  const finishedAt = typeof finishedOn === 'string' ? parseInstant(finishedOn) : null;
  if (finishedAt?.ok !== true) return malformed('when it finished');
  const { image, reproduced, sameContent, difference } = result;
  const rebuilt = typeof image === 'string' ? parseDigest(image) : null;
  if (rebuilt?.ok !== true) return malformed('the image that was built');
  if (typeof reproduced !== 'boolean' || typeof sameContent !== 'boolean')
    return malformed('whether it was reproduced');
  // Nobody may say both that all is equal and what differs.
  if (!isTextOrNull(difference) || (reproduced && difference !== null))
    return malformed('the difference');
  const layers = readLayers(result['layers']);
  if (layers === null) return malformed('the layers');
  const stated = { reproduced, sameContent: reproduced || sameContent, difference };
  const built = { base, command, rebuilt: rebuilt.value, layers, finishedAt: finishedAt.value };
  return ok({ commit, repository, ...built, ...stated });
}

function isTextOrNull(value: JsonValue | undefined): value is string | null {
  return value === null || (typeof value === 'string' && value.length <= 4_000);
}

function readLayers(value: JsonValue | undefined): readonly RebuiltLayer[] | null {
  const listed = Array.isArray(value) ? (value as readonly JsonValue[]) : null;
  if (listed === null || listed.length > LIMITS.layersMax) return null;
  const layers: RebuiltLayer[] = [];
  for (const item of listed) {
    const one = isJsonObject(item) ? item : {};
    const digest = readDigest(one['digest']);
    const match = LAYER_MATCHES.find((known) => known === one['match']);
    const rebuilt = one['rebuilt'] === null ? null : (readDigest(one['rebuilt']) ?? undefined);
    if (digest === null || match === undefined || rebuilt === undefined) return null;
    layers.push({ digest, rebuilt, match });
  }
  return layers;
}

function readDigest(value: JsonValue | undefined): Digest | null {
  const digest = typeof value === 'string' ? parseDigest(value) : null;
  return digest?.ok === true ? digest.value : null;
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `not a statement of a rebuild: ${why}`, 'Make it with waybill rebuild.');
}
