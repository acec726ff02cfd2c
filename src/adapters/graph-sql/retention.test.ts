import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeDigest, sbom } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { findGraphPlace, removeGraphPlace } from '../../../test/support/graph-place.ts';
import { encodeJson, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { orThrow } from '../../core/result.ts';
import { copyGraph, REMOVABLE_KINDS } from './index.ts';

const graph = freshGraph(graphPorts);
const IMAGE = makeDigest('sound');
const seen = (cluster: string, at: number): EvidenceInput =>
  recordInput('deployment', {
    ...{ cluster, region: null, observedAt: day(at), leaseMs: 86_400_000, workloads: [] },
  } as never);
const scan = (name: string): EvidenceInput => ({
  ...{ kind: 'scan', mediaType: 'application/json', subject: IMAGE },
  body: encodeJson({ scan: name }),
});
const RULE = { kinds: REMOVABLE_KINDS, now: day(20), why: 'a test', isTrial: false };

async function fill(): Promise<void> {
  const at = async (when: number, ...inputs: readonly EvidenceInput[]) =>
    orThrow(await graph.writer.append(inputs, day(when)));
  await at(1, sbom(IMAGE, ['pkg:npm/lib@1']), seen('eu', 1), seen('us', 1), scan('first'));
  await at(2, seen('eu', 2), scan('second'));
  await at(9, seen('eu', 9));
}

async function exported(): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of graph.reader.export()) lines.push(line);
  return lines;
}

it('G4: old documents go, the present stays, and the log verifies as before', async () => {
  await fill();
  const before = orThrow(await graph.writer.verify());
  const trial = orThrow(await graph.writer.retain({ ...RULE, before: day(5), isTrial: true }));
  const told = orThrow(await graph.writer.retain({ ...RULE, before: day(5) }));
  // The only observation of us and the last scan stay, and what no rule names.
  expect(told).toMatchObject({
    ...{ entries: 3, byKind: { deployment: 2, scan: 1 }, kept: 2, more: false },
  });
  expect(trial).toEqual(told);
  expect(orThrow(await graph.writer.verify())).toEqual(before);
  const seenPlaces = orThrow(await graph.reader.ask({ name: 'where', subject: null, ...ASK }));
  expect(seenPlaces).toMatchObject({ observed: true });
  const now = await exported();
  expect(orThrow(await graph.writer.rebuild())).toMatchObject({ documents: 4 });
  expect(await exported()).toEqual(now);
  expect(orThrow(await graph.writer.retain({ ...RULE, before: day(5) })).entries).toBe(0);
});

it('what was removed is stored again when it comes, and a copy knows what is gone', async () => {
  await fill();
  orThrow(await graph.writer.retain({ ...RULE, before: day(5) }));
  const [again] = orThrow(await graph.writer.append([scan('first')], day(10)));
  expect(again).toMatchObject({ fresh: true, position: 7 });
  const body = orThrow(await graph.reader.body(again?.digest ?? IMAGE));
  expect(Buffer.from(body).toString()).toContain('first');
  const path = join(graph.folder, 'copy.db');
  const copied = await copyGraph(
    findGraphPlace(join(graph.folder, 'graph.db')),
    { ...findGraphPlace(path), ports: graphPorts },
    { signal: new AbortController().signal, progress: () => undefined },
  );
  removeGraphPlace(path);
  expect(copied).toMatchObject({ ok: true, value: { documents: 8, copied: 8 } });
});
