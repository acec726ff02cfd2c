import { z } from 'zod';
import { type Digest, parseDigest } from '../../core/digest.ts';
import { formatInstant, type Instant, parseInstant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';

/** Media types of a pushed policy: the artifact, what it says of itself, and the document. */
export const POLICY_ARTIFACT_TYPE = 'application/vnd.waybill.policy.v1';
export const POLICY_DESCRIPTION_TYPE = 'application/vnd.waybill.policy.description.v1+json';
export const POLICY_DOCUMENT_TYPE = 'application/vnd.waybill.policy.document.v1+yaml';

const name = z.string().min(1).max(500);
const number = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const instant = z.codec(z.string(), z.custom<Instant>(), {
  decode: (text, context) => unwrapResult(parseInstant(text), text, context),
  encode: (value) => formatInstant(value),
});
const digest = z.codec(z.string(), z.custom<Digest>(), {
  decode: (text, context) => unwrapResult(parseDigest(text), text, context),
  encode: (value) => value,
});

function unwrapResult<T>(result: Result<T>, input: string, context: { issues: unknown[] }): T {
  if (result.ok) return result.value;
  context.issues.push({ code: 'custom', message: result.failure.message, input });
  return z.NEVER;
}

const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('PolicyRevision'),
  /** It only grows within a repository: no client goes behind it. */
  number,
  name,
  /** Of the canonical JSON of the document: what decision records name. */
  policy: digest,
  pushedAt: instant,
  message: z.string().max(2_000).nullable(),
  /** Before this moment the revision before it stays in force; null: it is in force at once. */
  effectiveFrom: instant.nullable(),
  /** The manifest of the revision before it; null for the first. */
  previous: digest.nullable(),
  /** The number whose document it has again; null unless it is a rollback. */
  rollbackTo: number.nullable(),
  /** The repository that it was pushed to, without its registry; absent in older ones. */
  repository: z.string().min(1).max(500).optional(),
});

/** What a pushed policy says of itself; it is signed together with the document. */
export type PolicyRevision = Readonly<Omit<z.infer<typeof document>, 'apiVersion' | 'kind'>>;

/** Fails with MALFORMED for what `waybill policy push` did not make. */
export function parseRevision(bytes: Uint8Array): Result<PolicyRevision> {
  const json = parseJson(bytes, { bytesMax: LIMITS.configBytesMax });
  if (!json.ok) return json;
  const parsed = document.safeParse(json.value);
  if (parsed.success) {
    const { apiVersion: _, kind: __, ...revision } = parsed.data;
    return ok(revision);
  }
  const flaw = parsed.error.issues[0];
  return fail(
    'MALFORMED',
    `not a pushed policy: ${flaw?.path.join('.') || 'document'}: ${flaw?.message ?? ''}`,
    'Name an artifact that waybill policy push made.',
  );
}

export function formatRevision(revision: PolicyRevision): Uint8Array {
  const json = z.encode(document, {
    apiVersion: 'waybill.dev/v1',
    kind: 'PolicyRevision',
    ...revision,
  });
  return new TextEncoder().encode(canonicalizeJson(json as unknown as JsonValue));
}
