import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import {
  type AttestedMachine,
  type Certificate,
  checkValidity,
  type MachineRule,
  verifyAttestedDocument,
  verifyTimestamp,
} from '../signing/index.ts';
import { encodeRunnerParts, type RunnerStatement } from './runner-statement.ts';

/** An entry of the trust document about machines, with the trust stores that it names. */
export interface MachineTrust {
  readonly rule: MachineRule;
  readonly authorities: Result<readonly Certificate[]>;
  readonly stampers: Result<readonly Certificate[]>;
}

/** The time of a statement is between these two. */
export interface RunnerTime {
  readonly earliest: Instant;
  readonly latest: Instant;
}

export interface VerifiedMachine extends Pick<AttestedMachine, 'cloud' | 'id' | 'subscription'> {
  /** Whether the trust document allows its subscription. */
  readonly allowed: boolean;
}

/** Each part of a statement of a runner by itself: one may hold where another does not. */
export interface VerifiedRunner {
  /** That the job ran then. Who signed the statement verified its token. */
  readonly job: Result<RunnerStatement['job']>;
  readonly machine: Result<VerifiedMachine>;
  readonly time: Result<RunnerTime>;
}

/**
 * What a statement about `subject` proves by one entry of the trust document: when it was made, by
 * the timestamp over all of it; and that job and machine were there at that time (B7).
 */
export function verifyRunner(
  statement: RunnerStatement,
  subject: Digest,
  { rule, authorities, stampers }: MachineTrust,
): VerifiedRunner {
  const time = verifyTime(statement, subject, stampers);
  if (!time.ok) return { job: time, machine: time, time };
  const machine = verifyMachine(statement, subject, time.value, { rule, authorities });
  return { job: verifyJob(statement, time.value), machine, time };
}

function verifyTime(
  statement: RunnerStatement,
  subject: Digest,
  stampers: MachineTrust['stampers'],
): Result<RunnerTime> {
  if (!stampers.ok) return stampers;
  const stamped = encodeRunnerParts(subject, statement);
  const verified = verifyTimestamp(statement.timestamp, stamped, stampers.value);
  // mutant runner-without-its-time by verify-runner: condition -> false
  if (!verified.ok) return refuse(verified.reason.message);
  const { earliest, latest } = verified.value;
  return ok({ earliest, latest });
}

/** A token that had ended, or had not begun, when the statement was made shows no job of then. */
function verifyJob(
  { job }: RunnerStatement,
  { earliest, latest }: RunnerTime,
): VerifiedRunner['job'] {
  const { issuedAt, expiresAt } = job;
  // mutant runner-of-another-time by verify-runner: condition -> false
  if (issuedAt > earliest + LIMITS.clockSkewMs || expiresAt < latest - LIMITS.clockSkewMs)
    return refuse(`the token of the job is not of ${formatInstant(latest)}`);
  return ok(job);
}

function verifyMachine(
  { cloud, document }: RunnerStatement,
  digest: Digest,
  { earliest, latest }: RunnerTime,
  { rule, authorities }: Pick<MachineTrust, 'rule' | 'authorities'>,
): Result<VerifiedMachine> {
  if (!authorities.ok) return authorities;
  // mutant runner-of-another-cloud by verify-runner: condition -> false
  if (cloud !== rule.cloud) return refuse(`the machine is of ${cloud}, not of ${rule.cloud}`);
  const read = verifyAttestedDocument(document, { digest, cloud, authorities: authorities.value });
  if (!read.ok) return read;
  const { id, subscription, createdAt, expiresAt, chain } = read.value;
  // mutant machine-document-of-another-time by verify-runner: condition -> false
  if (createdAt > earliest + LIMITS.clockSkewMs || expiresAt < latest)
    return refuse(`the document of the machine is not of ${formatInstant(latest)}`);
  for (const at of [earliest, latest]) {
    const invalid = checkValidity(chain, at);
    // mutant machine-document-by-an-ended-key by verify-runner: condition -> false
    if (invalid !== null) return refuse(invalid.message);
  }
  const allowed = rule.subscriptions.includes(subscription);
  return ok({ cloud, id, subscription, allowed });
}

function refuse(why: string): Result<never> {
  return failed(
    new Failure(
      'EVIDENCE_REJECTED',
      `the statement of the runner does not count: ${why}`,
      'Make it again in the job that builds: waybill provenance runner.',
    ),
  );
}
