import { describe, expect, it } from 'vitest';
import { type ChainCase, makeChainCase } from '../support/chain-cases.ts';
import { findClause } from '../support/chain-clauses.ts';
import { judgeByGo, judgeByOpenSsl, judgeByWaybill } from '../support/chain-oracles.ts';
import { peer } from '../support/peer.ts';

const openssl = peer('openssl');
const go = peer('chain-peer');
const BATCHES = 10;
const BATCH_CHAINS = 500;

/** 5,000 chains in all: a test for each batch, so that a slow machine has time for all. */
describe.skipIf(openssl === null || go === null)('the path validator beside two others', () => {
  const clauses = new Map<string, number>();

  it.each(Array.from({ length: BATCHES }, (_, at) => at + 1))(
    'N29–N33 A27–A32: agrees with OpenSSL and Go, or a clause decides, on 500 chains (%i)',
    async (batch) => {
      const cases: ChainCase[] = [];
      for (let at = 0; at < BATCH_CHAINS; at++)
        cases.push(await makeChainCase(batch * BATCH_CHAINS + at));
      const [byGo, byOpenSsl] = await Promise.all([
        judgeByGo(go ?? '', cases),
        judgeByOpenSsl(openssl ?? '', cases),
      ]);
      const surprises = cases.flatMap((item, at) => {
        const ours = judgeByWaybill(item);
        const verdicts = { ours, openssl: byOpenSsl[at] ?? '', go: byGo[at] ?? '' };
        const clause = findClause(item, verdicts);
        if (clause === null) return [{ name: item.name, ...verdicts }];
        const key = clause === 'same' ? `all ${ours === 'ok' ? 'accept' : 'refuse'}` : clause;
        clauses.set(key, (clauses.get(key) ?? 0) + 1);
        return [];
      });
      expect(surprises).toEqual([]);
    },
    900_000,
  );

  it('both verdicts are common among them', () => {
    const lines = [...clauses].sort(([, a], [, b]) => b - a);
    console.warn(lines.map(([clause, count]) => `${count} ${clause}`).join('\n'));
    const chains = BATCHES * BATCH_CHAINS;
    expect(clauses.get('all accept')).toBeGreaterThan(chains / 5);
    expect(clauses.get('all refuse')).toBeGreaterThan(chains / 10);
  });
});
