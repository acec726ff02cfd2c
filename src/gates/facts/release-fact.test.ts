import { expect, it } from 'vitest';
import type { ReleaseAnswer } from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { toReleaseFact } from './release-fact.ts';

const document = sha256('a release');
const release = (evidence: ReleaseAnswer['evidence']): ReleaseAnswer => ({
  name: 'trips',
  version: '1.0',
  releasedAt: toInstant(0),
  owner: 'shop',
  source: { host: 'git.example.com', repository: 'https://git.example.com/shop', commit: 'c1' },
  document,
  evidence,
});
const said = { document, kind: 'release', signers: [] };

it('truth B6: a release that somebody posted proves no commit; a signed or own one may', () => {
  const read = (evidence: ReleaseAnswer['evidence']) => {
    const fact = toReleaseFact(release(evidence));
    return 'name' in fact ? fact : null;
  };
  const commit = (evidence: ReleaseAnswer['evidence']) => read(evidence)?.commit;
  expect(commit([said])).toBe('c1');
  expect(commit([{ ...said, claimedBy: 'ci', signers: ['CN=release'] }])).toBe('c1');
  expect(commit([said, { ...said, claimedBy: 'ci' }])).toBe('c1');
  const claimed = read([{ ...said, claimedBy: 'ci' }]);
  expect(claimed).toMatchObject({ name: 'trips', owner: 'shop' });
  for (const fact of [claimed?.commit, claimed?.repository])
    expect(fact).toMatchObject({ failure: { code: 'FACT_UNKNOWN' } });
});
