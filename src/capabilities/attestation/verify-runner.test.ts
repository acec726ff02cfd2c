import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  type MachineChange,
  SUBSCRIPTION,
  testCloud,
  VM,
} from '../../../test/support/machine-documents.ts';
import { testStamper } from '../../../test/support/timestamps.ts';
import { sha256 } from '../../core/digest.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { type BuildJob, type MachineRule, parseCertificates } from '../signing/index.ts';
import {
  buildRunnerPredicate,
  encodeRunnerParts,
  parseRunnerPredicate,
  type RunnerStatement,
} from './runner-statement.ts';
import { verifyRunner } from './verify-runner.ts';

const IMAGE = sha256('image');
const MINUTE_MS = 60_000;
const later = (minutes: number): Instant => toInstant(FIXTURE_NOW + minutes * MINUTE_MS);
const cloud = testCloud();
const stamper = testStamper('runner time');
const JOB: BuildJob = {
  platform: 'github-actions',
  issuer: 'https://token.actions.githubusercontent.com',
  builder: 'https://github.com/shop/builds/.github/workflows/release.yml@refs/heads/main',
  repository: 'https://github.com/shop/trips',
  commit: 'a'.repeat(40),
  ref: 'refs/heads/main',
  invocation: 'https://github.com/shop/trips/actions/runs/8812/attempts/2',
  runner: 'self-hosted',
  issuedAt: FIXTURE_NOW,
  expiresAt: later(10),
};
const RULE: MachineRule = {
  id: 'vms',
  repositories: [],
  cloud: 'azure',
  authority: 'ca:azure',
  timestamps: 'tsa:time',
  subscriptions: [SUBSCRIPTION],
};

interface Change {
  readonly job?: Partial<BuildJob>;
  readonly machine?: MachineChange;
  readonly at?: Instant;
  /** What is stamped in place of the parts. */
  readonly stamped?: Uint8Array;
}

function state({ job, machine = {}, at = later(2), stamped }: Change = {}): RunnerStatement {
  const document = cloud.document(IMAGE, machine);
  const parts = { job: { ...JOB, ...job }, cloud: 'azure' as const, document };
  return { ...parts, timestamp: stamper.stamp(stamped ?? encodeRunnerParts(IMAGE, parts), at) };
}

function judge(statement: RunnerStatement, rule: MachineRule = RULE, subject = IMAGE) {
  const authorities = parseCertificates(Buffer.from(cloud.authoritiesPem));
  const stampers = parseCertificates(Buffer.from(stamper.rootPem));
  const proven = verifyRunner(statement, subject, { rule, authorities, stampers });
  const show = ({ job, machine, time }: typeof proven) => [job, machine, time].map(describeResult);
  return { proven, parts: show(proven).join(' ') };
}
const describeResult = (one: Result<unknown>): string => (one.ok ? 'ok' : 'no');

describe('B7 X5: a statement of a runner', () => {
  it('binds image, job, machine and time; each part is known', () => {
    const { proven, parts } = judge(state());
    expect(parts).toBe('ok ok ok');
    expect(orThrow(proven.machine)).toEqual({
      ...{ cloud: 'azure', id: VM, subscription: SUBSCRIPTION, allowed: true },
    });
    expect(orThrow(proven.job)).toEqual(JOB);
    expect(orThrow(proven.time)).toEqual({ earliest: later(2), latest: later(2) });
  });

  it('of a subscription that is not allowed says so, and is not called unknown', () => {
    const other = { ...RULE, subscriptions: ['9d10da13-8125-4ba9-a717-bf7490507b3d'] };
    expect(judge(state(), other).proven.machine).toMatchObject({ value: { allowed: false } });
  });

  it.each<readonly [string, Change, string]>([
    ['about another image', { stamped: encodeRunnerParts(sha256('other'), state()) }, 'no no no'],
    ['of another job', { stamped: encodeRunnerParts(IMAGE, otherJob()) }, 'no no no'],
    ['of a token that had ended', { at: later(16) }, 'no ok ok'],
    ['of a token that had not begun', { at: later(-6), machine: { at: later(-7) } }, 'no ok ok'],
    ['of a machine document that had ended', { machine: { until: later(1) } }, 'ok no ok'],
    ['of one that had not begun', { machine: { at: later(8) } }, 'ok no ok'],
    ['of a machine for another image', { machine: { nonce: 'b'.repeat(32) } }, 'ok no ok'],
    ['by an authority that had ended', { at: later(600_000), machine: END }, 'no no no'],
  ])('%s does not prove that part', (_, change, parts) => {
    expect(judge(state(change)).parts).toBe(parts);
    expect(judge(state()).parts).toBe('ok ok ok');
  });

  it('is not moved to another image, cloud, or job', () => {
    const good = state();
    expect(judge(good, RULE, sha256('other')).parts).toBe('no no no');
    expect(judge(good, { ...RULE, cloud: 'azure-us' }).parts).toBe('ok no ok');
    const { job } = otherJob();
    expect(judge({ ...good, job }).parts).toBe('no no no');
  });

  it('by a certificate of the cloud that had ended then does not count', () => {
    const ended = testCloud({ validUntil: later(1) });
    const parts = { job: JOB, cloud: 'azure' as const, document: ended.document(IMAGE) };
    const timestamp = stamper.stamp(encodeRunnerParts(IMAGE, parts), later(2));
    expect(judge({ ...parts, timestamp }).parts).toBe('ok no ok');
  });

  it('is read as it was written, and nothing else is read', () => {
    const good = state();
    const predicate = buildRunnerPredicate(good);
    expect(orThrow(parseRunnerPredicate(predicate))).toEqual({
      ...good,
      document: Buffer.from(good.document),
      timestamp: Buffer.from(good.timestamp),
    });
    const { job, machine } = predicate as { job: JsonObject; machine: JsonObject };
    for (const bad of [
      {},
      { ...predicate, job: { ...job, platform: 'jenkins' } },
      { ...predicate, job: { ...job, commit: 1 } },
      { ...predicate, job: { ...job, runner: 'mine' } },
      { ...predicate, job: { ...job, token: {} } },
      { ...predicate, machine: { ...machine, cloud: 'aws' } },
      { ...predicate, machine: { ...machine, document: 'AA' } },
      { ...predicate, timestamp: '' },
    ])
      expect(parseRunnerPredicate(bad as JsonObject).ok).toBe(false);
  });
});

const END: MachineChange = {};

function otherJob(): RunnerStatement {
  return { ...state(), job: { ...JOB, commit: 'b'.repeat(40) } };
}
