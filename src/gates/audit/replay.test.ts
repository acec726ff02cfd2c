import { describe, expect, it } from 'vitest';
import {
  cleanFacts,
  finding,
  hoursAgo,
  LOST,
  NOON,
  policyText,
  ruleText,
  shopPolicy,
} from '../../../test/support/policy-facts.ts';
import type { EvidenceInput, LogEntry } from '../../capabilities/evidence/index.ts';
import {
  evaluate,
  type Facts,
  makeUnknownFact,
  POLICY_DOCUMENT_TYPE,
  type Policy,
  parsePolicy,
} from '../../capabilities/policy/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { failed, ok, orThrow } from '../../core/result.ts';
import { encodeDecision } from '../facts/decision-evidence.ts';
import { buildFactsEvidence } from '../facts/index.ts';
import { type DecisionLog, replayDecision } from './replay.ts';

const policy = shopPolicy();
const IMAGE = sha256('an image');

function record(facts: Facts, by: Policy = policy, factsValidUntil = toInstant(NOON + 60_000)) {
  const evaluation = evaluate(by, { gate: 'admission', facts, now: NOON, factsValidUntil });
  const decided = { subject: IMAGE, workload: null, evaluation, decidedAt: NOON };
  return [...buildFactsEvidence(evaluation), encodeDecision(decided)];
}

function openLog(inputs: readonly EvidenceInput[]): DecisionLog {
  return {
    about: async (subject, kind) =>
      ok(
        inputs.flatMap((input) =>
          input.subject === subject && input.kind === kind
            ? [{ digest: sha256(input.body), kind: input.kind } as LogEntry]
            : [],
        ),
      ),
    body: async (digest) => {
      const found = inputs.find(({ body }) => sha256(body) === digest);
      return found === undefined ? failed(new Failure('NOT_FOUND', 'x', 'x')) : ok(found.body);
    },
  };
}

const known = (...all: readonly Policy[]) => new Map(all.map((one) => [one.digest, one]));

async function replay(inputs: readonly EvidenceInput[], policies = known(policy)) {
  const decision = sha256(inputs.at(-1)?.body ?? '');
  return orThrow(await replayDecision(openLog(inputs), decision, policies)).outcome;
}

describe('P7: a recorded decision, decided again', () => {
  it('has the same bytes, also where it was refused and where time ends it', async () => {
    const facts = [
      cleanFacts(),
      cleanFacts({ findings: [finding({ severity: 'critical' })] }),
      cleanFacts({ scan: { complete: true, createdAt: hoursAgo(23) } }),
    ];
    for (const one of facts) expect(await replay(record(one))).toEqual(ok('same'));
  });

  it('has the same but for the words where a fact was unknown', async () => {
    expect(await replay(record(cleanFacts({ signatures: makeUnknownFact(LOST) })))).toEqual(
      ok('same-but-words'),
    );
  });

  it('knows a policy that the log has, and no other document about its digest', async () => {
    const stored = (body: string, subject: Digest): EvidenceInput => ({
      ...{ kind: 'policy', mediaType: POLICY_DOCUMENT_TYPE, body: Buffer.from(body), subject },
    });
    const text = policyText(ruleText('true'));
    const decided = orThrow(parsePolicy(text));
    const inputs = record(cleanFacts(), decided);
    const other = stored(text.replace('id: r', 'id: s'), decided.digest);
    const before = await replay([other, ...inputs], known());
    expect(before).toMatchObject({ ok: false, failure: { code: 'FACT_UNKNOWN' } });
    const whole = [other, stored(text, decided.digest), ...inputs];
    expect(await replay(whole, known())).toEqual(ok('same'));
  });

  it('differs where the record does not say what the policy says', async () => {
    const inputs = record(cleanFacts({ findings: [finding({ severity: 'critical' })] }));
    const forged = inputs.map((input) =>
      input.kind === 'decision'
        ? {
            ...input,
            body: Buffer.from(`${Buffer.from(input.body)}`.replaceAll('"deny"', '"allow"')),
          }
        : input,
    );
    expect(await replay(forged)).toEqual(ok('different'));
  });

  it('is unknown without the policy of that digest, and without the facts', async () => {
    const inputs = record(cleanFacts());
    const other = shopPolicy({ scanAgeMax: '1h' });
    for (const outcome of [
      await replay(inputs, known(other)),
      await replay(inputs.filter(({ kind }) => kind !== 'facts')),
    ])
      expect(outcome).toMatchObject({ ok: false, failure: { code: 'FACT_UNKNOWN' } });
  });
});
