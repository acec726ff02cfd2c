import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput, VerificationRecord } from '../../capabilities/evidence/index.ts';
import type { Expiries, QuestionOptions } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/expiries/view.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';

const DAY_MS = 86_400_000;
const graph = freshGraph(graphPorts);
const image = (name: string) => sha256(`image ${name}`);
const list = { text: () => undefined, moment: day(0) };

const release = (name: string, owner = 'team-a') =>
  recordInput('release', {
    ...{ name, version: '1', releasedAt: day(0), owner, build: null, artifacts: [] },
    source: { host: 'https://git.example.com', repository: name, commit: 'c0ffee' },
    images: [{ reference: `registry.example.com/${name}:1`, digest: image(name), platforms: [] }],
  });

const verified = (
  subject: VerificationRecord['subject'],
  signature: string,
  more: Partial<Omit<VerificationRecord, 'apiVersion' | 'kind'>>,
): EvidenceInput =>
  recordInput('verification', {
    ...{ signature: sha256(signature), subject, covers: [], outcome: 'trusted', reasons: [] },
    signer: { format: 'notary-jws', identity: `CN=${signature}`, thumbprint: null },
    ...{ trust: { revision: 1, digest: sha256('trust') }, verifiedAt: day(0) },
    ...{ statements: ['image'], ...more },
  });

const ends = (chain: number | null, expiry: number | null = null) => ({
  ends: {
    chain: chain === null ? null : day(chain),
    expiry: expiry === null ? null : day(expiry),
  },
});

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(1)));

async function ask(more: Partial<QuestionOptions> = {}): Promise<Expiries> {
  return orThrow(
    await graph.reader.ask({
      ...{ name: 'expiries', within: 30 * DAY_MS, ...ASK, asOf: day(1) },
      ...more,
    }),
  );
}

const named = ({ expiries }: Expiries) =>
  expiries.map(({ releases, by, endsAt }) => [releases[0]?.name, by, (endsAt - day(0)) / DAY_MS]);

describe('I2, I16: which releases depend on what ends, and when', () => {
  it('names those whose chain or signature ends within the time, in order', async () => {
    await append(
      ...['late', 'soon', 'own', 'kept', 'over'].map((name) => release(name)),
      verified(image('late'), 'late', ends(40)),
      verified(image('soon'), 'soon', ends(20, 25)),
      verified(image('own'), 'own', ends(null, 10)),
      verified(image('kept'), 'kept', ends(null)),
      verified(image('over'), 'over', ends(0)),
      verified(sha256('of no release'), 'other', ends(5)),
    );
    const answer = await ask();
    expect(named(answer)).toEqual([
      ['own', 'signature', 10],
      ['soon', 'chain', 20],
    ]);
    expect(answer).toMatchObject({ undated: false, next: null, until: day(31) });
    expect(answer.expiries[1]).toMatchObject({
      ...{ kind: 'image', image: image('soon'), document: image('soon') },
      ...{ signer: { identity: 'CN=soon' }, releases: [{ name: 'soon', version: '1' }] },
    });
    expect(view.pickExitCode?.(answer)).toBe(0);
    expect(view.tables[0]?.listRows(answer)[0]?.slice(1, 6)).toEqual([
      ...['signature', 'own', '1', 'image', 'CN=own'],
    ]);
  });

  it('another signature that lasts keeps a release, if it may state the image', async () => {
    await append(release('trips'), verified(image('trips'), 'old', ends(5)));
    expect(named(await ask())).toHaveLength(1);
    await append(verified(image('trips'), 'scanner', { ...ends(null), statements: ['scan'] }));
    expect(named(await ask())).toEqual([['trips', 'chain', 5]]);
    await append(verified(image('trips'), 'next', ends(20)));
    expect(named(await ask())).toEqual([['trips', 'chain', 20]]);
    await append(verified(image('trips'), 'timestamped', ends(null)));
    expect(named(await ask())).toEqual([]);
  });

  it('a document about an image counts by the kind that its signer may state', async () => {
    const body = Buffer.from('{"bomFormat":"CycloneDX"}');
    await append(
      release('trips'),
      { kind: 'statement', mediaType: 'x', body, subject: image('trips') },
      verified(sha256('manifest'), 'ci', { ...ends(5), covers: [sha256(body)] }),
    );
    const { expiries } = await ask();
    expect(expiries).toMatchObject([{ kind: 'statement', document: sha256(body) }]);
  });

  it('a signature that was refused since, or was never trusted, is not named', async () => {
    await append(
      release('trips'),
      verified(image('trips'), 'old', ends(5)),
      verified(image('trips'), 'stranger', { outcome: 'untrusted' }),
    );
    expect(named(await ask())).toHaveLength(1);
    orThrow(
      await graph.writer.append(
        [verified(image('trips'), 'old', { outcome: 'untrusted' })],
        day(2),
      ),
    );
    expect(named(await ask())).toEqual([]);
    expect(named(await ask({ knownAt: day(1) }))).toHaveLength(1);
  });

  it('a signature without a recorded date leaves the answer open', async () => {
    await append(release('trips'), verified(image('trips'), 'old', {}));
    const answer = await ask();
    expect(answer).toMatchObject({ expiries: [], undated: true });
    expect(view.pickExitCode?.(answer)).toBe(3);
    expect(view.listNotes?.(answer, list)).toContain(
      'of some signatures no record says when they end: verify those releases again',
    );
    await append(verified(image('trips'), 'old', ends(null)));
    expect(view.pickExitCode?.(await ask())).toBe(0);
  });

  it('is narrowed by owner, signer and date, and goes on from page to page', async () => {
    await append(
      ...['a', 'b', 'c'].map((name, at) => release(name, `team-${at}`)),
      ...['a', 'b', 'c'].map((name) => verified(image(name), `by ${name}`, ends(9))),
    );
    expect(named(await ask({ owner: 'team-1' }))).toEqual([['b', 'chain', 9]]);
    expect(named(await ask({ signedBy: 'CN=by c' }))).toEqual([['c', 'chain', 9]]);
    expect(named(await ask({ since: day(1) }))).toEqual([]);
    const seen: unknown[] = [];
    let after: string | null = null;
    do {
      const answer: Expiries = await ask({ page: { rowsMax: 1, after } });
      seen.push(...named(answer).map(([name]) => name));
      after = answer.next;
    } while (after !== null);
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});
