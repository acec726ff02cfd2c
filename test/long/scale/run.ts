import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader, openWriter } from '../../../src/adapters/graph-sql/index.ts';
import type { EvidenceInput } from '../../../src/capabilities/evidence/index.ts';
import { parseSelector, type Question } from '../../../src/capabilities/graph/index.ts';
import { toInstant } from '../../../src/core/instant.ts';
import { orThrow } from '../../../src/core/result.ts';
import { graphPorts as ports } from '../../../src/entrypoints/compose/graph-ports.ts';
import { LOG4SHELL } from '../../support/log4shell.ts';
import {
  ADVISORY_DAY,
  DAY_MS,
  dayAt,
  listDocuments,
  madeWorld,
} from '../../support/thousand-releases.ts';
import { type Figure, type LongResult, listMissed } from '../report.ts';

export interface ScaleOptions {
  /** Releases of the smaller world; the larger one has ten times as many. */
  readonly releases: number;
  readonly say: (line: string) => void;
}

/**
 * How much more one release, or one page of an answer, may cost in a world ten times as large: work
 * in proportion to the world would be 10. An answer also names up to 100 unknown releases.
 */
const RATIO_MAX = 4;
const ROUNDS = 5;

/**
 * Whether the cost of a release and of a request grows with what is there already: both are
 * measured in processor time in two worlds, one ten times as large.
 */
export async function scale({ releases, say }: ScaleOptions): Promise<LongResult> {
  const small = await measureWorld(releases);
  say(`${releases} releases: ${JSON.stringify(small)}`);
  const large = await measureWorld(releases * 10);
  say(`${releases * 10} releases: ${JSON.stringify(large)}`);
  const figures = Object.keys(small).map((what): Figure => {
    const ratio = (large[what] ?? Number.NaN) / (small[what] ?? Number.NaN);
    return { what: `scale: ${what}, 10 × to 1 ×`, value: ratio, unit: '×', max: RATIO_MAX };
  });
  return { kind: 'scale', tried: figures.length, faults: listMissed(figures), figures };
}

/** Milliseconds of the processor, by what was done. */
type Costs = Readonly<Record<string, number>>;

async function measureWorld(count: number): Promise<Costs> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-scale-'));
  try {
    const path = join(folder, 'graph.db');
    const release = await fill(path, count);
    return { 'one more release': release, ...(await askAll(path)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a release cost, in the last tenth of them. */
async function fill(path: string, count: number): Promise<number> {
  const writer = orThrow(await openWriter({ path, ports }));
  const advisories: EvidenceInput = {
    kind: 'advisories',
    mediaType: 'application/x-ndjson',
    subject: null,
    body: Buffer.from(JSON.stringify(LOG4SHELL)),
  };
  let [costs, documents] = [0, 0];
  const days = [...listDocuments(madeWorld(count, 7))];
  for (const [at, [day, inputs]] of days.entries()) {
    const all = day === ADVISORY_DAY ? [...inputs, advisories] : inputs;
    const before = process.cpuUsage();
    orThrow(await writer.append(all, toInstant(dayAt(day) + DAY_MS - 3_600_000)));
    if (at < days.length * 0.9) continue;
    const used = process.cpuUsage(before);
    costs += (used.user + used.system) / 1_000;
    documents += inputs.length;
  }
  await writer.close();
  return costs / documents;
}

const PAGE = { rowsMax: 10, after: null };
const FILTER = { asOf: null, knownAt: null, since: null, owner: null, signedBy: null, page: PAGE };

type ScaleQuestion = Question<'releases'> | Question<'exposure'>;

const QUESTIONS: readonly (readonly [what: string, question: ScaleQuestion])[] = [
  [
    'a page of releases with a component',
    {
      name: 'releases',
      component: orThrow(parseSelector('log4j-core@2.12.3')),
      ...FILTER,
    } as ScaleQuestion,
  ],
  [
    'a page of an exposure',
    { name: 'exposure', vulnerability: 'CVE-2021-44228', ...FILTER } as ScaleQuestion,
  ],
];

async function askAll(path: string): Promise<Costs> {
  const reader = orThrow(await openReader({ path, ports }));
  const costs: [string, number][] = [];
  for (const [what, question] of QUESTIONS) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage();
      orThrow(await reader.ask(question));
      const used = process.cpuUsage(before);
      times.push((used.user + used.system) / 1_000);
    }
    costs.push([what, Math.min(...times)]);
  }
  await reader.close();
  return Object.fromEntries(costs);
}
