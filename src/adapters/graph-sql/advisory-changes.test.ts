import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day } from '../../../test/support/graph-history.ts';
import { encodeJson } from '../../../test/support/graph-ports.ts';
import { ASK as ask } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';
import { graphPorts } from '../../entrypoints/compose/graph-ports.ts';

const graph = freshGraph(graphPorts);

const sbom = (...names: readonly string[]): EvidenceInput => ({
  kind: 'sbom',
  mediaType: 'application/json',
  body: encodeJson({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: names.map((name) => ({
      ...{ type: 'library', name, version: '1.0.0', purl: `pkg:npm/${name}@1.0.0` },
    })),
  }),
  subject: sha256(names.join()),
});

/** Each is `name:fixed`. */
const advisories = (modified: number, ...texts: readonly string[]): EvidenceInput => {
  const lines = texts.map((text) => {
    const [name = '', fixed = ''] = text.split(':');
    const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }];
    const affected = [{ package: { ecosystem: 'npm', name }, ranges }];
    return JSON.stringify({ id: `ADV-${name}`, modified: new Date(day(modified)), affected });
  });
  return {
    ...{ kind: 'advisories', mediaType: 'application/x-ndjson', subject: null },
    body: Buffer.from(`${lines.join('\n')}\n`),
  };
};

async function record(at: number, ...inputs: readonly EvidenceInput[]): Promise<void> {
  orThrow(await graph.writer.append(inputs, day(at)));
}

async function askChanges(more: Partial<typeof ask> = {}) {
  const answer = orThrow(await graph.reader.ask({ ...ask, ...more, name: 'changes' }));
  const rows = answer.changes.map(({ advisory, purl, change, fixed }) =>
    [advisory, purl.slice(8), change, ...fixed].join(' '),
  );
  return { rows, next: answer.next, answer };
}

describe('Q2: the components that changed advisories affect', () => {
  it('are those of the last import alone, with what began, what stayed and what ended', async () => {
    expect((await askChanges()).rows).toEqual([]);
    await record(1, advisories(1, 'left:2.0.0', 'right:2.0.0', 'other:2.0.0', 'far:2.0.0'));
    await record(2, sbom('left', 'right', 'other', 'new'));
    // A component that arrives changes no advisory.
    expect((await askChanges()).rows).toEqual([]);
    await record(3, advisories(3, 'left:3.0.0', 'right:0.9.0', 'new:1.5.0', 'far:4.0.0'));
    const { rows, answer } = await askChanges();
    expect(rows.toSorted()).toEqual([
      'ADV-left left@1.0.0 affected 3.0.0',
      'ADV-new new@1.0.0 affected 1.5.0',
      'ADV-right right@1.0.0 ended 2.0.0',
    ]);
    expect(answer.changes.every(({ evidence }) => evidence.length === 1)).toBe(true);
    // An older record that arrives late changes nothing.
    await record(4, advisories(0, 'other:9.0.0'));
    expect((await askChanges()).rows).toEqual([]);
    expect((await askChanges({ since: day(3) })).rows).toEqual(rows);
    expect((await askChanges({ knownAt: day(3) })).rows).toEqual(rows);
  });

  it('come in pages that miss none and repeat none', async () => {
    const names = Array.from({ length: 7 }, (_, at) => `part${at}`);
    await record(1, sbom(...names));
    const fixed = (version: string) => names.map((name) => `${name}:${version}`);
    await record(2, advisories(2, ...fixed('2.0.0')));
    await record(3, advisories(3, ...fixed('3.0.0')));
    const whole = (await askChanges({ since: day(2) })).rows;
    expect(whole).toHaveLength(14);
    const paged: string[] = [];
    let after: string | null = null;
    do {
      const page = { rowsMax: 3, after };
      const { rows, next } = await askChanges({ since: day(2), page });
      paged.push(...rows);
      after = next;
    } while (after !== null);
    expect(paged).toEqual(whole);
  });
});
