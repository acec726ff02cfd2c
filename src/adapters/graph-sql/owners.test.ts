import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Owners, QuestionOptions } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/owners/view.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(graphPorts);

const release = (name: string, version: string, owner: string | null, at = 1): EvidenceInput =>
  recordInput('release', {
    ...{ name, version, owner, releasedAt: day(at), source: null, build: null },
    ...{ images: [], artifacts: [] },
  });
const owned = (name: string, owner: string, from: number): EvidenceInput =>
  recordInput('ownership', { release: name, owner, from: day(from) });
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(1)));
const ask = async (more: Partial<QuestionOptions> = {}): Promise<Owners> =>
  orThrow(await graph.reader.ask({ name: 'owners', ...ASK, asOf: day(9), ...more }));
const list = ({ owners }: Owners) => owners.map(({ name, owner, by }) => [name, owner, by]);

describe('O1: who owns which releases', () => {
  it('is said by the last statement of it, or by the newest release, or by nobody', async () => {
    await append(
      ...[release('trips', '1', 'team-a'), release('trips', '2', 'team-b', 2)],
      ...[release('poi', '1', 'team-a'), release('dark', '1', null)],
      owned('poi', 'team-c', 3),
    );
    const answer = await ask();
    expect(list(answer)).toEqual([
      ['dark', null, null],
      ['poi', 'team-c', 'ownership'],
      ['trips', 'team-b', 'release'],
    ]);
    expect(answer.owners.map(({ evidence }) => evidence[0]?.kind)).toEqual([
      ...['release', 'ownership', 'release'],
    ]);
    expect(answer.owners[2]?.newest).toEqual({ version: '2', releasedAt: day(2) });
    expect(view.pickExitCode?.(answer)).toBe(3);
  });

  it('does not name a team that owned it before, or that owns it later', async () => {
    await append(
      ...[release('trips', '1', 'team-a'), release('trips', '2', 'team-b', 2)],
      owned('trips', 'team-c', 5),
    );
    expect(list(await ask({ owner: 'team-a' }))).toEqual([]);
    expect(list(await ask({ asOf: day(4) }))).toEqual([['trips', 'team-b', 'release']]);
    expect(list(await ask({ asOf: day(1) }))).toEqual([['trips', 'team-a', 'release']]);
    expect(list(await ask({ owner: 'team-c' }))).toEqual([['trips', 'team-c', 'ownership']]);
    expect(list(await ask({ knownAt: day(0) }))).toEqual([]);
    expect(view.pickExitCode?.(await ask())).toBe(0);
  });

  it('goes on from page to page by name, each name once', async () => {
    await append(
      ...['a', 'b', 'c'].flatMap((name) => [
        release(name, '1', 'team-a'),
        release(name, '2', 'team-a', 2),
      ]),
    );
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answer: Owners = await ask({ page: { rowsMax: 2, after } });
      seen.push(...answer.owners.map(({ name }) => name));
      after = answer.next;
    } while (after !== null);
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});
