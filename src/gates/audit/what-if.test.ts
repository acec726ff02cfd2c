import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  finding,
  HOUR_MS,
  NOON,
  policyText,
  ruleText,
  shopPolicy,
} from '../../../test/support/policy-facts.ts';
import { encodeRecord } from '../../capabilities/evidence/index.ts';
import type {
  JudgedSubject,
  JudgedSubjects,
  LastDecision,
  RunningAnswer,
} from '../../capabilities/graph/index.ts';
import { evaluate, type Facts, type Policy, parsePolicy } from '../../capabilities/policy/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import type { Gate } from '../../core/verdict.ts';
import { runWhatIf, type WhatIf, type WhatIfPorts } from './what-if.ts';

/** What ran and what was decided, in memory: facts by digest, decisions as they are recorded. */
const NO_CONTAINERS = {
  ...{ undigested: [], undigestedMore: false },
  ...{ observed: true, silent: [], silentMore: false },
};

class Estate {
  readonly #subjects: JudgedSubject[] = [];
  readonly #facts = new Map<Digest, Facts>();
  readonly #bodies = new Map<Digest, Uint8Array>();

  runs(
    name: string,
    facts: Facts | null,
    policy: Policy = shopPolicy(),
    { keepsFacts = true, gate = 'admission' }: { keepsFacts?: boolean; gate?: Gate } = {},
  ): this {
    const image = sha256(name);
    const place = {
      cluster: 'eu-1',
      namespace: 'shop',
      workload: { kind: 'Deployment', name, container: 'main' },
    };
    const running = { ...place, image } as unknown as RunningAnswer;
    const releases = [{ name, version: '1' }];
    this.#subjects.push({
      image,
      running,
      releases,
      ...this.#decide(image, facts, policy, gate),
    });
    const { record } = evaluate(policy, { gate, facts: facts ?? {}, now: NOON });
    if (facts !== null && keepsFacts) this.#facts.set(record.facts, facts);
    return this;
  }

  #decide(
    image: Digest,
    facts: Facts | null,
    policy: Policy,
    gate: Gate,
  ): Pick<JudgedSubject, 'last' | 'others'> {
    const decided = facts === null ? null : this.#decided(image, facts, policy, gate);
    if (decided === null || gate === 'admission') return { last: decided, others: [] };
    return { last: null, others: [decided] };
  }

  #decided(subject: Digest, facts: Facts, policy: Policy, gate: Gate): LastDecision {
    const { record, verdict } = evaluate(policy, { gate, facts, now: NOON });
    const fields = { subject, gate, decision: verdict.decision, workload: null } as const;
    const body = encodeRecord('decision', {
      ...{ ...fields, policy: record.policy.digest, facts: record.facts, decidedAt: NOON },
      record: JSON.parse(JSON.stringify(record)) as JsonValue,
    });
    const document = sha256(body);
    this.#bodies.set(document, body);
    const { decision } = verdict;
    const named = { policy: record.policy.digest, facts: record.facts, document };
    return { gate, decision, decidedAt: NOON, workload: null, ...named, evidence: [] };
  }

  ports(pageRows = 2): WhatIfPorts {
    const missing = (): Result<never> =>
      failed(new Failure('FACT_UNKNOWN', 'the facts were not recorded', 'x'));
    return {
      judged: async (after): Promise<Result<JudgedSubjects>> => {
        const from = Number(after ?? 0);
        const to = from + pageRows;
        return ok({
          subjects: this.#subjects.slice(from, to),
          next: to < this.#subjects.length ? `${to}` : null,
          ...NO_CONTAINERS,
        });
      },
      facts: async (digest) => {
        const facts = this.#facts.get(digest);
        return facts === undefined ? missing() : ok(facts);
      },
      body: async (digest) => ok(this.#bodies.get(digest) ?? new Uint8Array()),
    };
  }
}

const critical = cleanFacts({ findings: [finding({ severity: 'critical' })] });
const unjudged: JudgedSubject = {
  ...{ image: sha256('x'), running: null, releases: [] },
  ...{ last: null, others: [] },
};
const named = (list: WhatIf['newlyDenied']) => list.map(({ releases }) => releases[0]?.name);
const tried = async (
  estate: Estate,
  candidate: Policy,
  inForce: Policy | null = null,
  now = NOON,
) => orThrow(await runWhatIf(estate.ports(), { gate: 'admission', candidate, inForce, now }));
const everything = (require: string) =>
  orThrow(parsePolicy(policyText(ruleText(require, '{ admission: deny }'))));

describe('X8: which running workloads a candidate policy would refuse', () => {
  it('three lists and a count, over all pages: no running image is left out', async () => {
    const estate = new Estate()
      .runs('clean', cleanFacts({}))
      .runs('also-clean', cleanFacts({}))
      .runs('critical', critical)
      .runs(
        'forgotten',
        cleanFacts({ release: { ...cleanFacts({}).release, owner: 'x' } as never }),
        shopPolicy(),
        { keepsFacts: false },
      )
      .runs('never-judged', null);
    const stricter = await tried(estate, everything('false'));
    expect(named(stricter.newlyDenied)).toEqual(['clean', 'also-clean']);
    expect(named(stricter.newlyUndetermined)).toEqual(['forgotten', 'never-judged']);
    expect(stricter.newlyUndetermined.map(({ before }) => before)).toEqual([
      'allow',
      'never-judged',
    ]);
    expect(stricter).toMatchObject({
      newlyAllowed: [],
      unchanged: { deny: 1 },
      examined: 5,
      more: false,
    });
    const laxer = await tried(estate, everything('true'));
    expect(named(laxer.newlyAllowed)).toEqual(['critical']);
    expect(laxer.unchanged).toEqual({ allow: 2, deny: 0, undetermined: 0 });
  });

  it.each(['audit', 'release'] as const)(
    'truth A15: a running image that only the %s gate decided about is tried on its facts',
    async (gate) => {
      const estate = new Estate()
        .runs('clean', cleanFacts({}), shopPolicy(), { gate })
        .runs('critical', critical, shopPolicy(), { gate });
      const { newlyDenied, unchanged } = await tried(estate, everything('false'));
      expect(newlyDenied.map(({ before, decidedBy }) => [before, decidedBy])).toEqual([
        ['allow', gate],
      ]);
      expect(unchanged).toEqual({ allow: 0, deny: 1, undetermined: 0 });
      const place = everything("workload.name == 'clean' && workload.cluster == 'eu-1'");
      expect((await tried(estate, place)).unchanged.allow).toBe(1);
    },
  );

  it('truth A15: without recorded facts it names the command that records them', async () => {
    const estate = new Estate().runs('never', null).runs('lost', cleanFacts({}), shopPolicy(), {
      keepsFacts: false,
    });
    const fixes = (await tried(estate, everything('true'))).newlyUndetermined.map(
      ({ rules }) => rules[0]?.fix,
    );
    expect(fixes).toHaveLength(2);
    for (const fix of fixes) expect(fix).toContain('waybill audit');
  });

  it('each row names the rule, the reason, the fix, the facts and their decision', async () => {
    const [row] = (await tried(new Estate().runs('clean', cleanFacts({})), everything('false')))
      .newlyDenied;
    expect(row?.rules).toMatchObject([
      { action: 'deny', outcome: 'broken', fix: expect.any(String) },
    ]);
    expect([row?.decidedAt, row?.facts, row?.record]).toEqual([
      NOON,
      expect.any(String),
      expect.any(String),
    ]);
  });

  it('observe mode admitted the image: enforcing the same policy newly denies it', async () => {
    const observing = shopPolicy({ mode: 'observe' });
    const estate = new Estate().runs('critical', critical, observing);
    expect(named((await tried(estate, shopPolicy())).newlyDenied)).toEqual(['critical']);
    expect(named((await tried(estate, observing, observing)).newlyDenied)).toEqual(['critical']);
  });

  it('compared with a policy in force, a change by time alone is not reported', async () => {
    const estate = new Estate().runs('clean', cleanFacts({}));
    const later = toInstant(NOON + 100 * HOUR_MS);
    const byRecord = await tried(estate, shopPolicy(), null, later);
    const byPolicy = await tried(estate, shopPolicy(), shopPolicy(), later);
    expect([byRecord.newlyDenied.length, byPolicy.newlyDenied.length]).toEqual([1, 0]);
    expect([byRecord.comparedWith, byPolicy.comparedWith]).toEqual([
      'recorded-decisions',
      'policy-in-force',
    ]);
  });

  it('the workload is the running one, even if the facts were gathered for another', async () => {
    const elsewhere = cleanFacts({
      workload: { cluster: 'eu-1', namespace: 'kube-system', kind: 'Pod', name: 'other' },
    });
    const estate = new Estate().runs('trips', elsewhere);
    expect(
      (await tried(estate, everything("workload.namespace == 'shop' && workload.name == 'trips'")))
        .unchanged.allow,
    ).toBe(1);
  });

  it('more than the limit is not examined, and is reported; the limit is complete', async () => {
    const page = Array.from({ length: LIMITS.whatIfSubjectsMax / 2 }, () => unjudged);
    const ports = (pages: number): WhatIfPorts => ({
      ...new Estate().ports(),
      judged: async (after) => {
        const at = Number(after ?? 0) + 1;
        const next = at < pages ? `${at}` : null;
        return ok({ subjects: page, next, ...NO_CONTAINERS });
      },
    });
    const question = {
      gate: 'admission',
      candidate: everything('true'),
      inForce: null,
      now: NOON,
    } as const;
    const [whole, cut] = [
      orThrow(await runWhatIf(ports(2), question)),
      orThrow(await runWhatIf(ports(3), question)),
    ];
    expect([whole.examined, whole.more]).toEqual([LIMITS.whatIfSubjectsMax, false]);
    expect([cut.examined, cut.more]).toEqual([LIMITS.whatIfSubjectsMax, true]);
  });
});
