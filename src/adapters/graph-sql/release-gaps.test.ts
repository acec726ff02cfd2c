import { describe, expect, it } from 'vitest';
import { makeDigest } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import { affectedMatcher } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import {
  parseSelector,
  type QuestionOptions,
  type ReleaseMatches,
} from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/releases/view.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph({ ...graphPorts, matcher: affectedMatcher });
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(5)));

const sbom = (of: string, complete: boolean, ...purls: readonly string[]): EvidenceInput => ({
  ...{ kind: 'sbom', mediaType: 'application/json', subject: makeDigest(of) },
  body: encodeJson({ complete, components: purls.map((purl) => ({ purl })) }),
});
const release = (of: string): EvidenceInput =>
  recordInput('release', {
    ...{ name: of, version: '1', releasedAt: makeDay(1), owner: 'team', source: null, build: null },
    images: [
      {
        reference: `registry.example.com/shop/${of}:1`,
        digest: makeDigest(of),
        platforms: [],
      },
    ],
    artifacts: [],
  });

async function ask(component: string, more: Partial<QuestionOptions> = {}) {
  const selector = orThrow(parseSelector(component));
  return orThrow(
    await graph.reader.ask({ name: 'releases', component: selector, ...ASK, ...more }),
  );
}
const shown = ({ releases, unknown }: ReleaseMatches) => ({
  releases: releases.map(({ name }) => name),
  unknown: unknown.map(({ name, reason }) => [name, reason]).sort(),
});
const exit = (answer: ReleaseMatches) => view.pickExitCode?.(answer);

describe('truth A1: a release that may have a component is no release without it', () => {
  it('is named where its inventory is partial or missing, and nothing is clean', async () => {
    await append(release('whole'), sbom('whole', true, 'pkg:npm/a@1.0.0'));
    const clean = await ask('pkg:npm/a@2.0.0');
    expect([shown(clean), exit(clean)]).toEqual([{ releases: [], unknown: [] }, 0]);
    await append(release('part'), sbom('part', false, 'pkg:npm/b@1.0.0'), release('blank'));
    const answer = await ask('pkg:npm/a@2.0.0');
    expect(shown(answer)).toEqual({
      releases: [],
      unknown: [
        ['blank', 'inventory-missing'],
        ['part', 'inventory-partial'],
      ],
    });
    expect([answer.unknownMore, exit(answer)]).toEqual([false, 3]);
  });

  it('but not where it is known to have it', async () => {
    await append(release('part'), sbom('part', false, 'pkg:npm/a@1.0.0'));
    const all = await ask('pkg:npm/a');
    expect([shown(all), exit(all)]).toEqual([{ releases: ['part'], unknown: [] }, 0]);
  });

  it('also beside releases that are known to have it', async () => {
    await append(release('part'), sbom('part', false, 'pkg:npm/a@1.0.0'), release('blank'));
    const answer = await ask('pkg:npm/a');
    expect(shown(answer)).toEqual({
      releases: ['part'],
      unknown: [['blank', 'inventory-missing']],
    });
    expect(exit(answer)).toBe(3);
  });

  it('nor is one with a package that was not looked up', async () => {
    await append(release('whole'), sbom('whole', true, 'pkg:npm/a@1.0.0'));
    const answer = await ask('pkg:npm/a');
    expect([exit(answer), exit({ ...answer, matchedMore: true })]).toEqual([0, 3]);
  });

  it('nor is a version that cannot be compared with the range one outside of it', async () => {
    await append(release('odd'), sbom('odd', true, 'pkg:npm/a@none'));
    const answer = await ask('a@<2.0.0');
    expect([answer.notCompared.length, shown(answer), exit(answer)]).toEqual([
      1,
      { releases: [], unknown: [] },
      3,
    ]);
  });

  it('a bounded number of them is named, and only with the first page', async () => {
    const many = Array.from({ length: LIMITS.unknownExposureMax + 1 }, (_, at) => `r${at}`);
    await append(...many.map(release), release('whole'), sbom('whole', true, 'pkg:npm/a@1.0.0'));
    const answer = await ask('pkg:npm/a@2.0.0');
    expect([answer.unknown.length, answer.unknownMore, exit(answer)]).toEqual([
      LIMITS.unknownExposureMax,
      true,
      3,
    ]);
  });
});
