import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histories, IMAGES, makeDay, NAMES } from '../../../test/support/graph-history.ts';
import { findGraphPlace, removeGraphPlace } from '../../../test/support/graph-place.ts';
import { type TestAdvisory, graphPorts as testPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import { groupAliases } from '../../capabilities/advisories/index.ts';
import {
  computeLeavesRoot,
  type EvidenceInput,
  parseRecord,
} from '../../capabilities/evidence/index.ts';
import {
  listContainers,
  listIntervals,
  type QuestionOptions,
} from '../../capabilities/graph/index.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { openReader, openWriter, type Reader, type Writer } from './index.ts';

const RUNS = { numRuns: Number(process.env['WAYBILL_PROPERTY_RUNS'] ?? 20) };
/** Document `at` of a history is recorded at this moment. */
const recordedAt = (at: number): Instant => toInstant(makeDay(100) + at * 1_000);

async function withGraph<T>(
  history: readonly EvidenceInput[],
  work: (reader: Reader, writer: Writer) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-history-'));
  const path = join(folder, 'graph.db');
  const writer = orThrow(await openWriter({ ...findGraphPlace(path), ports: testPorts }));
  const reader = orThrow(await openReader({ ...findGraphPlace(path), ports: testPorts }));
  try {
    for (const [at, input] of history.entries())
      orThrow(await writer.append([input], recordedAt(at)));
    return await work(reader, writer);
  } finally {
    await reader.close();
    await writer.close();
    removeGraphPlace(path);
    rmSync(folder, { recursive: true });
  }
}

type Line = Readonly<Record<string, unknown>> & { readonly fact: string };

async function exported(reader: Reader): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of reader.export()) lines.push(line);
  return lines;
}

async function listFacts(reader: Reader, fact: string): Promise<readonly Line[]> {
  const lines = (await exported(reader)).map((line) => JSON.parse(line) as Line);
  return lines.filter((line) => line.fact === fact && (line['known_to'] ?? null) === null);
}

/** The valid record of each id: the latest modified one, and of equal ones the last. */
function standing(history: readonly EvidenceInput[]): readonly TestAdvisory[] {
  const byId = new Map<string, TestAdvisory>();
  for (const { kind, body } of history) {
    if (kind !== 'advisories') continue;
    for (const line of new TextDecoder().decode(body).split('\n')) {
      const advisory = JSON.parse(line) as TestAdvisory;
      if ((byId.get(advisory.id)?.modified ?? 0) <= advisory.modified)
        byId.set(advisory.id, advisory);
    }
  }
  return [...byId.values()].filter(({ withdrawn }) => withdrawn === undefined);
}

/** Members that say nothing of the subject. */
const ABOUT: ReadonlySet<string> = new Set(['image', 'observed', 'silent']);

/** The answer to every question, as text. An unknown name gives an empty answer. */
async function answers(reader: Reader, ask: QuestionOptions): Promise<string> {
  const given: unknown[] = [];
  for (const name of NAMES) {
    const exposure = await reader.ask({ name: 'exposure', vulnerability: name, ...ask });
    given.push(exposure.ok && exposure.value.advisories.length > 0 ? exposure.value : null);
  }
  for (const image of IMAGES) {
    for (const answer of [
      await reader.ask({ name: 'where', subject: image, ...ask }),
      await reader.ask({ name: 'findings', subject: image, ...ask }),
    ]) {
      const isEmpty =
        !answer.ok ||
        Object.entries(answer.value).every(
          ([member, part]) =>
            ABOUT.has(member) || !part || (Array.isArray(part) && part.length === 0),
        );
      given.push(isEmpty ? null : answer.value);
    }
  }
  return JSON.stringify(given);
}

describe('the graph after any history', () => {
  it('I8, X13, G8: equals a rebuild from a log without gaps and with the right root', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) =>
        withGraph(history, async (reader, writer) => {
          const live = await exported(reader);
          const { size, root } = orThrow(await reader.head());
          const entries = orThrow(await reader.entries(0, 1_000));
          expect(entries.map(({ position }) => position)).toEqual(
            Array.from({ length: size }, (_, at) => at),
          );
          expect(Buffer.from(root)).toEqual(
            Buffer.from(computeLeavesRoot(entries.map(({ leafHash }) => leafHash))),
          );
          orThrow(await writer.rebuild());
          expect(await exported(reader)).toEqual(live);
          orThrow(await writer.verify());
        }),
      ),
      RUNS,
    );
  });

  it('judges every version by the valid advisories, in any order of import', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) =>
        withGraph(history, async (reader) => {
          const held = (await listFacts(reader, 'package_version')).map((line) =>
            String(line['identity']),
          );
          const wanted = standing(history).flatMap((advisory) =>
            held
              .filter((purl) => {
                const [, type, name, version] =
                  /^pkg:(\w+)\/(?:org\/)?([\w-]+)@(\d)$/.exec(purl) ?? [];
                return advisory.affected[`${type}/${name}`]?.includes(version ?? '') === true;
              })
              .map((purl) => `${advisory.id} ${purl}`),
          );
          const found = (await listFacts(reader, 'affected')).map(
            (line) => `${line['vulnerability']} ${line['package_version']}`,
          );
          expect([...found].sort()).toEqual([...wanted].sort());
        }),
      ),
      RUNS,
    );
  });

  it('groups names by the valid aliases and by no others', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) =>
        withGraph(history, async (reader) => {
          const statements = standing(history).map(({ id, aliases }) => ({
            id,
            aliases: aliases ?? [],
          }));
          const groups = groupAliases(statements).filter(({ names }) => names.length > 1);
          const wanted = groups.flatMap(({ names }) => names.map((name) => `${names[0]} ${name}`));
          const found = (await listFacts(reader, 'alias_member')).map(
            (line) => `${line['alias_group']} ${line['vulnerability']}`,
          );
          expect([...found].sort()).toEqual([...wanted].sort());
          const conflicts = (await listFacts(reader, 'problem')).filter(
            (line) => line['kind'] === 'alias-conflict',
          );
          expect(conflicts).toHaveLength(groups.filter(({ cves }) => cves.length > 1).length);
        }),
      ),
      RUNS,
    );
  });

  it('has the same intervals in whatever order the observations arrived', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) =>
        withGraph(history, async (reader) => {
          const found = await listFacts(reader, 'deployment');
          for (const cluster of ['eu', 'us']) {
            const mine = found.filter(
              (line) => line['cluster'] === JSON.stringify([cluster, null]),
            );
            expect(
              mine
                .map((line) => `${line['interval_key']} ${line['valid_from']} ${line['valid_to']}`)
                .sort(),
            ).toEqual(modelled(history, cluster));
          }
        }),
      ),
      RUNS,
    );
  });

  it('X7: answers as known at a moment like a graph that ends at that moment', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.nat(),
        fc.option(fc.integer({ min: 0, max: 25 }).map(makeDay)),
        (history, pick, asOf) => {
          const last = pick % history.length;
          return withGraph(history, async (reader) => {
            const then = await answers(reader, { ...ASK, asOf, knownAt: recordedAt(last) });
            const alone = await withGraph(history.slice(0, last + 1), (early) =>
              answers(early, { ...ASK, asOf }),
            );
            expect(then).toEqual(alone);
          });
        },
      ),
      RUNS,
    );
  });
});

function modelled(history: readonly EvidenceInput[], cluster: string): readonly string[] {
  const records = history
    .filter(({ kind }) => kind === 'deployment')
    .map(({ body }) => orThrow(parseRecord('deployment', body)));
  // A repeated observation is the same document: a repetition adds nothing.
  const once = [...new Map(records.map((record) => [JSON.stringify(record), record])).values()];
  const mine = once
    .filter((record) => record.cluster === cluster)
    .sort((one, other) => one.observedAt - other.observedAt);
  const seen = mine.map((record) => ({ ...record, keys: new Set(listContainers(record).keys()) }));
  return listIntervals(seen)
    .map(({ key, from, to }) => `${key} ${from} ${to}`)
    .sort();
}
