import { beforeEach, describe, expect, it } from 'vitest';
import { LIB, makeDigest, release, running, sbom } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { graphPorts as testPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { parseSelector, type QuestionOptions } from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(testPorts);
let recorded: Instant;
beforeEach(() => {
  recorded = makeDay(50);
});

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, recorded));

describe('moments', () => {
  it('verdicts and their repeats are shown as they were known at the moment', async () => {
    const image = makeDigest('one');
    const about = {
      subject: image,
      gate: 'admission' as const,
      workload: null,
      policy: sha256('p'),
      facts: null,
    };
    for (const day of [1, 2, 3]) {
      recorded = makeDay(10 + day);
      await append(
        recordInput('decision', {
          ...about,
          decision: 'allow',
          decidedAt: makeDay(day),
          record: {},
        }),
      );
    }
    recorded = makeDay(20);
    await append(
      recordInput('decision', { ...about, decision: 'deny', decidedAt: makeDay(4), record: {} }),
    );
    const told = async (ask: Partial<QuestionOptions>) =>
      orThrow(
        await graph.reader.ask({ name: 'verdicts', subject: image, ...ASK, ...ask }),
      ).verdicts.map(
        ({ decision, repeats, lastAt }) =>
          `${decision} ${repeats} ${(lastAt - makeDay(0)) / 86_400_000}`,
      );
    expect(await told({})).toEqual(['deny 0 4', 'allow 2 3']);
    expect(await told({ knownAt: makeDay(12) })).toEqual(['allow 1 2']);
    expect(await told({ asOf: makeDay(1) })).toEqual(['allow 0 1']);
    expect(await told({ asOf: makeDay(0) })).toEqual([]);
  });

  it('clusters of one name in two regions do not end each other’s deployments', async () => {
    const image = makeDigest('one');
    await append(
      running('prod in eu', makeDay(1), image),
      running('prod in us', makeDay(1), image),
    );
    await append(running('prod in eu', toInstant(makeDay(1) + 1_000)));
    const { deployments } = orThrow(
      await graph.reader.ask({ name: 'where', subject: image, ...ASK }),
    );
    expect(deployments.map(({ cluster, region }) => [cluster, region])).toEqual([['prod', 'us']]);
  });

  it('a page that starts with silent clusters does not end the answer', async () => {
    const image = makeDigest('one');
    for (let number = 0; number < 5; number++)
      await append(running(`silent-${number}`, makeDay(1), image));
    await append(running('loud-1', makeDay(9), image), running('loud-2', makeDay(9), image));
    const ask = { ...ASK, asOf: toInstant(makeDay(9) + 1) };
    const first = orThrow(
      await graph.reader.ask({
        name: 'where',
        subject: image,
        ...ask,
        page: { rowsMax: 1, after: null },
      }),
    );
    expect(first.deployments.map(({ cluster }) => cluster)).toEqual(['loud-1']);
    const second = orThrow(
      await graph.reader.ask({
        name: 'where',
        subject: image,
        ...ask,
        page: { rowsMax: 1, after: first.next },
      }),
    );
    expect([second.deployments.map(({ cluster }) => cluster), second.next]).toEqual([
      ['loud-2'],
      null,
    ]);
  });

  it('pages of an answer stay consistent while others append', async () => {
    for (const day of [1, 2, 3, 4]) {
      const image = makeDigest(`${day}`);
      await append(sbom(image, [LIB]), release('shop', [image], `${day}`, makeDay(day)));
    }
    const selector = orThrow(parseSelector('lib'));
    const page = async (after: string | null) =>
      orThrow(
        await graph.reader.ask({
          name: 'releases',
          component: selector,
          ...ASK,
          page: { rowsMax: 2, after },
        }),
      );
    const first = await page(null);
    await append(
      sbom(makeDigest('new'), [LIB]),
      release('shop', [makeDigest('new')], 'new', makeDay(9)),
    );
    const second = await page(first.next);
    const versions = [...first.releases, ...second.releases].map(({ version }) => version);
    expect([versions, second.next]).toEqual([['4', '3', '2', '1'], null]);
  });
});
