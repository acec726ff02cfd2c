import { describe, expect, it } from 'vitest';
import { type ChainCase, makeChainCase } from '../../../../test/support/chain-cases.ts';
import { findClause } from '../../../../test/support/chain-clauses.ts';
import { judgeByOpenSsl, judgeByWaybill } from '../../../../test/support/chain-oracles.ts';
import { peer } from '../../../../test/support/peer.ts';

/**
 * Chains that OpenSSL's `verify` judges too: a clause decides wherever we do not agree.
 * test/interop/chains.test.ts asks about many more, and Go too.
 */
const openssl = peer('openssl');

describe.skipIf(openssl === null)('the path validator beside openssl verify', () => {
  it('N29–N33 A27–A32: agrees, or a clause decides, on 300 chains', async () => {
    const cases: ChainCase[] = [];
    for (let seed = 1; seed <= 300; seed++) cases.push(await makeChainCase(seed));
    const theirs = await judgeByOpenSsl(openssl ?? '', cases);
    const counts = { accepted: 0, refused: 0 };
    const surprises = cases.flatMap((item, at) => {
      const verdicts = { ours: judgeByWaybill(item), openssl: theirs[at] ?? '', go: null };
      const clause = findClause(item, verdicts);
      if (clause === 'same') counts[verdicts.ours === 'ok' ? 'accepted' : 'refused']++;
      return clause === null ? [{ name: item.name, ...verdicts }] : [];
    });
    expect(surprises).toEqual([]);
    expect(counts.accepted).toBeGreaterThan(60);
    expect(counts.refused).toBeGreaterThan(60);
  }, 300_000);
});
