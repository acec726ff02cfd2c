import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeploymentRecord,
  encodeRecord,
  parseRecord,
} from '../../capabilities/evidence/index.ts';
import type { Findings, GraphFinding } from '../../capabilities/graph/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant, type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { findCause } from '../../gates/audit/index.ts';
import { readSensorEvents } from './sensor-events.ts';
import {
  buildViolationEvidence,
  type EventBatch,
  type EventPorts,
  takeEvents,
} from './take-events.ts';

const NOON = toInstant(Date.UTC(2026, 0, 1, 12));
const HOUR_MS = 3_600_000;
const [ONE, TWO] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}` as Digest) as [
  Digest,
  Digest,
];
const at = (ms: number): string => formatInstant(toInstant(NOON + ms));

/** Events as Falco writes them (falco.org, outputs/formatting). */
function makeEvent(changes: object = {}, fields: object = {}): Record<string, unknown> {
  return {
    uuid: 'a9c1',
    output: '12:00:00.000000000: Critical Privilege escalation (user=root)',
    priority: 'Critical',
    rule: 'Launch Privileged Container',
    source: 'syscall',
    tags: ['container'],
    time: at(0),
    hostname: 'node-1',
    ...changes,
    output_fields: {
      'container.id': '1234567890ab',
      'container.image.repository': 'registry.example.com/shop/trips',
      'container.image.tag': '1.0',
      'container.name': 'app',
      'k8s.ns.name': 'shop',
      'k8s.pod.name': 'trips-5d4f9c-abcde',
      'proc.cmdline': 'sudo -s',
      ...fields,
    },
  };
}

function observed(
  images: DeploymentRecord['workloads'][number]['images'],
  more: Partial<DeploymentRecord> = {},
): DeploymentRecord {
  return {
    apiVersion: 'waybill.dev/v1',
    kind: 'Deployment',
    cluster: 'eu-1',
    region: 'eu-west',
    nodes: [{ name: 'node-1', uid: null, zone: 'eu-west-1a' }],
    observedAt: toInstant(NOON - HOUR_MS),
    leaseMs: 2 * HOUR_MS,
    workloads: [
      {
        namespace: 'shop',
        kind: 'Deployment',
        name: 'trips',
        images,
        pods: [{ name: 'trips-5d4f9c-abcde', node: 'node-1' }],
      },
    ],
    ...more,
  };
}

const running = (container: string, digest: Digest | null, settings: string[] = []) =>
  ({
    container,
    reference: 'registry.example.com/shop/trips:1.0',
    digest,
    kind: 'container',
    settings,
  }) as const;

const NONE: Findings = {
  inventory: 'complete',
  findings: [],
  claimed: [],
  notCovered: [],
  notCoveredMore: false,
  coverage: [],
  updatedAt: null,
  rejected: 0,
  next: null,
};

interface World {
  readonly seen: readonly DeploymentRecord[];
  readonly findings: Result<Findings>;
  readonly known: readonly string[];
  readonly asked: Instant[];
}

function makePorts({
  seen = [observed([running('app', ONE)])],
  findings = ok(NONE),
  known = [],
  asked = [],
}: Partial<World> = {}): EventPorts {
  return {
    seenAt: async (moment) => {
      asked.push(moment);
      return ok(seen);
    },
    listFindings: async () => findings,
    known: async (ids) => ok(ids.filter((id) => known.includes(id))),
  };
}

const CONTEXT = { cluster: 'eu-1', now: toInstant(NOON + 1_000) };
const take = (
  events: readonly (object | string)[],
  world: Partial<World> = {},
): Promise<Result<EventBatch>> =>
  takeEvents(
    Buffer.from(
      events.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n'),
    ),
    CONTEXT,
    makePorts(world),
  );

async function only(event: object, world: Partial<World> = {}) {
  const { violations } = orThrow(await take([event], world));
  expect(violations).toHaveLength(1);
  const [violation] = violations;
  if (violation === undefined) throw new Error('no violation');
  orThrow(parseRecord('violation', buildViolationEvidence(violation).body));
  return violation;
}

const finding = (severity: GraphFinding['severity'], id = 'CVE-2026-0001'): GraphFinding => ({
  ...{
    advisory: id,
    names: [id],
    title: null,
    link: '',
    severity,
    ...{ score: null, vector: null, severitySource: null },
    purl: 'pkg:deb/debian/zlib1g@1' as GraphFinding['purl'],
  },
  ...{ status: 'affected', fixed: ['2'], rule: 'range', evidence: [] },
});

describe('O10, X6: a runtime event', () => {
  it('is joined to workload, zone and image by what was observed when it happened', async () => {
    expect(await only(makeEvent())).toMatchObject({
      ...{ at: NOON, rule: 'Launch Privileged Container', severity: 'critical', image: ONE },
      workload: {
        cluster: 'eu-1',
        region: 'eu-west',
        namespace: 'shop',
        kind: 'Deployment',
        name: 'trips',
      },
      ...{
        pod: 'trips-5d4f9c-abcde',
        container: 'app',
        node: 'node-1',
        zone: 'eu-west-1a',
        process: 'sudo -s',
      },
      reference: 'registry.example.com/shop/trips:1.0',
    });
  });

  it('uses the digest that it names before all else, and names nothing unknown then', async () => {
    const told = await only(makeEvent({}, { 'container.image.digest': TWO }));
    expect([told.image, told.unknown]).toEqual([TWO, undefined]);
  });

  it.each(['<NA>', '', '  ', 'N/A', 'null', undefined, null, 7])(
    'G48: %o in the place of the pod leaves it unknown, without a guess',
    async (pod) => {
      const told = await only(makeEvent({}, { 'k8s.pod.name': pod }));
      expect(told).toMatchObject({
        workload: { kind: 'unknown', name: 'unknown', namespace: 'shop' },
        image: null,
      });
      expect(told.unknown).toEqual(['pod', 'workload', 'image']);
    },
  );

  it('is not joined to an image if two ran under the name of its container', async () => {
    const seen = [observed([running('app', ONE), running('app', TWO)])];
    const told = await only(makeEvent(), { seen });
    expect([told.image, told.unknown, told.workload.name]).toEqual([null, ['image'], 'trips']);
  });

  it('is not joined by an expired observation, or if two clusters have the pod', async () => {
    const old = observed([running('app', ONE)], { leaseMs: HOUR_MS });
    expect((await only(makeEvent(), { seen: [old] })).unknown).toEqual(['workload', 'image']);
    const held = observed([running('app', ONE)], { leaseMs: HOUR_MS + 1 });
    expect((await only(makeEvent(), { seen: [held] })).unknown).toBeUndefined();
    const twin = observed([running('app', TWO)], { region: 'us-east' });
    expect((await only(makeEvent(), { seen: [held, twin] })).unknown).toEqual([
      'workload',
      'image',
    ]);
  });

  it.each([
    ['1970', '1970-01-01T00:00:00Z'],
    ['the future', at(1_000 + LIMITS.clockSkewMs + 1_000)],
    ['no time', undefined],
    ['no moment', 'yesterday'],
  ])(
    'attack G48: with %s is kept with an unknown time, and joined to nothing by it',
    async (_, time) => {
      const asked: Instant[] = [];
      const told = await only(makeEvent({ time }), { asked });
      expect([told.unknown, told.image, asked]).toEqual([['time', 'workload', 'image'], null, []]);
    },
  );

  it('accepts a clock that is a little ahead', async () => {
    expect(
      (await only(makeEvent({ time: at(1_000 + LIMITS.clockSkewMs) }))).unknown,
    ).toBeUndefined();
  });

  it('without a time in RFC 3339 uses the nanoseconds of evt.time', async () => {
    expect((await only(makeEvent({ time: '<NA>' }, { 'evt.time': NOON * 1e6 }))).at).toBe(NOON);
  });
});

describe('O10: streams of events', () => {
  it('G48: the same event again, under any uuid, is one; a recorded one is not new', async () => {
    const taken = orThrow(
      await take([makeEvent(), makeEvent({ uuid: 'b' }), makeEvent({ time: at(1) })]),
    );
    expect([taken.violations.length, taken.replays]).toEqual([2, 1]);
    const known = taken.violations.map(({ id }) => id);
    const again = orThrow(await take([makeEvent(), makeEvent({ time: at(1) })], { known }));
    expect([again.violations, again.replays]).toEqual([[], 2]);
  });

  it('reports lines that are no event by number, and reads the other lines', async () => {
    const taken = orThrow(
      await take([
        makeEvent(),
        'Falco initialized',
        '',
        '{"rule":',
        '[1]',
        '{"priority":"Critical"}',
        makeEvent({ time: at(5) }),
      ]),
    );
    expect(taken.violations).toHaveLength(2);
    expect(taken.broken.map(({ line }) => line)).toEqual([2, 4, 5, 6]);
    const many = orThrow(await take(Array.from({ length: 150 }, () => 'no event')));
    expect([many.broken.length, many.brokenMore]).toEqual([100, 50]);
  });

  it('G49: keeps as many events of a flood as people can read, and counts the rest', async () => {
    const over = 7;
    const events = Array.from({ length: LIMITS.runtimeEventsKeptMax + over }, (_, index) =>
      makeEvent({ output: `event ${index}` }),
    );
    const taken = orThrow(await take([...events, makeEvent({ rule: 'Another' })]));
    expect(taken.violations).toHaveLength(LIMITS.runtimeEventsKeptMax + 2);
    const [flood, ...others] = taken.violations.filter(({ events: count }) => count !== undefined);
    expect([flood?.events, flood?.image, others]).toEqual([over, ONE, []]);
    const known = taken.violations.map(({ id }) => id);
    const again = orThrow(await take([...events, makeEvent({ rule: 'Another' })], { known }));
    expect([again.violations, again.replays]).toEqual([[], events.length + 1]);
  });

  it('counts a flood from ever new places by rule, without a place, above the limit', async () => {
    const over = 5;
    const events = Array.from({ length: LIMITS.runtimeEventsKeptTotalMax + over }, (_, index) =>
      makeEvent({}, { 'k8s.pod.name': `pod-${index}` }),
    );
    const taken = orThrow(await take(events));
    expect(taken.violations).toHaveLength(LIMITS.runtimeEventsKeptTotalMax + 1);
    const flood = taken.violations.at(-1);
    expect([flood?.events, flood?.image, flood?.workload.name]).toEqual([over, null, 'unknown']);
  });

  it('an event over its limit is a broken line; at the limit it is read', async () => {
    const pad = (bytes: number) => {
      const bare = JSON.stringify(makeEvent({ padding: '' })).length;
      return makeEvent({ padding: 'x'.repeat(bytes - bare) });
    };
    const taken = orThrow(
      await take([pad(LIMITS.runtimeEventBytesMax + 1), pad(LIMITS.runtimeEventBytesMax)]),
    );
    expect([taken.violations.length, taken.broken.map(({ why }) => why.code)]).toEqual([
      1,
      ['LIMIT_EXCEEDED'],
    ]);
  });

  it('a graph that cannot be asked is a failure, not an event without a join', async () => {
    const lost = failed(new Failure('STORE_LOCKED', 'held', 'wait'));
    expect((await take([makeEvent()], { findings: lost })).ok).toBe(false);
  });
});

describe('O11: decides between misconfiguration and vulnerability by the facts', () => {
  it.each([
    ['misconfiguration', ['privileged: true'], [finding('critical')]],
    ['misconfiguration', ['allowPrivilegeEscalation: not set'], []],
    ['vulnerability', [], [finding('critical')]],
    ['vulnerability', [], [finding('high')]],
    ['unknown', [], [finding('medium')]],
    ['unknown', [], []],
  ] as const)('%s: configured with %o, findings %o', (kind, settings, findings) => {
    const cause = findCause({ settings, findings });
    expect(cause.kind).toBe(kind);
    for (const setting of settings) expect(cause.facts).toContain(setting);
  });

  it('what is unknown is reported, and is no reason for either', () => {
    expect(findCause({ settings: null, findings: null })).toEqual({
      kind: 'unknown',
      facts: [
        'how the workload is configured is unknown: waybill watch',
        'the components of the image are unknown',
      ],
    });
    expect(findCause({ settings: null, findings: [finding('critical')] }).kind).toBe(
      'vulnerability',
    );
  });

  it('an image without an inventory has unknown findings, which is not none', async () => {
    const unknown = await only(makeEvent(), { findings: ok({ ...NONE, inventory: null }) });
    expect(unknown.cause?.facts).toContain('the components of the image are unknown');
    const told = await only(makeEvent(), {
      findings: ok({ ...NONE, findings: [finding('critical')] }),
    });
    expect(told.cause).toMatchObject({ kind: 'vulnerability' });
    expect(told.cause?.facts.join()).toContain(
      'CVE-2026-0001 (critical) in pkg:deb/debian/zlib1g@1, fixed in 2',
    );
  });
});

describe('for any output of Falco, reading it', () => {
  it('gives an event that can be recorded, or a Failure, and throws nothing', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .jsonValue({ maxDepth: 3 })
        .map((value) =>
          JSON.stringify(
            makeEvent(
              { time: value, priority: value },
              { 'k8s.ns.name': value, 'evt.time': value },
            ),
          ),
        ),
      fc
        .string({ unit: 'binary' })
        .map((text) =>
          JSON.stringify(makeEvent({ rule: text, output: text }, { 'k8s.pod.name': text })),
        ),
      fc.constant('{"rule":"\\ud800","output":"\\udfff","output_fields":{"\\ud800":"\\ud800"}}'),
    );
    const property = fc.asyncProperty(line, async (text) => {
      const event = readSensorEvents(Buffer.from(text));
      if (!event.ok) expect(event.failure).toBeInstanceOf(Failure);
      const taken = orThrow(await take([text.replaceAll('\n', ' ')]));
      for (const violation of taken.violations)
        orThrow(parseRecord('violation', encodeRecord('violation', violation)));
    });
    await fc.assert(property, { numRuns: 500 });
  });
});
