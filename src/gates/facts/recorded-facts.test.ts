import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  artifact,
  cleanFacts,
  finding,
  LOST,
  NOON,
  shopPolicy,
  signature,
} from '../../../test/support/policy-facts.ts';
import type { EvidenceInput, LogEntry } from '../../capabilities/evidence/index.ts';
import {
  decodeFacts,
  encodeFacts,
  evaluate,
  type Facts,
  hashFacts,
  makePartialList,
  makeUnknownFact,
} from '../../capabilities/policy/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { failed, ok, orThrow } from '../../core/result.ts';
import { GATES } from '../../core/verdict.ts';
import {
  buildFactsEvidence,
  type FactsLog,
  isOfUnsigned,
  readRecordedFacts,
} from './recorded-facts.ts';

const policy = shopPolicy();
const many = Array.from({ length: 40 }, (_, at) => finding({ id: `CVE-2024-${1_000 + at}` }));
const VARIANTS: readonly Facts[] = [
  cleanFacts({}),
  cleanFacts({ findings: many }),
  cleanFacts({ findings: makePartialList(many, LOST), sbom: makeUnknownFact(LOST) }),
  cleanFacts({
    signatures: makeUnknownFact(LOST),
    scan: { complete: makeUnknownFact(LOST), createdAt: NOON },
  }),
  {},
];

/** A minimal log: documents and their subjects. */
function makeLog(inputs: readonly EvidenceInput[]): FactsLog {
  return {
    about: async (subject) =>
      ok(
        inputs.flatMap((input) =>
          input.subject === subject
            ? [{ digest: sha256(input.body), kind: input.kind } as LogEntry]
            : [],
        ),
      ),
    body: async (digest) => {
      const found = inputs.find((input) => sha256(input.body) === digest);
      return found === undefined ? failed(new Failure('NOT_FOUND', 'x', 'x')) : ok(found.body);
    },
  };
}

const asked = (facts: Facts) => evaluate(policy, { gate: 'admission', facts, now: NOON });

describe('X8: the facts of a decision', () => {
  it('are recorded once by digest, and give the same verdict and record again', async () => {
    for (const facts of VARIANTS) {
      const first = asked(facts);
      const log = makeLog(buildFactsEvidence(first));
      const again = asked(orThrow(await readRecordedFacts(log, first.record.facts, 'admission')));
      expect(again.verdict.decision).toBe(first.verdict.decision);
      expect(again.record.facts).toBe(first.record.facts);
      expect(
        again.verdict.results.map(({ rule, outcome, reason }) => [rule, outcome, reason]),
      ).toEqual(first.verdict.results.map(({ rule, outcome, reason }) => [rule, outcome, reason]));
    }
  });

  it('a large list is a document of its own, the same for every workload', () => {
    const at = (namespace: string) =>
      buildFactsEvidence(
        asked(
          cleanFacts({
            findings: many,
            workload: { cluster: 'eu', namespace, kind: 'Pod', name: 'trips' },
          }),
        ),
      );
    const [one, other] = [at('shop'), at('map')];
    expect(one[0]?.body).toEqual(other[0]?.body);
    expect(one.at(-1)?.body).not.toEqual(other.at(-1)?.body);
    expect(one.at(-1)?.body.length).toBeLessThan(one[0]?.body.length ?? 0);
  });

  it('a document that was changed, lost or forged is not taken for the facts', async () => {
    const evaluation = asked(cleanFacts({ findings: many }));
    const { facts: digest } = evaluation.record;
    const inputs = buildFactsEvidence(evaluation);
    const outline = inputs.at(-1) as EvidenceInput;
    const forged = {
      ...(JSON.parse(Buffer.from(outline.body).toString()) as JsonObject),
      facts: {},
      parts: {},
    };
    const body = Buffer.from(JSON.stringify(forged));
    for (const some of [
      [],
      [outline],
      [{ ...outline, body }],
      [{ ...outline, body: Buffer.from('{') }],
    ])
      expect(await readRecordedFacts(makeLog(some), digest, 'admission')).toMatchObject({
        ok: false,
        failure: { code: 'FACT_UNKNOWN' },
      });
    // A document that claims to be the facts is beside the true ones and changes nothing.
    expect(
      (await readRecordedFacts(makeLog([{ ...outline, body }, ...inputs]), digest, 'admission')).ok,
    ).toBe(true);
  });

  it('any JSON in their place gives unknown facts, never invented ones', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...GATES),
        fc.jsonValue(),
        fc.constantFrom(...Object.keys(cleanFacts({}))),
        (gate, value, name) => {
          const facts = decodeFacts(
            { ...encodeFacts(cleanFacts({}), gate), [name]: value as JsonValue },
            gate,
          );
          expect(() => evaluate(policy, { gate, facts, now: NOON })).not.toThrow();
          // What was read is recorded again in the same form.
          expect(hashFacts(decodeFacts(encodeFacts(facts, gate), gate), gate)).toBe(
            hashFacts(facts, gate),
          );
        },
      ),
    );
  });

  it('truth B4: are of strangers where one signature or document is not trusted', () => {
    const stranger = { trusted: false, identity: 'CN=somebody' };
    expect(isOfUnsigned(cleanFacts({}))).toBe(false);
    for (const facts of [
      cleanFacts({ signatures: [signature(), signature(stranger)] }),
      cleanFacts({ artifacts: [artifact('sbom'), artifact('sbom', stranger)] }),
      {},
    ])
      expect(isOfUnsigned(facts)).toBe(true);
  });
});
