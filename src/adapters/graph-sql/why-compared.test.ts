import { describe, expect, it } from 'vitest';
import { makeDigest } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay } from '../../../test/support/graph-history.ts';
import { encodeJson, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import { affectedMatcher } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { parseSelector, type WhyAnswer } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/why/view.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph({ ...graphPorts, matcher: affectedMatcher });

const sbom = (of: string, ...purls: readonly string[]): EvidenceInput => ({
  ...{ kind: 'sbom', mediaType: 'application/json', subject: makeDigest(of) },
  body: encodeJson({ complete: true, components: purls.map((purl) => ({ purl })) }),
});

async function ask(of: string, component: string): Promise<WhyAnswer> {
  const selector = orThrow(parseSelector(component));
  const question = { name: 'why', subject: makeDigest(of), component: selector } as const;
  return orThrow(await graph.reader.ask({ ...question, ...ASK }));
}
const exit = (answer: WhyAnswer) => view.pickExitCode?.(answer);
const tree = (answer: WhyAnswer) => view.buildTree?.(answer).map(({ text }) => text);

describe('truth A1: why does not deny what it could not compare', () => {
  it('a version without an order may be in the range; other images are not asked', async () => {
    const inputs = [sbom('odd', 'pkg:npm/a@none'), sbom('plain', 'pkg:npm/a@3.0.0')];
    orThrow(await graph.writer.append(inputs, makeDay(5)));
    const odd = await ask('odd', 'a@<2.0.0');
    expect([odd.components, odd.notCompared, exit(odd)]).toEqual([[], ['pkg:npm/a@none'], 3]);
    expect(tree(odd)).toEqual(['it may be in its inventory: a version could not be compared']);
    const plain = await ask('plain', 'a@<2.0.0');
    expect([plain.notCompared, exit(plain)]).toEqual([[], 0]);
    expect(tree(plain)).toEqual(['it is not in its inventory, which is complete']);
    const more = { ...plain, matchedMore: true };
    expect([exit(more), tree(more)]).toEqual([
      3,
      ['it may be in its inventory: not all packages were looked for'],
    ]);
  });
});
