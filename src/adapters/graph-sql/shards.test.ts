import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histories, IMAGES, NAMES } from '../../../test/support/graph-history.ts';
import { findGraphPlace } from '../../../test/support/graph-place.ts';
import { graphPorts as testPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { parseSelector } from '../../capabilities/graph/index.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { openReader, openWriter, type Reader } from './index.ts';

/** Everything in a shard: the export, and the answers to the questions. */
async function said(reader: Reader): Promise<string> {
  const lines: string[] = [];
  for await (const line of reader.export()) lines.push(line);
  const answers: unknown[] = [];
  for (const component of ['a', 'b', 'pkg:npm/a@1'])
    answers.push(
      unwrapAnswer(
        await reader.ask({
          name: 'releases',
          component: orThrow(parseSelector(component)),
          ...ASK,
        }),
      ),
    );
  for (const name of NAMES)
    answers.push(unwrapAnswer(await reader.ask({ name: 'exposure', vulnerability: name, ...ASK })));
  for (const image of IMAGES) {
    answers.push(
      unwrapAnswer(await reader.ask({ name: 'where', subject: image, ...ASK })),
      unwrapAnswer(await reader.ask({ name: 'findings', subject: image, ...ASK })),
    );
    answers.push(
      unwrapAnswer(await reader.ask({ name: 'provenance', subject: image, ...ASK })),
      unwrapAnswer(await reader.ask({ name: 'verdicts', subject: image, ...ASK })),
    );
    answers.push(unwrapAnswer(await reader.ask({ name: 'violations', subject: image, ...ASK })));
    answers.push(
      unwrapAnswer(
        await reader.ask({
          name: 'why',
          subject: image,
          component: orThrow(parseSelector('a')),
          ...ASK,
        }),
      ),
    );
  }
  for (const cluster of ['eu', 'us']) {
    const place = { cluster, region: null, namespace: null };
    answers.push(unwrapAnswer(await reader.ask({ name: 'where', subject: null, ...ASK, place })));
  }
  for (const called of ['shop', 'map@1', 'registry.example.com/shop'])
    answers.push(unwrapAnswer(await reader.ask({ name: 'where', subject: { called }, ...ASK })));
  answers.push(
    unwrapAnswer(await reader.ask({ name: 'judged', gate: 'admission', ...ASK })),
    unwrapAnswer(await reader.ask({ name: 'judged', gate: 'release', ...ASK })),
  );
  answers.push(
    unwrapAnswer(await reader.ask({ name: 'violations', subject: null, ...ASK, owner: 'x' })),
  );
  return JSON.stringify([lines, answers]);
}

const unwrapAnswer = (result: { ok: boolean; value?: unknown }) =>
  result.ok ? result.value : null;

async function saidBy(shards: readonly (readonly EvidenceInput[])[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-shards-'));
  const path = join(folder, 'graph.db');
  const answers: string[] = [];
  for (const [at, history] of shards.entries()) {
    const writer = orThrow(
      await openWriter({ ...findGraphPlace(path), ports: testPorts, shard: at + 1 }),
    );
    for (const [moment, input] of history.entries())
      orThrow(await writer.append([input], toInstant(moment)));
    await writer.close();
  }
  for (const [at] of shards.entries()) {
    const reader = orThrow(
      await openReader({ ...findGraphPlace(path), ports: testPorts, shard: at + 1 }),
    );
    answers.push(await said(reader));
    await reader.close();
  }
  rmSync(folder, { recursive: true });
  return answers;
}

it('GS12: two tenants whose ids collide give the same answers as each one alone', async () => {
  await fc.assert(
    fc.asyncProperty(histories, histories, async (one, other) => {
      const together = await saidBy([one, other]);
      const [alone] = await saidBy([one]);
      expect(together[0]).toEqual(alone);
      const [, otherAlone] = await saidBy([[], other]);
      expect(together[1]).toEqual(otherAlone);
    }),
    { numRuns: Number(process.env['WAYBILL_PROPERTY_RUNS'] ?? 8) },
  );
});
