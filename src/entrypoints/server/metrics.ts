import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly reviewed: (decision: string, seconds: number) => void;
  readonly cached: (hit: boolean) => void;
  readonly verified: () => void;
  readonly positions: (logged: number) => void;
  readonly text: () => Promise<string>;
}

/** Prometheus metrics of one server; names follow prometheus.io/docs/practices/naming. */
export function createMetrics(): Metrics {
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
  return {
    reviewed: (decision, seconds) => duration.observe({ decision }, seconds),
    cached: (hit) => cache.inc({ outcome: hit ? 'hit' : 'miss' }),
    verified: () => verifications.inc(),
    positions: (logged) => position.set(logged),
    text: () => registry.metrics(),
  };
}
