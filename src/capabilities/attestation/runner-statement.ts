import type { Digest } from '../../core/digest.ts';
import { formatInstant, type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import {
  type BuildJob,
  JOB_PLATFORMS,
  MACHINE_CLOUDS,
  type MachineCloud,
} from '../signing/index.ts';

/** Which job on which machine made the subject, and when (B7). */
export const RUNNER_TYPE = 'https://waybill.dev/attestations/build-runner/v1';

/** What is bound to the subject by one timestamp. */
export interface RunnerParts {
  /** As the verified token of the job says; the token itself is a secret, and in no statement. */
  readonly job: BuildJob;
  readonly cloud: MachineCloud;
  /** The document that the cloud signed for this subject, as DER. */
  readonly document: Uint8Array;
}

export interface RunnerStatement extends RunnerParts {
  /** RFC 3161, over `encodeRunnerParts`. */
  readonly timestamp: Uint8Array;
}

/** The bytes that the timestamp is over: subject, job and machine together, as canonical JSON. */
export function encodeRunnerParts(subject: Digest, parts: RunnerParts): Uint8Array {
  return Buffer.from(canonicalizeJson({ subject, ...describeParts(parts) }));
}

export function buildRunnerPredicate({ timestamp, ...parts }: RunnerStatement): JsonObject {
  return { ...describeParts(parts), timestamp: toBase64(timestamp) };
}

function describeParts({ job, cloud, document }: RunnerParts): JsonObject {
  const { issuedAt, expiresAt, ...named } = job;
  const times = { issuedAt: formatInstant(issuedAt), expiresAt: formatInstant(expiresAt) };
  return { job: { ...named, token: times }, machine: { cloud, document: toBase64(document) } };
}

/** Reads the predicate; what it says is not verified. */
export function parseRunnerPredicate(predicate: JsonObject): Result<RunnerStatement> {
  const { job, machine, timestamp } = predicate;
  if (!isJsonObject(job) || !isJsonObject(machine)) return malformed('job or machine is missing');
  const read = readJob(job);
  if (read === null) return malformed('the job');
  const cloud = MACHINE_CLOUDS.find((one) => one === machine['cloud']);
  const document = readBase64(machine['document'], LIMITS.machineDocumentBytesMax);
  if (cloud === undefined || document === null) return malformed('the machine');
  const token = readBase64(timestamp, LIMITS.timestampBytesMax);
  if (token === null) return malformed('the timestamp');
  return ok({ job: read, cloud, document, timestamp: token });
}

function readJob(job: JsonObject): BuildJob | null {
  const platform = JOB_PLATFORMS.find((one) => one === job['platform']);
  const { ref, runner, token } = job;
  const [issuer, builder, repository] = [job['issuer'], job['builder'], job['repository']].map(
    readText,
  );
  const [commit, invocation] = [readText(job['commit']), readText(job['invocation'])];
  const times = isJsonObject(token) ? token : {};
  const [issuedAt, expiresAt] = [readTime(times['issuedAt']), readTime(times['expiresAt'])];
  if (platform === undefined || issuedAt === null || expiresAt === null) return null;
  if (!issuer || !builder || !repository || !commit || !invocation) return null;
  if (ref !== null && readText(ref) === null) return null;
  if (runner !== null && runner !== 'hosted' && runner !== 'self-hosted') return null;
  const origin = { builder, repository, commit, ref: readText(ref), invocation };
  return { platform, issuer, ...origin, runner, issuedAt, expiresAt };
}

function readText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 1_000 ? value : null;
}

function readTime(value: JsonValue | undefined): Instant | null {
  const read = typeof value === 'string' ? parseInstant(value) : null;
  return read?.ok === true ? read.value : null;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Canonical base64 of 1 to `bytesMax` bytes. */
function readBase64(value: JsonValue | undefined, bytesMax: number): Uint8Array | null {
  if (typeof value !== 'string' || value === '' || value.length > 2 * bytesMax) return null;
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value && bytes.length <= bytesMax ? bytes : null;
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not a statement of a runner: ${why}`,
    'Make it with waybill provenance runner.',
  );
}
