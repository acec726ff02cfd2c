import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  artifact,
  cleanFacts,
  finding,
  HOUR_MS,
  LOST,
  NOON,
  shopPolicy,
  signature,
} from '../../../test/support/policy-facts.ts';
import { parseRecord } from '../../capabilities/evidence/index.ts';
import type {
  DeploymentAnswer,
  EstateImage,
  RecordedAudit,
} from '../../capabilities/graph/index.ts';
import {
  evaluate,
  type Facts,
  makePartialList,
  makeUnknownFact,
} from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { type AuditedImage, type AuditPorts, auditImage } from './audit.ts';
import type { Change } from './audit-changes.ts';
import { buildAuditEvidence, buildAuditFacts } from './audit-evidence.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest;
const OTHER = `sha256:${'b'.repeat(64)}` as Digest;

function runningAt(
  name: string,
  reference = 'registry.example.com/shop/trips:1.4',
  cluster = 'eu-1',
): DeploymentAnswer {
  return {
    ...{
      cluster,
      region: 'eu-west',
      namespace: 'shop',
      workload: { kind: 'Deployment', name, container: 'app' },
    },
    ...{ image: DIGEST, reference, from: NOON, until: NOON, open: true, evidence: [] },
  } as unknown as DeploymentAnswer;
}

function makeImage(deployments: readonly DeploymentAnswer[] = []): EstateImage {
  const reference = `registry.example.com/shop/trips:1.4@${DIGEST}`;
  const released = { reference, references: [], release: null };
  return { digest: DIGEST, ...released, deployments, deploymentsMore: false };
}

type ExaminationResult = Result<{ readonly facts: Facts; readonly validUntil: Instant | null }>;

function makePorts(facts: Facts = cleanFacts(), changes: Partial<AuditPorts> = {}): AuditPorts {
  const trust = { revision: 1, digest: DIGEST };
  return {
    policy: shopPolicy(),
    trust,
    advisories: { version: 'one', updatedAt: NOON },
    advisoriesFact: { source: 'imported', updatedAt: NOON },
    now: NOON,
    refuseByName: () => null,
    examine: async (): Promise<ExaminationResult> => ok({ facts, validUntil: null }),
    resolveTag: async () => ok(DIGEST),
    ...changes,
  };
}

/** The decision as the log stores it. */
const recorded = (audited: AuditedImage, hasFacts = true): RecordedAudit => ({
  ...orThrow(parseRecord('decision', buildAuditEvidence(audited, NOON).body)),
  hasFacts,
});

async function audit(
  ports: AuditPorts,
  before: readonly RecordedAudit[] = [],
  image = makeImage(),
): Promise<AuditedImage> {
  const [audited] = await auditImage(image, before, ports);
  if (audited === undefined) throw new Error('nothing was audited');
  return audited;
}

/** What changed between the first world and the second. */
async function changesBetween(first: AuditPorts, second: AuditPorts): Promise<readonly Change[]> {
  return (await audit(second, [recorded(await audit(first))])).changes;
}

const toText = (changes: readonly Change[]): string => JSON.stringify(changes);

describe('O2, O6: the audit of an image', () => {
  it('truth B2: an image that breaks its examination is one undetermined line', async () => {
    const broken = makePorts(cleanFacts(), {
      examine: () => Promise.reject(new TypeError('not a function')),
    });
    const audited = await audit(broken, [], makeImage([runningAt('one')]));
    expect(audited).toMatchObject({ decision: 'undetermined', place: { name: 'one' } });
    expect(JSON.stringify(audited.results)).toContain('not a function');
    const facts = { ...cleanFacts() };
    Object.defineProperty(facts, 'findings', {
      enumerable: true,
      get: () => {
        throw new TypeError('not a list');
      },
    });
    const judged = await audit(makePorts(facts), [], makeImage([runningAt('one')]));
    expect(judged.decision).toBe('undetermined');
    expect((await audit(makePorts(), [], makeImage([runningAt('one')]))).decision).toBe('allow');
  });

  it('truth A15: knows how old the advisories are when no registry answers', async () => {
    const examine: AuditPorts['examine'] = async () => failed(LOST);
    const find = async (changes: Partial<AuditPorts>) => {
      const { results } = await audit(makePorts(cleanFacts(), { examine, ...changes }));
      return results.find(({ rule }) => rule === 'advisories-current');
    };
    expect(await find({})).toMatchObject({ outcome: 'holds' });
    const old = { source: 'imported', updatedAt: toInstant(0) } as const;
    expect(await find({ advisoriesFact: old })).toMatchObject({
      outcome: 'broken',
      fix: 'Import current advisories: waybill advisories import.',
    });
  });

  it('is the verdict of the policy at each place where the image runs, or at none', async () => {
    const places = await auditImage(
      makeImage([runningAt('a'), runningAt('b'), runningAt('a')]),
      [],
      makePorts(),
    );
    expect(places.map(({ place, decision }) => [place?.name, decision])).toEqual([
      ['a', 'allow'],
      ['b', 'allow'],
    ]);
    expect((await auditImage(makeImage(), [], makePorts())).map(({ place }) => place)).toEqual([
      null,
    ]);
  });

  it('asks about a running image by the name in the workload, once for each name', async () => {
    const asked: string[] = [];
    const examine: AuditPorts['examine'] = async ({ registry }) => {
      asked.push(registry);
      return ok({ facts: cleanFacts(), validUntil: null });
    };
    const mirror = 'mirror.example.com/shop/trips:1.4';
    await auditImage(
      makeImage([runningAt('a'), runningAt('b'), runningAt('c', mirror)]),
      [],
      makePorts(cleanFacts(), { examine }),
    );
    expect(asked).toEqual(['registry.example.com', 'mirror.example.com']);
  });

  it('X2: gives the results that admission gives for equal facts, known or unknown', async () => {
    const unknown = makeUnknownFact(LOST);
    const values: Readonly<Record<string, readonly unknown[]>> = {
      findings: [[], [finding({ severity: 'critical' })], unknown, makePartialList([], LOST)],
      signatures: [[signature()], [], unknown, [signature({ trusted: unknown })]],
      sbom: [cleanFacts().sbom, unknown],
      advisories: [cleanFacts().advisories, unknown],
    };
    const facts = fc.record(
      Object.fromEntries(
        Object.entries(values).map(([name, all]) => [name, fc.constantFrom(...all)]),
      ),
    );
    await fc.assert(
      fc.asyncProperty(facts, async (changes) => {
        const given = cleanFacts(changes as Partial<Facts>);
        const audited = await audit(makePorts(given));
        const admission = evaluate(shopPolicy(), {
          gate: 'admission',
          facts: given,
          now: NOON,
        }).verdict;
        const outcomes = new Map(audited.results.map(({ rule, outcome }) => [rule, outcome]));
        for (const { rule, outcome } of admission.results)
          expect([rule, outcomes.get(rule)]).toEqual([rule, outcome]);
        const enforced = audited.results.filter(({ action }) => action === 'deny');
        if (audited.decision === 'allow')
          expect(enforced.every(({ outcome }) => outcome === 'holds')).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('evidence that cannot be read leaves it undetermined, never as it was', async () => {
    const first = recorded(await audit(makePorts()));
    const lost = await audit(makePorts(undefined, { examine: async () => failed(LOST) }), [first]);
    expect(lost.decision).toBe('undetermined');
    expect(toText(lost.changes)).toContain('the registry did not answer');
    const back = await audit(makePorts(), [recorded(lost)]);
    expect([back.decision, toText(back.changes)]).toEqual([
      'allow',
      expect.stringContaining('is known again'),
    ]);
  });

  it('an invalid reference, or a tag to nothing, is unknown and stops no audit', async () => {
    const odd = await audit(makePorts(), [], { ...makeImage(), reference: 'NO REFERENCE' });
    expect(odd.decision).toBe('undetermined');
    const tagless = await audit(makePorts(undefined, { resolveTag: async () => failed(LOST) }));
    expect([tagless.decision, tagless.basis.tagDigest]).toEqual(['allow', null]);
  });

  it('asks no registry about an image that its name alone refuses', async () => {
    const policy = shopPolicy({ allowedRegistries: ['another.example.com'] });
    const refused = evaluate(policy, { gate: 'audit', facts: cleanFacts(), now: NOON });
    const examine = () => Promise.reject(new Error('asked'));
    const audited = await audit(
      makePorts(undefined, { policy, refuseByName: () => refused, examine }),
    );
    expect(audited.decision).toBe('deny');
  });
});

describe('O2: what changed since the last audit, and why', () => {
  it('no difference is not recorded; the first audit is recorded and has no changes', async () => {
    const first = await audit(makePorts());
    expect([first.isNews, first.changes, first.previousAt]).toEqual([true, [], null]);
    const again = await audit(makePorts(), [recorded(first)]);
    expect([again.isNews, again.changes, again.previousAt]).toEqual([false, [], NOON]);
  });

  it('O4, O7: names a new advisory with its component, and one that is gone', async () => {
    const bad = makePorts(cleanFacts({ findings: [finding({ severity: 'critical' })] }), {
      advisories: { version: 'two', updatedAt: NOON },
    });
    const clean = makePorts(cleanFacts({ findings: [] }));
    const came = await changesBetween(clean, bad);
    expect(came.map(({ kind }) => kind)).toEqual(['decision', 'rule', 'finding']);
    expect(toText(came)).toContain('new: CVE-2024-0001 (critical) in pkg:npm/left@1.0.0');
    expect(toText(await changesBetween(bad, clean))).toContain(
      'CVE-2024-0001 in pkg:npm/left@1.0.0 does not apply any more',
    );
  });

  it('O4: reports a finding that is now more severe', async () => {
    const rated = (severity: 'low' | 'critical') =>
      makePorts(cleanFacts({ findings: [finding({ severity })] }));
    const changes = await changesBetween(rated('low'), rated('critical'));
    expect(toText(changes)).toContain(
      'CVE-2024-0001 in pkg:npm/left@1.0.0 was low and is critical',
    );
  });

  it('a finding that could not be looked up has not gone away', async () => {
    const low = cleanFacts({ findings: [finding({ severity: 'low' })] });
    const blind = makePorts(cleanFacts({ findings: makeUnknownFact(LOST) }));
    expect(
      (await changesBetween(makePorts(low), blind)).some(({ kind }) => kind === 'finding'),
    ).toBe(false);
  });

  it('an expired signature is reported with the moment until which it held', async () => {
    const until = toInstant(NOON + HOUR_MS);
    const first = makePorts(undefined, {
      examine: async () => ok({ facts: cleanFacts(), validUntil: until }),
    });
    const lapsed = cleanFacts({
      signatures: [signature({ trusted: false, reason: 'its certificate expired' })],
    });
    const changes = await changesBetween(
      first,
      makePorts(lapsed, { now: toInstant(NOON + 2 * HOUR_MS) }),
    );
    expect(toText(changes)).toContain(
      'time passed: the last decision held until 2026-11-22T13:00:00Z',
    );
  });

  it('a change of the trust document or of the policy is reported with the revisions', async () => {
    const gone = cleanFacts({
      signatures: [signature({ trusted: false, reason: 'nobody trusts it' })],
    });
    const trust = await changesBetween(
      makePorts(),
      makePorts(gone, { trust: { revision: 2, digest: OTHER } }),
    );
    expect(toText(trust)).toContain('trust changed: revision 1 then, 2 now');
    const strict = shopPolicy({ allowedRegistries: ['another.example.com'] });
    const policy = await changesBetween(makePorts(), makePorts(undefined, { policy: strict }));
    expect(toText(policy)).toContain('policy changed');
  });

  it('evidence that disappeared for another reason is reported as such', async () => {
    expect(
      toText(await changesBetween(makePorts(), makePorts(cleanFacts({ signatures: [] })))),
    ).toContain('attached to the image has changed');
  });

  it('a moved tag is reported; a tag that could not be resolved is not', async () => {
    const moved = await changesBetween(
      makePorts(),
      makePorts(undefined, { resolveTag: async () => ok(OTHER) }),
    );
    expect(moved).toEqual([{ kind: 'tag', from: DIGEST, to: OTHER }]);
    const lost = new Failure('REGISTRY_UNREACHABLE', 'no', 'wait');
    expect(
      await changesBetween(
        makePorts(),
        makePorts(undefined, { resolveTag: async () => failed(lost) }),
      ),
    ).toEqual([]);
  });

  it('is compared with the last audit of the same place, not of another place', async () => {
    const there = recorded(
      await audit(
        makePorts(cleanFacts({ signatures: [] })),
        [],
        makeImage([runningAt('a', undefined, 'us-1')]),
      ),
    );
    const here = await audit(makePorts(), [there], makeImage([runningAt('a')]));
    expect([here.previousAt, here.changes]).toEqual([null, []]);
    const nowhere = await audit(makePorts(), [there]);
    expect([nowhere.previousAt, nowhere.changes]).toEqual([null, []]);
    const since = recorded(await audit(makePorts(cleanFacts({ signatures: [] }))));
    expect((await audit(makePorts(), [since], makeImage([runningAt('a')]))).previousAt).toBeNull();
  });
});

describe('truth A15: the facts of an audit are recorded, so that what-if can use them', () => {
  it('once: an audit without news records nothing, unless facts are missing', async () => {
    const first = await audit(makePorts());
    expect([first.isNews, first.lacksFacts]).toEqual([true, true]);
    const again = await audit(makePorts(), [recorded(first)]);
    expect([again.isNews, again.lacksFacts]).toEqual([false, false]);
    const lost = await audit(makePorts(), [recorded(first, false)]);
    expect([lost.isNews, lost.lacksFacts]).toEqual([false, true]);
    const facts = buildAuditFacts(first, { bytes: 0 }) ?? [];
    expect(facts.map(({ subject }) => subject)).toContain(first.evaluation.record.facts);
  });

  it('truth B4: strangers do not choose how much', async () => {
    const stranger = artifact('sbom', { trusted: false });
    const facts = (characters: number) =>
      cleanFacts({ artifacts: [{ ...stranger, reason: 'x'.repeat(characters) }] });
    const make = async (characters: number, bytes: number) =>
      buildAuditFacts(await audit(makePorts(facts(characters))), { bytes });
    const enough = LIMITS.factsOfUnsignedPerHourBytesMax;
    expect(await make(10, enough)).not.toBeNull();
    expect(await make(10, 100)).toBeNull();
    expect(await make(LIMITS.factsOfUnsignedBytesMax, enough)).toBeNull();
    const trusted = await audit(makePorts(cleanFacts({ artifacts: [artifact('sbom')] })));
    expect(buildAuditFacts(trusted, { bytes: 0 })).not.toBeNull();
  });
});
