// docs/adr/0005-time-in-verdicts.md, through the desk that answers admissions
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeUnknownFact } from '../../src/capabilities/policy/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { sha256 } from '../../src/core/digest.ts';
import { Failure } from '../../src/core/failure.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { ok } from '../../src/core/result.ts';
import type { WorkloadRequest } from '../../src/gates/desk/index.ts';
import { FIXTURE_NOW, testKey } from '../support/certificates.ts';
import { DeskWorld, inNamespace, lenient, NEVER } from '../support/desk-world.ts';
import {
  attach,
  debianComponent,
  later,
  pinned,
  pushImage,
  REPOSITORY,
  sbomDocument,
  scanDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../support/evidence-world.ts';
import { HOUR_MS, shopPolicy } from '../support/policy-facts.ts';
import { regoAnswer, withRego } from '../support/rego.ts';
import { ADVISORIES, CRITICAL_TZDATA } from '../support/scene-advisories.ts';

const tzdata = debianComponent('tzdata');

const strict = shopPolicy({ unknownLicense: 'accept', scanAgeMax: '30m' });
const observing = shopPolicy({ unknownLicense: 'accept', mode: 'observe' });
const elsewhere = shopPolicy({
  unknownLicense: 'accept',
  allowedRegistries: ['other.example.com'],
});
/**
 * These rules also ask about evidence. Otherwise the name alone would decide, and no verdict would
 * be stored.
 */
const noLatest = shopPolicy(
  { unknownLicense: 'accept' },
  '  - id: no-latest\n    description: d\n    gates: { admission: deny }\n    require: ' +
    "signatures.size() > 9 || image.tag != 'latest'\n",
);
const notDefault = shopPolicy(
  { unknownLicense: 'accept' },
  '  - id: not-here\n    description: d\n    gates: { admission: deny }\n    require: ' +
    "signatures.size() > 9 || workload.namespace != 'default' && workload.name != 'cursed' && " +
    "workload.cluster == 'eu-1'\n",
);

let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

type Event =
  | { readonly kind: 'pass'; readonly ms: number }
  | {
      readonly kind: 'policy' | 'trust' | 'advisories' | 'problem' | 'hide' | 'show';
      readonly at: number;
    }
  | { readonly kind: 'told' }
  | { readonly kind: 'ask'; readonly where: WorkloadRequest; readonly tag: string | null };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('pass' as const),
    ms: fc.constantFrom(
      1,
      999,
      4_999,
      5_000,
      5_001,
      30_000,
      59_999,
      60_000,
      20 * HOUR_MS,
      -1,
      -HOUR_MS,
    ),
  }),
  fc.record({
    kind: fc.constantFrom(
      'policy' as const,
      'trust' as const,
      'advisories' as const,
      'problem' as const,
      'hide' as const,
      'show' as const,
    ),
    at: fc.nat(5),
  }),
  fc.constant({ kind: 'told' as const }),
  ...[1, 2, 3].map(() =>
    fc.record({
      kind: fc.constant('ask' as const),
      where: fc.constantFrom(
        inNamespace('shop'),
        inNamespace('default'),
        inNamespace('shop', { cluster: 'us-1' }),
        inNamespace('shop', { name: 'cursed', kind: 'Pod' }),
      ),
      tag: fc.constantFrom(null, '1.0', 'latest'),
    }),
  ),
);

describe('foundation 5: what the desk remembers', () => {
  it('never differs from a new decision, except for 60 s by evidence it cannot know', async () => {
    let [asked, admitted, allowedStale] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 4, maxLength: 20 }), async (events) => {
        const world = new DeskWorld(keys);
        const subject = await world.image();
        /** When the registry changed without a notice to the desk, by the monotonic clock. */
        let [elapsed, changedAt] = [0, Number.NEGATIVE_INFINITY];
        for (const happened of events) {
          if (happened.kind === 'ask') {
            const { where, tag } = happened;
            const image = pinned(subject, tag);
            const [cached, fresh] = [
              await world.desk.decide(image, 'admission', where, NEVER),
              await world.fresh().decide(image, 'admission', where, NEVER),
            ];
            asked += 1;
            if (fresh.verdict.decision === 'allow') admitted += 1;
            const { validUntil, decision } = cached.verdict;
            if (decision === 'allow' && validUntil !== null)
              expect(world.now).toBeLessThan(validUntil);
            expect(cached.refuses).toBe(
              decision !== 'allow' && world.policy.modes.admission === 'enforce',
            );
            if (elapsed - changedAt >= LIMITS.verdictCacheMs)
              expect(decision).toBe(fresh.verdict.decision);
            else if (decision !== fresh.verdict.decision) allowedStale += 1;
            continue;
          }
          if (happened.kind === 'pass') {
            world.pass(happened.ms);
            elapsed += Math.max(0, happened.ms);
            // The limit is on elapsed time. Evidence that was seen "later than now" is read again.
            if (happened.ms < 0)
              changedAt = Math.max(changedAt, elapsed - LIMITS.verdictCacheMs + 1);
          } else if (happened.kind === 'told') {
            world.desk.forget(subject.digest);
            changedAt = Number.NEGATIVE_INFINITY;
          } else if (await changeWorld(world, subject, happened)) changedAt = elapsed;
        }
      }),
      { numRuns: 40 },
    );
    expect(asked).toBeGreaterThan(100);
    expect(admitted).toBeGreaterThan(10);
    expect(allowedStale).toBeGreaterThanOrEqual(0);
  }, 120_000);

  /** Whether the registry changed. */
  async function changeWorld(
    world: DeskWorld,
    subject: Descriptor,
    { kind, at }: Exclude<Event, { kind: 'pass' | 'told' | 'ask' }>,
  ): Promise<boolean> {
    if (kind === 'policy') {
      world.policy = [lenient, strict, observing, elsewhere, noLatest, notDefault][at] ?? lenient;
      return false;
    }
    if (kind === 'trust') {
      world.trust = worldTrust(
        keys,
        at === 0 ? 'CN=nobody,O=Shop,ST=WA,C=US' : 'CN=release,O=Shop,ST=WA,C=US',
      );
      return false;
    }
    if (kind === 'advisories') {
      world.advisories = worldIndex(at === 0 ? [...ADVISORIES, CRITICAL_TZDATA] : ADVISORIES);
      return false;
    }
    if (kind === 'hide') world.registry.unreachable.add(`referrers ${subject.digest}`);
    if (kind === 'show') world.registry.unreachable.clear();
    if (kind === 'problem') {
      const scan = scanDocument(subject, FIXTURE_NOW, [
        [`CVE-2026-${7_000 + at}`, 'critical', 'tzdata'],
      ]);
      await attach(world.registry, subject, scan, keys.stranger);
    }
    return true;
  }

  it('A75: new evidence is seen after 60 s, or at once when the desk is notified', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    expect(await world.decide(pinned(subject))).toBe('allow');
    const scan = scanDocument(subject, FIXTURE_NOW, [['CVE-2026-7777', 'critical', 'tzdata']]);
    await attach(world.registry, subject, scan, keys.stranger);
    world.pass(LIMITS.verdictCacheMs - 1);
    expect(await world.decide(pinned(subject))).toBe('allow');
    world.pass(1);
    expect(await world.decide(pinned(subject))).toBe('deny');

    const told = new DeskWorld(keys);
    const other = await told.image();
    expect(await told.decide(pinned(other))).toBe('allow');
    await attach(told.registry, other, scan, keys.stranger);
    told.desk.forget(sha256('something else'));
    expect(await told.decide(pinned(other))).toBe('allow');
    told.desk.forget(other.digest);
    expect(await told.decide(pinned(other))).toBe('deny');
  });

  it('G35: a registry that failed is asked again after five seconds and not before', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    world.registry.unreachable.add(`referrers ${subject.digest}`);
    expect(await world.decide(pinned(subject))).toBe('undetermined');
    world.registry.unreachable.clear();
    world.pass(LIMITS.undeterminedCacheMs - 1);
    expect(await world.decide(pinned(subject))).toBe('undetermined');
    world.pass(1);
    expect(await world.decide(pinned(subject))).toBe('allow');
  });

  it('G35: so is a document that could not be fetched', async () => {
    const world = new DeskWorld(keys);
    const subject = pushImage(world.registry, 'trips');
    await signImage(world.registry, subject, keys.release);
    const [sbom] = await attach(world.registry, subject, sbomDocument([tzdata]), keys.release);
    await attach(world.registry, subject, scanDocument(subject, FIXTURE_NOW), keys.release);
    world.registry.unreachable.add(sbom?.blobs.at(-1)?.descriptor.digest ?? '');
    expect(await world.decide(pinned(subject))).toBe('undetermined');
    world.registry.unreachable.clear();
    world.pass(LIMITS.undeterminedCacheMs);
    expect(await world.decide(pinned(subject))).toBe('allow');
  });

  it('a certificate that expires ends the verdict in every namespace', async () => {
    const world = new DeskWorld(keys);
    const span = { validFrom: later(-HOUR_MS * 24 * 300), validUntil: later(10_000) };
    const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US', ...span });
    const subject = await world.image(key);
    expect(await world.decide(pinned(subject))).toBe('allow');
    world.pass(9_999);
    expect(await world.decide(pinned(subject), inNamespace('default'))).toBe('allow');
    world.pass(1_001);
    expect(await world.decide(pinned(subject))).toBe('deny');
    expect(await world.decide(pinned(subject), inNamespace('other'))).toBe('deny');
  });

  it('a clock that is set back does not extend a verdict', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    expect(await world.decide(pinned(subject))).toBe('allow');
    world.pass(-HOUR_MS / 2);
    expect(world.verified).toBe(1);
    await world.decide(pinned(subject));
    expect(world.verified).toBe(2);
  });

  it('G29: two tags of one digest share the evidence and not the verdict', async () => {
    const world = new DeskWorld(keys);
    world.policy = noLatest;
    const subject = await world.image();
    expect(await world.decide(pinned(subject, '1.0'))).toBe('allow');
    expect(await world.decide(pinned(subject, 'latest'))).toBe('deny');
    expect(await world.decide(pinned(subject, '1.0'))).toBe('allow');
    expect(world.verified).toBe(1);
    expect((await world.desk.decide(pinned(subject, '2'), 'admission', null, NEVER)).resolved).toBe(
      pinned(subject, '2'),
    );
  });

  it('G32: a verdict for one namespace, cluster or workload does not serve another', async () => {
    const world = new DeskWorld(keys);
    world.policy = notDefault;
    const image = pinned(await world.image());
    for (let round = 0; round < 2; round++) {
      expect(await world.decide(image)).toBe('allow');
      expect(await world.decide(image, inNamespace('default'))).toBe('deny');
      expect(await world.decide(image, inNamespace('shop', { name: 'cursed' }))).toBe('deny');
      expect(await world.decide(image, inNamespace('shop', { cluster: 'us-1' }))).toBe('deny');
    }
    expect(world.verified).toBe(1);
  });

  it('G32: a rule in Rego, which may read the workload, is asked for each workload', async () => {
    const world = new DeskWorld(keys);
    world.policy = withRego({ gate: 'admission', package: 'p' });
    const seen: unknown[] = [];
    world.rego = {
      listReads: async () => ok([]),
      evaluate: async (_, { input }) => {
        seen.push((input['facts'] as JsonObject)['workload']);
        return ok(regoAnswer(['r-in-rego', 'allow']));
      },
    };
    const image = pinned(await world.image());
    for (const name of ['one', 'two', 'one'])
      expect(await world.decide(image, inNamespace('shop', { name }))).toBe('allow');
    expect(seen).toMatchObject([{ name: 'one' }, { name: 'two' }]);
    world.rego = null;
    world.pass(2 * 60_000);
    expect(await world.decide(image, inNamespace('shop', { name: 'one' }))).toBe('undetermined');
  });

  it('X4: advisories are matched again once for many askers, without the registry', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    expect(await world.decide(pinned(subject))).toBe('allow');
    const before = world.registry.requests;
    const index = worldIndex([...ADVISORIES, CRITICAL_TZDATA]);
    let lookups = 0;
    const find = (ecosystem: string, name: string) => {
      lookups += 1;
      return index.find(ecosystem, name);
    };
    world.advisories = { ...index, find };
    const all = await Promise.all(Array.from({ length: 20 }, () => world.decide(pinned(subject))));
    expect(new Set(all)).toEqual(new Set(['deny']));
    expect(world.registry.requests).toBe(before);
    expect(lookups).toBeLessThanOrEqual(2);
    expect(world.verified).toBe(1);
  });

  it('G40: a dry run decides, records nothing, and the next request is recorded', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    expect(await world.decide(pinned(subject), inNamespace('shop', { dryRun: true }))).toBe(
      'allow',
    );
    expect(world.decided).toEqual([]);
    expect(await world.decide(pinned(subject))).toBe('allow');
    expect(world.decided).toHaveLength(1);
  });
});

describe('attack G36: one gathering for many', () => {
  it('an asker that gives up does not fail the others, which may use other tags', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    world.registry.pause = () => gate;
    const leader = new AbortController();
    const first = world.desk.decide(pinned(subject), 'admission', null, leader.signal);
    const second = world.desk.decide(pinned(subject), 'admission', null, NEVER);
    leader.abort(new Error('gone'));
    go();
    expect((await second).verdict.decision).toBe('allow');
    expect((await first).verdict.decision).toBe('allow');
    expect(world.verified).toBe(1);
  });

  it('evidence that arrives during a gathering is seen by later and waiting askers', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const list = world.registry.referrers.bind(world.registry);
    let lists = 0;
    world.registry.referrers = async (...asked) => {
      const answer = await list(...asked);
      if (lists++ === 0) await gate;
      return answer;
    };
    const waiting = world.decide(pinned(subject));
    while (lists === 0) await new Promise((resolve) => setImmediate(resolve));
    const scan = scanDocument(subject, FIXTURE_NOW, [['CVE-2026-7777', 'critical', 'tzdata']]);
    await attach(world.registry, subject, scan, keys.stranger);
    world.desk.forget(subject.digest);
    go();
    expect(await waiting).toBe('deny');
    expect(await world.decide(pinned(subject))).toBe('deny');
  });

  it('a silent registry or graph ends at the deadline; the next request starts anew', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    const late = new AbortController();
    world.deadline = () => late.signal;
    world.registry.pause = () => new Promise(() => undefined);
    const hanging = world.desk.decide(pinned(subject), 'admission', null, NEVER);
    await new Promise((resolve) => setImmediate(resolve));
    late.abort();
    expect((await hanging).cause?.code).toBe('DEADLINE_EXCEEDED');
    world.deadline = () => NEVER;
    world.registry.pause = async () => undefined;
    expect(await world.decide(pinned(subject))).toBe('allow');

    world.desk.forget(subject.digest);
    const stuck = new AbortController();
    world.deadline = () => stuck.signal;
    world.graph = () => new Promise(() => undefined);
    const second = world.desk.decide(pinned(subject), 'admission', null, NEVER);
    setTimeout(() => stuck.abort(), 20);
    expect((await second).cause?.code).toBe('DEADLINE_EXCEEDED');
    world.deadline = () => NEVER;
    const lost = makeUnknownFact(new Failure('STORE_LOCKED', 'x', 'x'));
    world.graph = async () => ({ release: lost, exposures: [] });
    expect(await world.decide(pinned(subject))).toBe('allow');
  });

  it('any exception of a port makes the image undetermined', async () => {
    const world = new DeskWorld(keys);
    const subject = await world.image();
    world.registry.pause = () => Promise.reject(new TypeError('a defect'));
    const verdict = await world.desk.decide(pinned(subject), 'admission', null, NEVER);
    expect(verdict).toMatchObject({
      refuses: true,
      verdict: { decision: 'undetermined' },
      cause: { code: 'INTERNAL' },
    });
    world.registry.pause = async () => undefined;
    expect(await world.decide(pinned(subject))).toBe('allow');
  });

  it('the memory is bounded: large documents replace older ones or are not kept', async () => {
    const world = new DeskWorld(keys);
    const [one, other] = [await world.image(), pushImage(world.registry, 'other')];
    expect(await world.decide(pinned(one))).toBe('allow');
    await world.decide(pinned(one));
    expect(world.verified).toBe(1);
    const sbom = sbomDocument([tzdata]);
    const large = { ...sbom, bytes: Buffer.alloc(LIMITS.evidenceCacheBytesMax) };
    const blobBytes = world.registry.blobBytes.bind(world.registry);
    // Reading so much takes seconds. Only its size matters here.
    world.registry.blobBytes = async (repository, descriptor, bytesMax) =>
      descriptor.size === large.bytes.length
        ? ok(sbom.bytes)
        : blobBytes(repository, descriptor, bytesMax);
    await attach(world.registry, other, large, keys.release);
    await world.decide(pinned(other));
    await world.decide(pinned(other));
    expect(world.verified).toBe(3);
    await world.decide(pinned(one));
    expect(world.verified).toBe(3);
  });

  it('truth B1: what is stale makes room first, before more is read', async () => {
    const world = new DeskWorld(keys);
    const sbom = sbomDocument([tzdata]);
    const large = { ...sbom, bytes: Buffer.alloc(Math.ceil(LIMITS.evidenceCacheBytesMax * 0.4)) };
    const blobBytes = world.registry.blobBytes.bind(world.registry);
    world.registry.blobBytes = async (repository, descriptor, bytesMax) =>
      descriptor.size === large.bytes.length
        ? ok(sbom.bytes)
        : blobBytes(repository, descriptor, bytesMax);
    const publish = async (name: string): Promise<Descriptor> => {
      const subject = pushImage(world.registry, name);
      await attach(world.registry, subject, large, keys.release);
      return subject;
    };
    const [kept, gap, third] = [await publish('kept'), await publish('gap'), await publish('3')];
    const scan = scanDocument(gap, FIXTURE_NOW);
    const [attached] = await attach(world.registry, gap, scan, keys.release);
    world.registry.unreachable.add(attached?.blobs.at(-1)?.descriptor.digest ?? '');
    await world.decide(pinned(kept));
    await world.decide(pinned(gap));
    world.pass(LIMITS.undeterminedCacheMs);
    await world.decide(pinned(third));
    expect(world.verified).toBe(3);
    await world.decide(pinned(kept), inNamespace('other'));
    expect(world.verified).toBe(3);
  });

  it('truth B5: what cannot be kept is undetermined, and is not remembered', async () => {
    const world = new DeskWorld(keys);
    const image = pinned(await world.image());
    const { keep } = world;
    world.keep = () => Promise.reject(new Failure('DISK_FULL', 'the disk is full', 'Free some.'));
    for (const _ of [1, 2]) expect(await world.decide(image)).toBe('undetermined');
    world.policy = observing;
    const { refuses } = await world.desk.decide(image, 'admission', inNamespace('shop'), NEVER);
    expect(refuses).toBe(false);
    [world.policy, world.keep] = [lenient, keep];
    expect(await world.decide(image)).toBe('allow');
  });

  it('a name that is not a reference is undetermined, on one line', async () => {
    const verdict = await new DeskWorld(keys).desk.decide(
      `${REPOSITORY}\nallow`,
      'admission',
      null,
      NEVER,
    );
    expect(verdict).toMatchObject({
      resolved: `${REPOSITORY} allow`,
      verdict: { decision: 'undetermined' },
    });
  });
});
