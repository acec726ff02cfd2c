import { z } from 'zod';
import { refuseOtherVersion } from '../../core/api-version.ts';
import { type Digest, parseDigest } from '../../core/digest.ts';
import { formatInstant, type Instant, parseInstant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { once } from '../../core/once.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { GATES } from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { RECORD_KINDS, type RecordKind } from './kind.ts';

const digest = z.codec(z.string(), z.custom<Digest>(), {
  decode: (text, context) => unwrapResult(parseDigest(text), text, context),
  encode: (value) => value,
});
const instant = z.codec(z.string(), z.custom<Instant>(), {
  decode: (text, context) => unwrapResult(parseInstant(text), text, context),
  encode: (value) => formatInstant(value),
});
const name = z.string().min(1).max(1_024);
const text = z.string().max(16_384);

function unwrapResult<T>(result: Result<T>, input: string, context: { issues: unknown[] }): T {
  if (result.ok) return result.value;
  context.issues.push({ code: 'custom', message: result.failure.message, input });
  return z.NEVER;
}

const platform = once(() =>
  z.strictObject({ os: name, architecture: name, variant: name.optional() }),
);
const signer = once(() =>
  z.strictObject({ format: name, identity: text, thumbprint: name.nullable() }),
);

/** Code host, repository and commit: B26 calls them service, repository and release commit. */
const source = once(() => z.strictObject({ host: name, repository: name, commit: name }));

/** What its maker typed or found, and nothing proves: shown as claimed, unknown to a rule. */
const sourceClaims = once(() => z.array(z.enum(['host', 'repository', 'commit'])).max(3));
const buildClaims = once(() => z.array(z.enum(['id', 'builder'])).max(2));
const statedSource = once(() =>
  z.strictObject({ ...source().shape, claimed: sourceClaims().optional() }),
);

const releaseImage = once(() =>
  z.strictObject({
    reference: name,
    digest,
    /** The platform members of an index; empty for a single image. */
    platforms: z
      .array(z.strictObject({ digest, platform: platform().nullable() }))
      .max(LIMITS.indexManifestsMax),
  }),
);
const release = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Release'),
    name,
    version: name,
    releasedAt: instant,
    owner: name.nullable(),
    source: statedSource().nullable(),
    build: z
      .strictObject({ id: name, builder: name, claimed: buildClaims().optional() })
      .nullable(),
    images: z.array(releaseImage()).max(1_000),
    /** The security artifacts that belong to it, by digest (B20). */
    artifacts: z.array(z.strictObject({ kind: name, digest })).max(10_000),
  }),
);
const verification = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Verification'),
    /** The envelope that was examined. */
    signature: digest,
    /** What it signs: in most cases a manifest. */
    subject: digest,
    /** The documents in the signed manifest, so that their signer is known. */
    covers: z.array(digest).max(1_000),
    outcome: z.enum(['trusted', 'untrusted', 'undetermined']),
    signer: signer().nullable(),
    reasons: z.array(text).max(100),
    trust: z.strictObject({ revision: z.int(), digest }),
    verifiedAt: instant,
    /**
     * What the trust document lets the signer state about the repository; absent: not examined.
     * Only in records of trusted signatures.
     */
    statements: z
      .array(z.enum(['image', 'sbom', 'scan', 'provenance', 'vex']))
      .max(10)
      .optional(),
    /**
     * The dates that end the signature: of its chain, unless a timestamp makes that not matter, and
     * its own; null for none. Absent: not recorded. Only in records of trusted signatures.
     */
    ends: z.strictObject({ chain: instant.nullable(), expiry: instant.nullable() }).optional(),
  }),
);
const ownership = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Ownership'),
    /** The name of the releases that the owner has. */
    release: name,
    owner: name,
    from: instant,
  }),
);
const workload = once(() =>
  z.strictObject({
    cluster: name,
    region: name.nullable(),
    namespace: name,
    kind: name,
    name,
  }),
);
const basis = once(() =>
  z.strictObject({
    /** The image by name, as the gate judges it. */
    reference: name,
    trust: z.strictObject({ revision: z.int(), digest }),
    advisories: z.strictObject({ version: text, updatedAt: instant.nullable() }),
    /** Id and component of every known finding. */
    findings: z
      .array(z.strictObject({ id: name, component: text, severity: name }))
      .max(LIMITS.findingsMax),
    /**
     * The digest behind the tag of the reference; null: there is no tag or the digest is unknown.
     */
    tagDigest: digest.nullable(),
  }),
);
const decision = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Decision'),
    subject: digest,
    gate: z.enum(GATES),
    decision: z.enum(['allow', 'deny', 'undetermined']),
    workload: workload().nullable(),
    policy: digest,
    facts: digest.nullable(),
    decidedAt: instant,
    /**
     * How many decisions about this subject, or of this kind, this one represents, when there were
     * too many to keep each, and when the first of them was made.
     */
    decisions: z.int().min(1).optional(),
    firstAt: instant.optional(),
    /** What an audit based its decision on, so that the next audit can say what changed. */
    basis: basis().optional(),
    /** The decision record of the policy capability, unchanged. */
    record: z.custom<JsonValue>((value) => value !== undefined),
  }),
);
const runningImage = once(() =>
  z.strictObject({
    container: name,
    reference: name,
    /**
     * Null when it is unknown which manifest runs: the id of a configuration is not a manifest
     * digest.
     */
    digest: digest.nullable(),
    kind: z.enum(['container', 'init', 'ephemeral', 'volume']).optional(),
    /** The unsafe settings in the specification of the workload (O11); absent: not examined. */
    settings: z.array(name).max(100).optional(),
  }),
);
const pod = once(() => z.strictObject({ name, node: name.nullable() }));
const named = once(() => z.strictObject({ namespace: name, kind: name, name }));
const changes = once(() =>
  z.strictObject({ since: instant, ended: z.array(named()).max(100_000) }),
);
const deployment = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Deployment'),
    cluster: name,
    region: name.nullable(),
    /**
     * The uid of the cluster's kube-system namespace: it differs between two clusters of one name.
     */
    clusterUid: name.optional(),
    nodes: z
      .array(z.strictObject({ name, uid: name.nullable(), zone: name.nullable() }))
      .max(LIMITS.nodesMax)
      .optional(),
    /**
     * The cluster was rebuilt under its name, or all of its nodes were replaced: what was seen
     * before says nothing about it.
     */
    rebuilt: z.literal(true).optional(),
    observedAt: instant,
    /** How long after `observedAt` a missing observation still means "unchanged". */
    leaseMs: z
      .int()
      .min(1_000)
      .max(7 * 86_400_000),
    /** With it, `workloads` is what is new or different since then, and the rest runs on. */
    changes: changes().optional(),
    /** Everything that runs in the cluster: an absent workload has ended. */
    workloads: z
      .array(
        z.strictObject({
          namespace: name,
          kind: name,
          name,
          images: z.array(runningImage()).max(1_000),
          /** The zones of the nodes on which it runs. */
          zones: z.array(name).max(1_000).optional(),
          /** Its pods: runtime events name it by them. */
          pods: z.array(pod()).max(LIMITS.podsMax).optional(),
        }),
      )
      .max(100_000),
  }),
);
const violation = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Violation'),
    id: name,
    at: instant,
    workload: workload(),
    image: digest.nullable(),
    rule: name,
    severity: z.enum(['critical', 'high', 'medium', 'low', 'none', 'unknown']),
    detail: text,
    pod: name.optional(),
    container: name.optional(),
    node: name.optional(),
    zone: name.optional(),
    process: text.optional(),
    /** The image as the event names it. */
    reference: name.optional(),
    /** What made it possible, according to the facts (O11). */
    cause: z
      .strictObject({
        kind: z.enum(['misconfiguration', 'vulnerability', 'unknown']),
        facts: z.array(text).max(100),
      })
      .optional(),
    /** The digest of the event as it was received, in canonical JSON. */
    event: digest.optional(),
    /**
     * What the event does not state, such as `time`, `workload` or `image`; nothing was guessed
     * instead.
     */
    unknown: z.array(name).max(20).optional(),
    /**
     * How many events of one rule and workload this one represents: there were too many to keep
     * each.
     */
    events: z.int().min(1).optional(),
    lastAt: instant.optional(),
  }),
);
const tag = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Tag'),
    /** Registry and repository. */
    repository: name,
    tag: name,
    digest,
    observedAt: instant,
  }),
);
const build = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Build'),
    id: name,
    builder: name,
    claimed: buildClaims().optional(),
    source: statedSource().nullable(),
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    /** What the build made. */
    products: z.array(digest).max(10_000),
  }),
);
const commit = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Commit'),
    source: source(),
    author: text.nullable(),
    committer: text.nullable(),
    committedAt: instant.nullable(),
    signed: z.boolean(),
    signer: signer().nullable(),
  }),
);
const databases = once(() => z.array(z.string().max(32)).max(LIMITS.feedDatabasesMax));
const feeds = once(() =>
  z.strictObject({
    apiVersion: z.literal('waybill.dev/v1'),
    kind: z.literal('Feeds'),
    importedAt: instant,
    /** Every file that was read, and its records that could not be read. */
    files: z
      .array(z.strictObject({ feed: name, rejected: z.int().min(0) }))
      .max(LIMITS.feedFilesMax),
    /** Which file covers which ecosystem, in which release of a distribution. */
    coverage: z
      .array(
        z.strictObject({
          ecosystem: name,
          feed: name,
          records: z.int().min(1),
          /** What the ids of these records begin with. */
          databases: databases(),
          /** The newest modification of such a record that is not later than the import. */
          newest: instant.nullable(),
          /** When the file was exported, where it says so. */
          exportedAt: instant.nullable(),
        }),
      )
      .max(LIMITS.feedCoverageMax),
  }),
);

/** Each is built at its first use: most commands read one kind or none. */
const SCHEMAS = {
  release,
  verification,
  ownership,
  decision,
  deployment,
  violation,
  tag,
  build,
  commit,
  feeds,
};

export type EvidenceRecord<K extends RecordKind> = z.output<ReturnType<(typeof SCHEMAS)[K]>>;
export type ReleaseRecord = EvidenceRecord<'release'>;
export type VerificationRecord = EvidenceRecord<'verification'>;
export type OwnershipRecord = EvidenceRecord<'ownership'>;
export type DecisionEvidence = EvidenceRecord<'decision'>;
export type DeploymentRecord = EvidenceRecord<'deployment'>;
export type ViolationRecord = EvidenceRecord<'violation'>;
export type TagRecord = EvidenceRecord<'tag'>;
export type BuildRecord = EvidenceRecord<'build'>;
export type CommitRecord = EvidenceRecord<'commit'>;
export type FeedsRecord = EvidenceRecord<'feeds'>;

/** What the caller provides: `encodeRecord` writes `apiVersion` and `kind`. */
export type RecordFields<K extends RecordKind> = Omit<EvidenceRecord<K>, 'apiVersion' | 'kind'>;

/**
 * Reads one record, strictly: unknown keys, duplicate keys and other versions are refused.
 *
 * @example parseRecord('release', bytes)
 */
export function parseRecord<K extends RecordKind>(
  kind: K,
  bytes: Uint8Array,
): Result<EvidenceRecord<K>> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) return json;
  const other = refuseOtherVersion(
    json.value,
    'MALFORMED',
    `not a ${RECORD_KINDS[kind]} that this version reads`,
  );
  if (other !== null) return other;
  const read = SCHEMAS[kind]().safeParse(json.value);
  if (read.success) return ok(read.data as EvidenceRecord<K>);
  const issue = read.error.issues[0];
  const place = issue?.path.join('.') || 'the document';
  const why = issue?.message ?? 'malformed';
  return fail(
    'MALFORMED',
    `not a ${RECORD_KINDS[kind]} of waybill.dev/v1: ${place}: ${why}`.slice(0, 500),
    'Write the record again with the command that makes it.',
  );
}

/**
 * The canonical bytes (RFC 8785) of one record; equal records have equal bytes and therefore one
 * digest.
 */
export function encodeRecord<K extends RecordKind>(kind: K, fields: RecordFields<K>): Uint8Array {
  const record = { apiVersion: 'waybill.dev/v1', kind: RECORD_KINDS[kind], ...fields };
  const written = z.encode(SCHEMAS[kind]() as z.ZodType, record) as JsonValue;
  return new TextEncoder().encode(canonicalizeJson(written));
}
