import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Instant } from '../../core/instant.ts';
import type { AuditSummary } from './jobs/audit-summary.ts';
import type { KeyStanding } from './key-watch.ts';

type AuditCounts = Pick<AuditSummary, 'counts' | 'undigested'>;

export interface Metrics {
  readonly reviewed: (decision: string, seconds: number) => void;
  readonly cached: (hit: boolean) => void;
  readonly verified: () => void;
  readonly positions: (logged: number) => void;
  /** One question of the graph, by its name in the table, and its duration. */
  readonly asked: (question: string, seconds: number) => void;
  /** One audit: its counts by decision, or null if it failed, and its duration. */
  /** Null: the audit failed. */
  readonly audited: (counts: AuditCounts | null, seconds: number) => void;
  /** One run of scans, or null if it failed, and its duration. */
  readonly rescanned: (
    summary: {
      readonly images: number;
      readonly failed: number;
      readonly newFindings: number;
    } | null,
    seconds: number,
  ) => void;
  /** One scheduled update of the advisories. */
  readonly updated: (isWhole: boolean) => void;
  /** One scheduled pull of the policy. */
  readonly policyPulled: (isConfirmed: boolean) => void;
  readonly text: () => Promise<string>;
}

/**
 * Prometheus metrics of one server; names follow prometheus.io/docs/practices/naming. `dataAge`
 * gives the age of the oldest advisory feed, or null; `trustEnds` when trusted certificates end;
 * `keys` what is known of our own.
 */
export function createMetrics(
  dataAge: () => Promise<Instant | null> = async () => null,
  trustEnds: () => Promise<readonly TrustEnd[]> = async () => [],
  keys: () => Promise<readonly KeyStanding[]> = async () => [],
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const duration = new Histogram({
    name: 'waybill_admission_duration_seconds',
    help: 'Time from receipt of an AdmissionReview to its answer, by decision.',
    labelNames: ['decision'],
    buckets,
    registers,
  });
  const cache = new Counter({
    name: 'waybill_verdict_cache_total',
    help: 'Verdict cache lookups.',
    labelNames: ['outcome'],
    registers,
  });
  const verifications = new Counter({
    name: 'waybill_image_verifications_total',
    help: 'Images whose evidence was gathered and verified.',
    registers,
  });
  const position = new Gauge({
    name: 'waybill_evidence_log_position',
    help: 'Last position of the evidence log.',
    registers,
  });
  const asked = new Histogram({
    name: 'waybill_question_duration_seconds',
    help: 'Time from a question of the graph to its answer, by question.',
    labelNames: ['question'],
    buckets,
    registers,
  });
  addTrustMetrics(registers, trustEnds);
  addKeyMetrics(registers, keys);
  const audited = createAuditMetrics(registers);
  const rescanned = createRescanMetrics(registers);
  const updated = createUpdateMetrics(registers, dataAge);
  return {
    audited,
    rescanned,
    updated,
    policyPulled: createPolicyMetrics(registers),
    reviewed: (decision, seconds) => duration.observe({ decision }, seconds),
    cached: (hit) => cache.inc({ outcome: hit ? 'hit' : 'miss' }),
    verified: () => verifications.inc(),
    asked: (question, seconds) => asked.observe({ question }, seconds),
    positions: (logged) => position.set(logged),
    text: () => registry.metrics(),
  };
}

/** When the first certificate of a trust store ends. */
export interface TrustEnd {
  readonly store: string;
  readonly endsAt: Instant;
}

/** Read at each request, so that a replaced certificate counts at once. */
function addTrustMetrics(
  registers: Registry[],
  trustEnds: () => Promise<readonly TrustEnd[]>,
): void {
  new Gauge({
    name: 'waybill_trusted_certificate_expiry_timestamp_seconds',
    help: 'Time when the first certificate of a trust store ends, by store.',
    labelNames: ['store'],
    registers,
    async collect() {
      const ends = await trustEnds();
      this.reset();
      for (const { store, endsAt } of ends) this.set({ store }, endsAt / 1_000);
    },
  });
}

function addKeyMetrics(registers: Registry[], keys: () => Promise<readonly KeyStanding[]>): void {
  new Gauge({
    name: 'waybill_key_certificate_expiry_timestamp_seconds',
    help: 'Time when the first certificate of the chain of a key ends, by key; bounded.',
    labelNames: ['key'],
    registers,
    async collect() {
      const standing = await keys();
      this.reset();
      for (const { name: key, endsAt } of standing) this.set({ key }, endsAt / 1_000);
    },
  });
  new Gauge({
    name: 'waybill_key_revocation_state',
    help: '1 for what is known of the revocation of a key, by key and state; bounded.',
    labelNames: ['key', 'state'],
    registers,
    async collect() {
      const standing = await keys();
      // A key has one state: the last one is not kept beside it.
      // mutant key-in-two-states by key-watch: remove
      this.reset();
      for (const { name: key, revocation: state } of standing) this.set({ key, state }, 1);
    },
  });
}

function createUpdateMetrics(
  registers: Registry[],
  dataAge: () => Promise<Instant | null>,
): Metrics['updated'] {
  new Gauge({
    name: 'waybill_advisories_data_timestamp_seconds',
    help: 'Age of the oldest advisory feed in force, as a time; absent if unknown.',
    registers,
    async collect() {
      const at = await dataAge();
      if (at === null) this.remove();
      else this.set(at / 1_000);
    },
  });
  const runs = new Counter({
    name: 'waybill_advisory_updates_total',
    help: 'Scheduled updates of the advisories, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const last = new Gauge({
    name: 'waybill_advisory_update_last_success_timestamp_seconds',
    help: 'Time when the last update ended in which no ecosystem failed.',
    registers,
  });
  return (isWhole) => {
    runs.inc({ outcome: isWhole ? 'done' : 'failed' });
    if (isWhole) last.setToCurrentTime();
  };
}

function createPolicyMetrics(registers: Registry[]): Metrics['policyPulled'] {
  const runs = new Counter({
    name: 'waybill_policy_pulls_total',
    help: 'Scheduled pulls of the policy, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const last = new Gauge({
    name: 'waybill_policy_confirmed_timestamp_seconds',
    help: 'Time when the newest revision of every layer of the policy was last confirmed.',
    registers,
  });
  return (isConfirmed) => {
    runs.inc({ outcome: isConfirmed ? 'done' : 'failed' });
    if (isConfirmed) last.setToCurrentTime();
  };
}

function createAuditMetrics(registers: Registry[]): Metrics['audited'] {
  const audits = new Counter({
    name: 'waybill_audits_total',
    help: 'Scheduled audits, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const images = new Gauge({
    name: 'waybill_audit_images',
    help: 'Images of the last audit, counted at each place where they run, by decision.',
    labelNames: ['decision'],
    registers,
  });
  const open = new Gauge({
    name: 'waybill_audit_undigested_containers',
    help: 'Running containers of the last audit of which no digest says what they run; bounded.',
    registers,
  });
  const duration = new Gauge({
    name: 'waybill_audit_duration_seconds',
    help: 'Duration of the last audit.',
    registers,
  });
  const last = new Gauge({
    name: 'waybill_audit_last_success_timestamp_seconds',
    help: 'Time when the last successful audit ended.',
    registers,
  });
  return (counts, seconds) => {
    audits.inc({ outcome: counts === null ? 'failed' : 'done' });
    duration.set(seconds);
    if (counts === null) return;
    for (const [decision, count] of Object.entries(counts.counts)) images.set({ decision }, count);
    open.set(counts.undigested);
    last.setToCurrentTime();
  };
}

function createRescanMetrics(registers: Registry[]): Metrics['rescanned'] {
  const runs = new Counter({
    name: 'waybill_rescans_total',
    help: 'Scheduled runs of scans of released images, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const images = new Gauge({
    name: 'waybill_rescan_images',
    help: 'Images of the last run of scans, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const news = new Gauge({
    name: 'waybill_rescan_new_findings',
    help: 'New findings of the last run of scans.',
    registers,
  });
  const duration = new Gauge({
    name: 'waybill_rescan_duration_seconds',
    help: 'Duration of the last run of scans.',
    registers,
  });
  const last = new Gauge({
    name: 'waybill_rescan_last_success_timestamp_seconds',
    help: 'Time when the last run of scans ended in which no image failed.',
    registers,
  });
  return (summary, seconds) => {
    runs.inc({ outcome: summary === null ? 'failed' : 'done' });
    duration.set(seconds);
    if (summary === null) return;
    images.set({ outcome: 'scanned' }, summary.images);
    images.set({ outcome: 'failed' }, summary.failed);
    news.set(summary.newFindings);
    if (summary.failed === 0) last.setToCurrentTime();
  };
}
