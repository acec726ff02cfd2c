import { describe, expect, it } from 'vitest';
import type { DeploymentRecord } from '../../capabilities/evidence/index.ts';
import type { Digest } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, orThrow } from '../../core/result.ts';
import { readSensorEvents } from './sensor-events.ts';
import { takeEvents } from './take-events.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const TIME = '2026-01-01T12:00:00Z';
const DIGEST = `sha256:${'1'.repeat(64)}` as Digest;

/** api/v1 of Tetragon: a TracingPolicy that kills what reads /etc/shadow. */
const TETRAGON = {
  process_kprobe: {
    process: {
      ...{ binary: '/usr/bin/cat', arguments: '/etc/shadow', start_time: TIME },
      pod: {
        ...{ namespace: 'shop', name: 'trips-5d9c7-x', workload: 'trips' },
        container: {
          name: 'app',
          image: { id: `r.example.com/trips@${DIGEST}`, name: 'r.example.com/trips:1' },
        },
      },
    },
    ...{ function_name: 'security_file_permission', action: 'KPROBE_ACTION_SIGKILL' },
    ...{ policy_name: 'read-shadow', message: 'Sensitive file', tags: ['severity:high'] },
  },
  node_name: 'n1',
  time: TIME,
};
const EXEC = { process_exec: { process: TETRAGON.process_kprobe.process }, time: TIME };
const TRIVY = {
  ...{ apiVersion: 'aquasecurity.github.io/v1alpha1', kind: 'VulnerabilityReport' },
  metadata: {
    name: 'replicaset-trips-5d9c7-app',
    labels: {
      ...{ 'trivy-operator.resource.kind': 'ReplicaSet', 'trivy-operator.container.name': 'app' },
      ...{
        'trivy-operator.resource.name': 'trips-5d9c7',
        'trivy-operator.resource.namespace': 'shop',
      },
    },
  },
  report: {
    artifact: { repository: 'trips', tag: '1', digest: DIGEST },
    registry: { server: 'r.example.com' },
    summary: { criticalCount: 0, highCount: 2, mediumCount: 1 },
    updateTimestamp: TIME,
    vulnerabilities: [{ vulnerabilityID: 'CVE-2026-1' }, { vulnerabilityID: 'CVE-2026-2' }],
  },
};
const audited = (more: object = {}) => ({
  ...{
    kind: 'Event',
    level: 'Metadata',
    auditID: 'a-1',
    stage: 'ResponseComplete',
    verb: 'create',
  },
  user: { username: 'dev' },
  objectRef: { resource: 'pods', namespace: 'shop', name: 'trips-5d9c7-x' },
  requestReceivedTimestamp: '2026-01-01T12:00:00.123456Z',
  annotations: {
    'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'admission.waybill.dev',
  },
  ...more,
});
const list = (...items: readonly object[]) => ({
  ...{ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items },
});

const read = (event: object) => readSensorEvents(Buffer.from(JSON.stringify(event)));
const only = (event: object) => orThrow(read(event)).events[0];

const OBSERVED: DeploymentRecord = {
  ...{ apiVersion: 'waybill.dev/v1', kind: 'Deployment', cluster: 'eu-1', region: 'west' },
  ...{ observedAt: toInstant(NOON - 60_000), leaseMs: 3_600_000 },
  workloads: ['trips', 'poi'].map((name) => ({
    ...{ namespace: 'shop', kind: 'Deployment', name },
    images: [
      {
        container: 'app',
        reference: `r.example.com/${name}:1`,
        digest: DIGEST,
        settings: ['privileged: true'],
      },
    ],
    pods: [{ name: `${name}-5d9c7-x`, node: 'n1' }],
  })),
};

const take = (...events: readonly object[]) => takeSeen(OBSERVED, events);
const takeSeen = async (seen: DeploymentRecord, events: readonly object[]) =>
  orThrow(
    await takeEvents(
      Buffer.from(events.map((one) => JSON.stringify(one)).join('\n')),
      { cluster: 'eu-1', now: toInstant(NOON + 60_000) },
      {
        seenAt: async () => ok([seen]),
        listFindings: async () => ok({ inventory: null, findings: [] } as never),
        known: async () => ok([]),
      },
    ),
  );

describe('O10: the events of a sensor', () => {
  it('Tetragon: a probe that a policy names is a violation, with pod, image and process', () => {
    expect(only(TETRAGON)).toMatchObject({
      ...{ rule: 'read-shadow', severity: 'high', namespace: 'shop', pod: 'trips-5d9c7-x' },
      ...{ container: 'app', process: '/usr/bin/cat /etc/shadow', host: 'n1', at: NOON },
      image: { reference: 'r.example.com/trips:1', digest: DIGEST },
      output: 'Sensitive file security_file_permission KPROBE_ACTION_SIGKILL',
    });
    expect(read(EXEC)).toEqual({ ok: true, value: { events: [], ignored: 1 } });
  });

  it('trivy-operator: a report is one violation with its worst severity, or none', () => {
    expect(only(TRIVY)).toMatchObject({
      ...{ rule: 'VulnerabilityReport', severity: 'high', namespace: 'shop', pod: null },
      ...{ workload: { kind: 'ReplicaSet', name: 'trips-5d9c7' }, container: 'app', at: NOON },
      output: '2 high, 1 medium: CVE-2026-1, CVE-2026-2',
      image: { reference: 'r.example.com/trips:1', digest: DIGEST },
    });
    expect(only({ verb: 'update', operatorObject: TRIVY })?.id).toBe(only(TRIVY)?.id);
    expect(orThrow(read({ verb: 'delete', operatorObject: TRIVY })).ignored).toBe(1);
    const clean = { ...TRIVY, report: { ...TRIVY.report, summary: { highCount: 0 } } };
    expect(orThrow(read(clean)).ignored).toBe(1);
  });

  it('G43: the audit log: what a webhook let through because it did not answer', () => {
    const [event] = orThrow(read(list(audited()))).events;
    expect(event).toMatchObject({
      ...{ rule: 'failed-open: admission.waybill.dev', severity: 'high', namespace: 'shop' },
      ...{ pod: 'trips-5d9c7-x', output: 'create pods trips-5d9c7-x by dev' },
    });
    const others = [
      audited({ annotations: {} }),
      audited({ stage: 'RequestReceived' }),
      audited({ annotations: { 'admission.waybill.dev/decision': 'deny' } }),
    ];
    expect(orThrow(read(list(...others)))).toEqual({ events: [], ignored: 3 });
    expect(only({ ...audited(), apiVersion: 'audit.k8s.io/v1' })?.id).toBe(event?.id);
  });

  it('a list may be long, one event may not', () => {
    const many = Array.from({ length: 2_000 }, (_, at) => audited({ auditID: `a-${at}` }));
    expect(JSON.stringify(list(...many)).length).toBeGreaterThan(LIMITS.runtimeEventBytesMax);
    expect(orThrow(read(list(...many))).events).toHaveLength(2_000);
    const output = 'x'.repeat(LIMITS.runtimeEventBytesMax);
    expect(read({ rule: 'r', output })).toMatchObject({ failure: { code: 'LIMIT_EXCEEDED' } });
  });
});

describe('O11, X6: a violation of any sensor', () => {
  it('is joined to the workload, and says which setting made it possible', async () => {
    const { violations } = await take(TETRAGON, TRIVY, list(audited()), EXEC);
    expect(violations.map(({ workload, image }) => [workload.kind, workload.name, image])).toEqual(
      Array.from({ length: 3 }, () => ['Deployment', 'trips', DIGEST]),
    );
    const facts = expect.arrayContaining(['privileged: true']);
    expect(violations[0]?.cause).toEqual({ kind: 'misconfiguration', facts });
  });

  it('C31: of unknown time, or of an unknown name, is joined to nothing', async () => {
    const { time: _, ...timeless } = TETRAGON;
    const labels = { ...TRIVY.metadata.labels, 'trivy-operator.resource.name': 'none' };
    const other = { ...TRIVY, metadata: { ...TRIVY.metadata, labels } };
    const pods = { ...TRIVY.metadata.labels, 'trivy-operator.resource.kind': 'StatefulSet' };
    const foreign = { ...TRIVY, metadata: { ...TRIVY.metadata, labels: pods } };
    const { violations } = await take(timeless, other, foreign);
    for (const one of violations) expect(one.unknown).toContain('workload');
    expect(violations.find(({ rule }) => rule === 'read-shadow')?.unknown).toContain('time');
  });

  it('C31: of what two workloads may have made is joined to none', async () => {
    const labels = { ...TRIVY.metadata.labels, 'trivy-operator.resource.kind': 'StatefulSet' };
    const made = await take({ ...TRIVY, metadata: { ...TRIVY.metadata, labels } });
    const [trips, poi] = OBSERVED.workloads;
    const twin = { ...trips, ...poi, pods: [{ name: 'trips-5d9c7-y', node: 'n1' }] } as const;
    const workloads = [...OBSERVED.workloads, { ...twin, name: 'twin' }] as never;
    const two = await takeSeen({ ...OBSERVED, workloads }, [TRIVY]);
    for (const { violations } of [made, two])
      expect(violations.map(({ unknown }) => unknown?.includes('workload'))).toEqual([true]);
  });

  it('says how many events broke no rule, and which lines are no events', async () => {
    const taken = await take(EXEC, EXEC, { nothing: true }, TETRAGON);
    expect([taken.ignored, taken.broken.map(({ line }) => line)]).toEqual([2, [3]]);
  });
});
