import { expect, it } from 'vitest';
import { type EvidenceInput, markPosted } from '../../src/capabilities/evidence/index.ts';
import { UnknownFact } from '../../src/capabilities/policy/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { Failure } from '../../src/core/failure.ts';
import { listAddresses } from '../../src/core/repository-address.ts';
import { failed, orThrow } from '../../src/core/result.ts';
import type { Decision } from '../../src/core/verdict.ts';
import { findSourceFacts, narrowToClaim } from '../../src/gates/facts/index.ts';
import { freshGraph } from '../support/fresh-graph.ts';
import { makeDay, recordInput } from '../support/graph-history.ts';
import { graphPorts } from '../support/graph-ports.ts';

const graph = freshGraph(graphPorts);
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(9)));

const [HOST, COMMIT] = ['git.example.com', 'c'.repeat(40)];
const REPOSITORY = `https://${HOST}/shop/trips`;
const ALICE = { format: 'ssh', identity: 'alice@example.com', thumbprint: null };

function commit(signer: typeof ALICE | null = ALICE, repository = REPOSITORY): EvidenceInput {
  const source = { host: HOST, repository, commit: COMMIT };
  const people = { author: 'a', committer: 'b', committedAt: makeDay(0) };
  return recordInput('commit', { source, ...people, signed: true, signer });
}

function decision(of: EvidenceInput, decided: Decision, day: number, gate = 'build' as const) {
  return recordInput('decision', {
    ...{ subject: sha256(of.body), gate, decision: decided, workload: null },
    ...{ policy: sha256('policy'), facts: null, decidedAt: makeDay(day), record: {} },
  });
}

const posted = (input: EvidenceInput): EvidenceInput => ({
  ...input,
  mediaType: markPosted(input.mediaType, 'ci'),
});

const ask = (repository = REPOSITORY) =>
  findSourceFacts(graph.reader, { repository, commit: COMMIT });
const verdict = async () => {
  const { buildGate } = await ask();
  return buildGate instanceof UnknownFact ? buildGate.failure.code : buildGate.verdict;
};

it('B13: the newest decision of the build gate about a commit is a fact of images', async () => {
  await append(commit(), decision(commit(), 'deny', 1));
  expect(await ask()).toEqual({
    commit: { signed: true, trusted: true, signer: 'alice@example.com' },
    buildGate: { verdict: 'deny', decidedAt: makeDay(1), policy: sha256('policy') },
  });
  await append(decision(commit(), 'allow', 2));
  expect(await verdict()).toBe('allow');
  await append(decision(commit(), 'deny', 1.5));
  // The order of the log decides: a clock that was set back hides no refusal.
  expect(await verdict()).toBe('deny');
});

it('B13: a repository is one under each address that git has for it, and no other', async () => {
  await append(commit(ALICE, `git@${HOST}:shop/trips.git`));
  await append(decision(commit(ALICE, `git@${HOST}:shop/trips.git`), 'allow', 1));
  for (const address of [REPOSITORY, `git+${REPOSITORY}.git`, `ssh://git@${HOST}/shop/trips`])
    expect((await ask(address)).buildGate).toMatchObject({ verdict: 'allow' });
  for (const address of [`https://${HOST}/shop`, `https://${HOST}/shop/trips2`, 'shop/trips'])
    expect((await ask(address)).buildGate).toBeInstanceOf(UnknownFact);
  expect(listAddresses('file:///srv/trips')).toEqual(['file:///srv/trips']);
});

it('B13: what others posted neither allows nor refuses', async () => {
  await append(posted(commit()), posted(decision(commit(), 'allow', 1)));
  expect(await verdict()).toBe('FACT_UNKNOWN');
  expect((await ask()).commit.trusted).toBeInstanceOf(UnknownFact);
  await append(commit());
  expect(await verdict()).toBe('FACT_UNKNOWN');
  await append(decision(commit(), 'deny', 2), posted(decision(commit(), 'allow', 3)));
  expect(await verdict()).toBe('deny');
});

it('B13: no record is no decision, and a decision of another gate is none', async () => {
  expect(await verdict()).toBe('FACT_UNKNOWN');
  const staged = recordInput('decision', {
    ...{ subject: sha256(commit().body), gate: 'commit', decision: 'allow', workload: null },
    ...{ policy: sha256('policy'), facts: null, decidedAt: makeDay(1), record: {} },
  });
  await append(commit(), staged);
  expect(await verdict()).toBe('FACT_UNKNOWN');
  expect((await ask()).commit).toMatchObject({ signed: true, trusted: true });
});

it('D1: a signature that nobody trusted is signed, and whether it is trusted is open', async () => {
  await append(commit(null));
  expect((await ask()).commit).toMatchObject({
    signed: true,
    trusted: { failure: { code: 'FACT_UNKNOWN' } },
    signer: { failure: { code: 'FACT_UNKNOWN' } },
  });
});

it('C2: of a commit that is only claimed, a refusal alone is known', async () => {
  const origin = { repository: REPOSITORY, commit: COMMIT };
  await append(commit(), decision(commit(), 'allow', 1));
  const allowed = narrowToClaim(await ask(), origin);
  expect([allowed.buildGate, allowed.commit.signed]).toEqual([
    expect.any(UnknownFact),
    expect.any(UnknownFact),
  ]);
  await append(decision(commit(), 'deny', 2));
  expect(narrowToClaim(await ask(), origin)).toMatchObject({
    commit: { trusted: { failure: { code: 'FACT_UNKNOWN' } } },
    buildGate: { verdict: 'deny' },
  });
});

it('a graph that cannot be asked leaves everything open', async () => {
  const lost = new Failure('STORE_UNREACHABLE', 'the graph is away', 'Try again.');
  const broken = { ask: async () => failed(lost) } as unknown as typeof graph.reader;
  const facts = await findSourceFacts(broken, { repository: REPOSITORY, commit: COMMIT });
  expect(facts.buildGate).toMatchObject({ failure: { code: 'STORE_UNREACHABLE' } });
  expect(facts.commit.trusted).toMatchObject({ failure: { code: 'STORE_UNREACHABLE' } });
});
