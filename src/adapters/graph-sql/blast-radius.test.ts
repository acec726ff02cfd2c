import { describe, expect, it } from 'vitest';
import { makeDigest, running } from '../../../test/support/edge-documents.ts';
import { FEEDS } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK, SEEN } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import {
  type BlastRadius,
  parseSelector,
  type Question,
  type QuestionOptions,
} from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/blast-radius/view.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(graphPorts);
const HASH = 'c0ffee1deadbeef';
const source = (commit: string) => ({
  ...{ host: 'https://git.example.com', repository: 'shop', commit },
});

interface Origin {
  readonly commit?: string;
  readonly builder?: string;
}

const release = (name: string, { commit, builder }: Origin = {}, at = 1): EvidenceInput =>
  recordInput('release', {
    ...{ name, version: '1', owner: `owner of ${name}`, releasedAt: day(at), artifacts: [] },
    source: commit === undefined ? null : source(commit),
    build: builder === undefined ? null : { id: name, builder },
    images: [
      { reference: `registry.example.com/${name}`, digest: makeDigest(name), platforms: [] },
    ],
  });
const sbom = (of: string, components: Readonly<Record<string, string | null>>): EvidenceInput => ({
  ...{ kind: 'sbom', mediaType: 'x', subject: makeDigest(of) },
  body: encodeJson({
    complete: true,
    components: Object.entries(components).map(([name, layer]) => ({
      purl: `pkg:npm/${name}@1`,
      ...(layer === null ? {} : { layer: sha256(layer) }),
    })),
    of,
  }),
});
const verified = (document: string, identity: string, more: object = {}): EvidenceInput =>
  recordInput('verification', {
    ...{ subject: makeDigest(document), covers: [], signature: sha256(identity), reasons: [] },
    ...{ trust: { revision: 1, digest: sha256('trust') }, outcome: 'trusted', verifiedAt: day(1) },
    ...{ signer: { format: 'x509', identity, thumbprint: `print of ${identity}` }, ...more },
  });

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(9)));
type Cause = Omit<Question<'blast-radius'>, 'name'>;
const tryAsk = (cause: Cause, more: Partial<QuestionOptions> = {}) =>
  graph.reader.ask({ name: 'blast-radius', ...ASK, ...more, ...cause });
const ask = async (cause: Cause, more: Partial<QuestionOptions> = {}): Promise<BlastRadius> =>
  orThrow(await tryAsk(cause, more));
const list = ({ releases }: BlastRadius) => releases.map(({ name }) => name);
const open = ({ unknown }: BlastRadius) => unknown.map(({ name }) => name).sort();

describe('G3: what rests on one thing, and where it runs', () => {
  it('a commit: by the record of a release, or of the build of its image', async () => {
    await append(
      ...[release('trips', { commit: HASH }), release('poi', { commit: 'other12' }, 2)],
      release('built', {}, 3),
      recordInput('build', {
        ...{ id: '9', builder: 'ci', source: source(HASH), startedAt: null, finishedAt: null },
        products: [makeDigest('built'), makeDigest('alone')],
      }),
      running('eu', day(5), makeDigest('trips'), makeDigest('alone')),
    );
    const answer = await ask({ commit: HASH.slice(0, 7) });
    expect(list(answer)).toEqual(['built', 'trips']);
    expect(answer.matched).toEqual([`https://git.example.com shop ${HASH}`]);
    expect(answer.releases[1]?.deployments).toMatchObject([{ cluster: 'eu' }]);
    expect(answer.unreleased).toMatchObject([
      { image: makeDigest('alone'), deployments: [{ cluster: 'eu' }] },
    ]);
    expect(view.pickExitCode?.(answer)).toBe(1);
    expect(list(await ask({ commit: HASH }, { owner: 'owner of trips' }))).toEqual(['trips']);
    expect(list(await ask({ commit: HASH }, { knownAt: day(1) }))).toEqual([]);
    expect(await tryAsk({ commit: 'c0ffee' })).toMatchObject({ failure: { code: 'USAGE' } });
    expect(await tryAsk({ commit: 'c0ffee2' })).toMatchObject({
      failure: { code: 'UNKNOWN_NAME' },
    });
  });

  it('a person: by what the commits say, as author or as committer', async () => {
    const commit = (hash: string, author: string, committer: string) =>
      recordInput('commit', {
        ...{ source: source(hash), author, committer, committedAt: null, signed: false },
        signer: null,
      });
    await append(
      ...[release('trips', { commit: HASH }), release('poi', { commit: 'other12' }, 2)],
      ...[release('dark'), commit(HASH, 'ada', 'bob'), commit('other12', 'eve', 'ada')],
    );
    expect(list(await ask({ person: 'ada' }))).toEqual(['poi', 'trips']);
    expect(list(await ask({ person: 'bob' }))).toEqual(['trips']);
    expect(open(await ask({ person: 'bob' }))).toEqual(['dark']);
    expect(await tryAsk({ person: 'adda' })).toMatchObject({
      failure: { code: 'UNKNOWN_NAME', remedy: 'Did you mean ada?' },
    });
  });

  it('a builder, and a release without a build is not called clean', async () => {
    await append(
      ...[release('trips', { builder: 'ci' }), release('poi', { builder: 'other' }, 2)],
      release('dark', {}, 3),
    );
    const answer = await ask({ builder: 'ci' });
    expect([list(answer), open(answer)]).toEqual([['trips'], ['dark']]);
    const since = await ask({ builder: 'ci' }, { since: day(2) });
    expect([list(since), view.pickExitCode?.({ ...since, ...SEEN })]).toEqual([[], 3]);
  });

  it('a signer or a key: what was found trusted, not what was refused', async () => {
    const inventory = sbom('about', { lib: null });
    const refused = { outcome: 'untrusted', reasons: ['expired'] };
    await append(
      ...[release('trips'), release('about', {}, 2), release('bad', {}, 3), release('dark', {}, 4)],
      ...[verified('trips', 'CN=ci'), verified('bad', 'CN=ci', refused), inventory],
      verified('manifest', 'CN=ci', { covers: [sha256(inventory.body)] }),
    );
    const answer = await ask({ signer: 'CN=ci' });
    expect(list(answer)).toEqual(['about', 'trips']);
    expect(open(answer)).toEqual(['dark']);
    expect(list(await ask({ key: 'print of CN=ci' }))).toEqual(['about', 'trips']);
    expect(await tryAsk({ key: 'none' })).toMatchObject({ failure: { code: 'UNKNOWN_NAME' } });
  });

  it('a base image: what has all its layers', async () => {
    await append(
      ...[release('base'), release('on', {}, 2), release('half', {}, 3), release('flat', {}, 4)],
      sbom('base', { libc: 'one', ssl: 'two' }),
      sbom('on', { libc: 'one', ssl: 'two', app: 'three' }),
      sbom('half', { libc: 'one', app: 'three' }),
      sbom('flat', { libc: null }),
    );
    const answer = await ask({ base: { called: 'base' } });
    expect([list(answer), open(answer)]).toEqual([['on'], ['flat']]);
    expect(await tryAsk({ base: { called: 'flat' } })).toMatchObject({
      failure: { code: 'FACT_UNKNOWN' },
    });
  });

  it('a component, where an inventory that is missing denies nothing', async () => {
    await append(
      ...[release('trips'), release('clean', {}, 2), release('dark', {}, 3), FEEDS],
      ...[sbom('trips', { lib: null }), sbom('clean', { other: null })],
    );
    const answer = await ask({ component: orThrow(parseSelector('lib')) });
    expect([list(answer), open(answer)]).toEqual([['trips'], ['dark']]);
    const others = await ask({ component: orThrow(parseSelector('lib@2')) });
    expect([list(others), view.pickExitCode?.({ ...others, ...SEEN })]).toEqual([[], 3]);
  });

  it('is asked about one thing', async () => {
    expect(await tryAsk({})).toMatchObject({ failure: { code: 'USAGE' } });
    expect(await tryAsk({ signer: 'CN=ci', builder: 'ci' })).toMatchObject({
      failure: { code: 'USAGE' },
    });
  });

  it('goes on from page to page, newest first, with few images and with very many', async () => {
    const names = Array.from({ length: 5 }, (_, at) => `r${at}`);
    await append(...names.map((name, at) => release(name, { builder: 'ci' }, at)));
    // More builds of nothing than are sorted at once.
    const products = Array.from({ length: 2_001 }, (_, at) => sha256(`product ${at}`));
    products.push(makeDigest('late'));
    const many = recordInput('build', {
      ...{ id: 'x', builder: 'ci', source: null, startedAt: null, finishedAt: null },
      products,
    });
    for (const isMany of [false, true]) {
      // Only its image says who built it, and that is the last one.
      if (isMany) await append(many, release('late', {}, 8));
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const answer: BlastRadius = await ask({ builder: 'ci' }, { page: { rowsMax: 2, after } });
        seen.push(...list(answer));
        if (after === null) expect(answer.unreleasedMore).toBe(isMany);
        after = answer.next;
      } while (after !== null);
      expect(seen).toEqual([...(isMany ? ['late'] : []), ...names.toReversed()]);
    }
  });
});
