import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openReader,
  openWriter,
  type Reader,
  type Writer,
} from '../src/adapters/graph-sql/index.ts';
import { ANYWHERE, parseSelector, type QuestionOptions } from '../src/capabilities/graph/index.ts';
import { ok, orThrow, type Result } from '../src/core/result.ts';
import { graphPorts } from '../src/entrypoints/compose/graph-ports.ts';
import { ASK } from '../test/support/question-options.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';
import {
  advisoriesInput,
  deploymentInputs,
  feedsInput,
  MILLION,
  makeImageDigest,
  makeReleaseTime,
  releaseInputs,
} from './graph-history.ts';

const QUESTION_MS_MAX = 10;
const ROUNDS = 30;

/**
 * Documents in one call, and so in one transaction. Each call is acknowledged when it is on the
 * disk.
 */
const BATCH = 8;

/** The cost of appending, without making the bytes, which normally come from a file. */
class Meter {
  members = 0;
  #spentMs = 0;
  #cpuMs = 0;

  async append(writer: Writer, releases: readonly number[]): Promise<void> {
    const inputs = releases.flatMap((release) => releaseInputs(MILLION, release));
    const [started, cpu] = [performance.now(), process.cpuUsage()];
    orThrow(await writer.append(inputs, makeReleaseTime(MILLION.releases)));
    const { user, system } = process.cpuUsage(cpu);
    this.#spentMs += performance.now() - started;
    this.#cpuMs += (user + system) / 1_000;
    this.members += releases.length * MILLION.membersOfEach;
  }

  figures(what: string): Figure[] {
    const rate = (ms: number) => this.members / (ms / 1_000);
    return [
      { what, value: rate(this.#spentMs), unit: 'rows/s', target: { min: 20_000 } },
      { what: `${what}, by CPU time`, value: rate(this.#cpuMs), unit: 'rows/s', target: null },
    ];
  }
}

/**
 * Imports all releases, alternately one at a time and eight at a time. It asks the questions on the
 * way and at the end.
 */
async function importAll(path: string): Promise<Figure[]> {
  const writer = orThrow(await openWriter({ path, ports: graphPorts }));
  const now = makeReleaseTime(MILLION.releases);
  orThrow(await writer.append([advisoriesInput(), feedsInput()], now));
  const [single, batched] = [new Meter(), new Meter()];
  let early: readonly QuestionTiming[] = [];
  for (let first = 0; first < MILLION.releases; first += BATCH) {
    const releases = Array.from({ length: BATCH }, (_, at) => first + at);
    if ((first / BATCH) % 2 === 0)
      for (const release of releases) await single.append(writer, [release]);
    else await batched.append(writer, releases);
    if (first === MILLION.releases / 10)
      early = await askAll(
        path,
        QUESTIONS.filter(({ common }) => common),
      );
  }
  for (const input of deploymentInputs(MILLION)) orThrow(await writer.append([input], now));
  await writer.close();
  const late = await askAll(path, QUESTIONS);
  return [
    {
      what: 'set members imported',
      value: single.members + batched.members,
      unit: 'rows',
      target: null,
    },
    ...single.figures('durable import, one release at a time'),
    ...batched.figures('durable import, eight at a time'),
    { what: 'size on disk', value: statSync(path).size / 2 ** 20, unit: 'MiB', target: null },
    ...late.flatMap(toFigures),
    ...early.map((one) => growth(one, late)),
  ];
}

interface Question {
  readonly what: string;
  readonly ask: (reader: Reader) => Promise<Result<{ readonly releases: readonly unknown[] }>>;
  /**
   * Fills its page of 100 rows at a tenth of the size too, so that the answer has the same size in
   * both.
   */
  readonly common?: true;
}

const component =
  (text: string, ask: Partial<QuestionOptions> = {}) =>
  (reader: Reader) =>
    reader.ask({ name: 'releases', component: orThrow(parseSelector(text)), ...ASK, ...ask });

const QUESTIONS: readonly Question[] = [
  { what: 'releases with log4j 2.14.1', ask: component('log4j@2.14.1') },
  { what: 'releases with a component of every release', ask: component('part-0'), common: true },
  { what: 'releases with a component of few releases', ask: component('pkg:npm/part-9999') },
  {
    what: 'releases with it, recent, by owner',
    ask: component('log4j', { since: makeReleaseTime(1_000), owner: 'team-3' }),
  },
  {
    what: 'exposure to CVE-2021-44228',
    ask: (reader) => reader.ask({ name: 'exposure', vulnerability: 'CVE-2021-44228', ...ASK }),
  },
  {
    what: 'exposure to a flaw of every release',
    ask: (reader) => reader.ask({ name: 'exposure', vulnerability: 'CVE-2026-10000', ...ASK }),
    common: true,
  },
  {
    what: 'what runs in a cluster',
    ask: async (reader) =>
      pickRows(
        await reader.ask({ name: 'where', subject: null, ...ASK, place: EU }),
        'deployments',
      ),
  },
  {
    what: 'where an image runs',
    ask: async (reader) =>
      pickRows(
        await reader.ask({ name: 'where', subject: makeImageDigest(0), ...ASK }),
        'deployments',
      ),
  },
  {
    what: 'findings of an image',
    ask: async (reader) =>
      pickRows(
        await reader.ask({ name: 'findings', subject: makeImageDigest(0), ...ASK }),
        'findings',
      ),
  },
  {
    what: 'a page of what a policy is tried on',
    ask: async (reader) =>
      pickRows(await reader.ask({ name: 'judged', gate: 'admission', ...ASK }), 'subjects'),
  },
];

const EU = { ...ANYWHERE, cluster: 'eu-1' };

/** The rows of an answer whose rows are not releases. */
function pickRows<K extends string>(
  answer: Result<{ readonly [N in K]: readonly unknown[] }>,
  rows: K,
) {
  return answer.ok ? ok({ releases: answer.value[rows] }) : answer;
}

interface QuestionTiming {
  readonly what: string;
  readonly rows: number;
  readonly p50Ms: number;
  readonly slowestMs: number;
}

async function askAll(
  path: string,
  questions: readonly Question[],
): Promise<readonly QuestionTiming[]> {
  const reader = orThrow(await openReader({ path, ports: graphPorts }));
  const all: QuestionTiming[] = [];
  for (const question of questions) all.push(await timed(reader, question));
  await reader.close();
  return all;
}

async function timed(reader: Reader, { what, ask }: Question): Promise<QuestionTiming> {
  const times: number[] = [];
  let rows = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    rows = orThrow(await ask(reader)).releases.length;
    times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  return { what, rows, p50Ms: quantile(times, 0.5), slowestMs: times.at(-1) ?? Number.NaN };
}

function toFigures({ what, rows, p50Ms, slowestMs }: QuestionTiming): Figure[] {
  return [
    {
      what: `${what}, ${rows} rows, p50`,
      value: p50Ms,
      unit: 'ms',
      target: { max: QUESTION_MS_MAX },
    },
    { what: `${what}, slowest of ${ROUNDS}`, value: slowestMs, unit: 'ms', target: null },
  ];
}

/**
 * Ten times the data for a page of the same length. A ratio of 1 means that the time depends only
 * on the answer; 10 means that the question reads everything.
 */
function growth(early: QuestionTiming, late: readonly QuestionTiming[]): Figure {
  const after = late.find(({ what }) => what === early.what)?.p50Ms ?? Number.NaN;
  return {
    what: `${early.what}, at 10 × the data`,
    value: after / early.p50Ms,
    unit: '×',
    target: { max: 3 },
  };
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'graph: a million set members, durable import and questions of 100 rows',
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      return await importAll(join(folder, 'graph.db'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
