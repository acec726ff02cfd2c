import { describe, expect, it } from 'vitest';
import { type ChainCase, makeChainCase } from '../support/chain-cases.ts';
import { findClause } from '../support/chain-clauses.ts';
import { judgeByGo, judgeByOpenSsl, judgeByWaybill } from '../support/chain-oracles.ts';
import { peer } from '../support/peer.ts';

const openssl = peer('openssl');
const go = peer('chain-peer');
const CHAINS = 5_000;

describe.skipIf(openssl === null || go === null)('the path validator beside two others', () => {
  it('N29–N33 A27–A32: agrees with OpenSSL and Go on 5,000 chains, or a clause decides', async () => {
    const cases: ChainCase[] = [];
    for (let seed = 1_001; seed <= 1_000 + CHAINS; seed++) cases.push(await makeChainCase(seed));
    const byGo = await judgeByGo(go ?? '', cases);
    const byOpenSsl = await judgeByOpenSsl(openssl ?? '', cases);
    const clauses = new Map<string, number>();
    const surprises = cases.flatMap((item, at) => {
      const verdicts = {
        ours: judgeByWaybill(item),
        openssl: byOpenSsl[at] ?? '',
        go: byGo[at] ?? '',
      };
      const clause = findClause(verdicts);
      if (clause === null) return [{ name: item.name, ...verdicts }];
      const key =
        clause === 'same' ? `all ${verdicts.ours === 'ok' ? 'accept' : 'refuse'}` : clause;
      clauses.set(key, (clauses.get(key) ?? 0) + 1);
      return [];
    });
    expect(surprises).toEqual([]);
    expect(clauses.get('all accept')).toBeGreaterThan(CHAINS / 5);
    expect(clauses.get('all refuse')).toBeGreaterThan(CHAINS / 10);
    const lines = [...clauses].sort(([, a], [, b]) => b - a);
    console.warn(lines.map(([clause, count]) => `${count} ${clause}`).join('\n'));
  }, 1_800_000);
});
