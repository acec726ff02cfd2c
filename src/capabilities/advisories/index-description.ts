import { z } from 'zod';
import { type Digest, parseDigest } from '../../core/digest.ts';
import { formatInstant, parseInstant, toInstant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';

/** Media types of a packed advisory index: the artifact, its description, and its records. */
export const INDEX_ARTIFACT_TYPE = 'application/vnd.waybill.advisories.v1';
export const INDEX_DESCRIPTION_TYPE = 'application/vnd.waybill.advisories.description.v1+json';
/** JSON lines, a record of OSV each, packed with zstd. */
export const INDEX_RECORDS_TYPE = 'application/vnd.waybill.advisories.records.v1+ndjson+zstd';
/**
 * What one source says of exploitation, in the form of its publisher, packed with zstd: a layer
 * beside the records, which a reader that does not know it passes over.
 */
export const INDEX_THREATS_TYPE = 'application/vnd.waybill.advisories.exploitation.v1+zstd';
/** How long systems are supported, as it is kept beside an index. */
export const INDEX_SUPPORT_TYPE = 'application/vnd.waybill.advisories.support.v1+json';

const name = z.string().min(1).max(LIMITS.feedNameMax);
const count = z.int().min(0);
const number = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const instant = z.string().transform((text, context) => {
  const parsed = parseInstant(text);
  if (parsed.ok) return parsed.value;
  context.issues.push({ code: 'custom', message: parsed.failure.message, input: text });
  return z.NEVER;
});
const digest = z.string().transform((text, context): Digest => {
  const parsed = parseDigest(text);
  if (parsed.ok) return parsed.value;
  context.issues.push({ code: 'custom', message: parsed.failure.message, input: text });
  return z.NEVER;
});
const blob = z.strictObject({ digest, size: count });
const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('AdvisoryIndex'),
  number,
  packedAt: instant,
  records: count,
  coverage: z
    .array(
      z.strictObject({
        ecosystem: name,
        feed: name,
        records: count,
        databases: z.array(z.string().max(100)).max(LIMITS.feedDatabasesMax),
        newest: instant.nullable(),
        exportedAt: instant.nullable(),
      }),
    )
    .max(LIMITS.feedCoverageMax),
  whole: blob,
  deltas: z
    .array(z.strictObject({ from: number, to: number, ...blob.shape }))
    .max(LIMITS.advisoryDeltasMax),
});

type DocumentValue = z.infer<typeof document>;

export interface PackedRecords {
  readonly digest: Digest;
  readonly size: number;
}

/** The records that were added or changed between two indexes. */
export interface PackedDelta extends PackedRecords {
  readonly from: number;
  readonly to: number;
}

/** What a packed index says of itself; it is signed together with the records that it names. */
export interface IndexDescription
  extends Readonly<Omit<DocumentValue, 'apiVersion' | 'kind' | 'whole' | 'deltas'>> {
  readonly whole: PackedRecords;
  /** In the order of their numbers. */
  readonly deltas: readonly PackedDelta[];
}

/** Fails with MALFORMED, and with UNSUPPORTED for a version that is not known here. */
export function parseIndexDescription(bytes: Uint8Array): Result<IndexDescription> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) return json;
  const parsed = document.safeParse(json.value);
  if (parsed.success) {
    const { apiVersion: _, kind: __, ...description } = parsed.data;
    return ok(description);
  }
  const flaw = parsed.error.issues[0];
  return fail(
    'MALFORMED',
    `not a packed advisory index: ${flaw?.path.join('.') || 'document'}: ${flaw?.message ?? ''}`,
    'Name an artifact that waybill advisories pack or push made.',
  );
}

export function formatIndexDescription(description: IndexDescription): Uint8Array {
  const { packedAt, coverage } = description;
  const json = {
    ...{ apiVersion: 'waybill.dev/v1', kind: 'AdvisoryIndex', ...description },
    packedAt: formatInstant(packedAt),
    coverage: coverage.map((feed) => ({
      ...feed,
      newest: feed.newest === null ? null : formatInstant(toInstant(feed.newest)),
      exportedAt: feed.exportedAt === null ? null : formatInstant(toInstant(feed.exportedAt)),
    })),
  };
  return new TextEncoder().encode(canonicalizeJson(json as unknown as JsonValue));
}

/**
 * The records that lead from an index of this number to the described one: the deltas in their
 * order where they are a chain, else all records. Empty where the number is the same.
 *
 * @example planIndexReads(description, null) // [description.whole]
 */
export function planIndexReads(
  { number: last, whole, deltas }: IndexDescription,
  known: number | null,
): readonly PackedRecords[] {
  const chain: PackedDelta[] = [];
  let at = known ?? 0;
  for (const delta of deltas) {
    if (delta.from !== at || delta.to <= delta.from) continue;
    chain.push(delta);
    at = delta.to;
  }
  return at === last ? chain : [whole];
}
