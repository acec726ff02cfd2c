import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DecisionEvidence } from '../../src/capabilities/evidence/index.ts';
import type { Digest } from '../../src/core/digest.ts';
import { orThrow } from '../../src/core/result.ts';
import { openAdvisories } from '../../src/entrypoints/compose/advisories.ts';
import { openLedger, openQuestions } from '../../src/entrypoints/compose/graph.ts';
import { type Config, loadConfig } from '../../src/entrypoints/config/config.ts';
import { CommandLine, type RunningCommand } from '../support/command-line.ts';
import {
  advisoryText,
  type EvidenceRequest,
  post,
  posting,
  sbomText,
} from '../support/evidence-load.ts';
import { podReview, Scene } from '../support/scene.ts';
import type { HttpAnswer } from '../support/send-request.ts';

/** 50 in the interoperability suite. */
const KILLS = Number(process.env['WAYBILL_KILLS'] ?? 5);
const CLIENTS = 3;
const SERVING_MS_MAX = 400;
const WORKING_MS_MAX = 250;
const RECORDS = 2_000;
/**
 * The number of kills of one store. Then a new store begins, so that checking does not grow with
 * the number of kills.
 */
const GENERATION = 5;
const PATIENCE_MS = KILLS * 20_000 + 60_000;

type Sender = (one: EvidenceRequest) => Promise<HttpAnswer>;

interface Receipt {
  readonly position: number;
  readonly digest: string;
}

/**
 * Every acknowledged document is in the log at the position in its receipt, and the graph is that
 * of the whole log.
 */
async function expectWhole(
  config: Config,
  acknowledged: readonly Receipt[],
  when: string,
): Promise<void> {
  // It was killed before the store was made, and so before any acknowledgement.
  if (!existsSync(config.database)) return expect(acknowledged, when).toEqual([]);
  const reader = await openQuestions(config);
  const exported = async (): Promise<string> => {
    const lines: string[] = [];
    for await (const line of reader.export()) lines.push(line);
    return lines.join('\n');
  };
  for (const { position, digest } of acknowledged) {
    const [entry] = orThrow(await reader.entries(position, 1));
    expect(entry, when).toMatchObject({ position, digest });
    orThrow(await reader.body(entry?.digest ?? ('' as never)));
  }
  const before = await exported();
  const { log, close } = await openLedger(config);
  orThrow(await log.verify());
  orThrow(await log.rebuild());
  await close();
  expect(await exported(), when).toBe(before);
  await reader.close();
}

describe('kill -9 of `waybill serve`', () => {
  let scene: Scene;
  let waybill: CommandLine;
  let image: string;
  let sent = 0;
  const acknowledged: Receipt[] = [];
  let allowed = 0;

  beforeAll(async () => {
    scene = await Scene.open();
    const { digest } = await scene.publish('trips');
    image = `${scene.registry.registry}/shop/trips@${digest}`;
    waybill = new CommandLine(scene.folder);
  });
  afterAll(async () => {
    await waybill.close();
    await scene.close();
  });

  async function sendEvidence(to: Sender): Promise<void> {
    for (;;) {
      const answer = await to(posting(sent++));
      expect(answer.status, answer.body).toBe(201);
      acknowledged.push(JSON.parse(answer.body) as Receipt);
    }
  }

  /** Each review in a new namespace gives a decision to record. */
  async function sendReviews(to: Sender): Promise<void> {
    for (;;) {
      const namespace = `shop-${sent++}`;
      const answer = await to({ path: '/admit', body: review(namespace) });
      const { response } = JSON.parse(answer.body) as { response: { allowed: boolean } };
      if (response.allowed) allowed += 1;
    }
  }
  const review = (namespace: string): string => JSON.stringify(podReview(image, namespace));

  /** Clients end when the server is gone. This alone is not a fault. */
  async function untilGone(client: Promise<void>): Promise<void> {
    await client.catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.name === 'AssertionError') throw thrown;
    });
  }

  /**
   * The moment is counted from the second acknowledgement and the first admission, so that the
   * process is at work also on a slow machine.
   */
  async function serveAndKill(ms: number): Promise<void> {
    const server = await waybill.start('serve', '--listen', '127.0.0.1:0');
    const url = /https:\S+/.exec(server.line)?.[0] ?? '';
    const agent = new Agent({
      ca: readFileSync(join(scene.home, 'tls', 'ca.crt')),
      keepAlive: true,
    });
    const to = (one: EvidenceRequest) => post(url, agent, one);
    const clients = [
      ...Array.from({ length: CLIENTS }, () => sendEvidence(to)),
      sendReviews(to),
    ].map(untilGone);
    const before = acknowledged.length;
    const working = vi.waitUntil(() => acknowledged.length > before + 1 && allowed > 0, {
      timeout: 90_000,
      interval: 1,
    });
    await Promise.race([working, Promise.all(clients)]);
    await wait(ms);
    await server.stop('SIGKILL');
    await Promise.all(clients);
    agent.destroy();
  }

  /** An interrupted start: it makes its certificates, opens the store and repairs it. */
  async function startAndKill(ms: number): Promise<void> {
    rmSync(join(scene.home, 'tls'), { recursive: true, force: true });
    const starting = waybill.start('serve', '--listen', '127.0.0.1:0').catch(() => null);
    await wait(ms);
    await waybill.close();
    await ((await starting) as RunningCommand | null)?.stop('SIGKILL');
  }

  it(
    `at ${KILLS} random moments loses no acknowledged document and leaves nothing half projected`,
    async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        // chance is the point: each run kills at other moments
        const ms = Math.floor(Math.random() * SERVING_MS_MAX);
        if (kill % 5 === 4) await startAndKill(ms * 3);
        await serveAndKill(ms);
        await expectWhole(scene.config, acknowledged, `kill ${kill}, after ${ms} ms`);
      }
      console.log(
        `${KILLS} kills of the server: ${acknowledged.length} documents acknowledged, ` +
          `${allowed} pods admitted`,
      );
      expect(acknowledged.length).toBeGreaterThan(KILLS);
      expect(allowed).toBeGreaterThan(0);
      const { code, answer } = await waybill.json<{ equal: boolean; documents: number }>(
        'graph',
        'rebuild',
      );
      expect([code, answer.equal]).toEqual([0, true]);
      expect(answer.documents).toBeGreaterThanOrEqual(
        new Set(acknowledged.map(({ position }) => position)).size,
      );
    },
    PATIENCE_MS,
  );
});

describe('kill -9 while the database is busy', () => {
  it('truth B5: loses no admission that was answered; the next start records all', async () => {
    const scene = await Scene.open();
    const waybill = new CommandLine(scene.folder);
    try {
      const { digest } = await scene.publish('trips');
      const image = `${scene.registry.registry}/shop/trips@${digest}`;
      const start = () => waybill.start('serve', '--listen', '127.0.0.1:0');
      const server = await start();
      const other = new DatabaseSync(scene.config.database);
      other.exec('BEGIN IMMEDIATE'); // nothing can be recorded until this process ends it
      const agent = new Agent({ ca: readFileSync(join(scene.home, 'tls', 'ca.crt')) });
      const namespaces = Array.from({ length: 20 }, (_, at) => `shop-${at}`);
      const url = /https:\S+/.exec(server.line)?.[0] ?? '';
      const answers = await Promise.all(
        namespaces.map((namespace) =>
          post(url, agent, { path: '/admit', body: JSON.stringify(podReview(image, namespace)) }),
        ),
      );
      expect(answers.filter(({ body }) => body.includes('"allowed":true'))).toHaveLength(20);
      await server.stop('SIGKILL');
      other.exec('ROLLBACK');
      other.close();
      agent.destroy();
      await (await start()).stop();
      expect(await listNamespaces(scene.config, digest)).toEqual(new Set(namespaces));
      expect(readdirSync(join(scene.home, 'journal'))).toEqual([]);
    } finally {
      await waybill.close();
      await scene.close();
    }
  });
});

/** Where the recorded decisions about an image were made. */
async function listNamespaces(config: Config, digest: Digest): Promise<ReadonlySet<string>> {
  const reader = await openQuestions(config);
  const namespaces = new Set<string>();
  for (const entry of orThrow(await reader.about(digest, 'decision'))) {
    const bytes = orThrow(await reader.body(entry.digest));
    const record = JSON.parse(Buffer.from(bytes).toString()) as DecisionEvidence;
    namespaces.add(record.workload?.namespace ?? '');
  }
  await reader.close();
  return namespaces;
}

describe('kill -9 of an import', () => {
  let folder: string;
  let waybill: CommandLine;
  let config: Config;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-kill-'));
    mkdirSync(join(folder, 'documents'));
    waybill = new CommandLine(folder);
    config = await loadConfig({ home: waybill.home }, {}, folder);
  });
  afterAll(async () => {
    await waybill.close();
    rmSync(folder, { recursive: true });
  });

  function startAnew(acknowledged: Receipt[] = []): 0 {
    rmSync(waybill.home, { recursive: true });
    mkdirSync(waybill.home);
    acknowledged.length = 0;
    return 0;
  }

  /** After the start of Node.js, which changes no file. */
  const momentIn = (wholeMs: number): number => wholeMs * (0.3 + 0.7 * Math.random());

  /**
   * Runs a command and kills it `ms` after its start or its first output. Returns the lines that it
   * had printed, or its duration if it ended before.
   */
  async function killed(
    ms: number,
    args: readonly string[],
    since: 'start' | 'first output' = 'start',
  ) {
    const started = performance.now();
    const child = waybill.spawn(...args);
    if (since === 'first output')
      await Promise.race([once(child.process.stdout, 'data'), child.ended]);
    const timer = setTimeout(() => child.process.kill('SIGKILL'), ms);
    const { code, lines } = await child.ended;
    clearTimeout(timer);
    return { code, lines, ms: performance.now() - started };
  }

  it(
    `\`waybill graph import\` at ${KILLS} random moments keeps acknowledged documents`,
    async () => {
      const acknowledged: Receipt[] = [];
      let total = 0;
      const files = (round: number): string[] =>
        Array.from({ length: 60 }, (_, at) => {
          const file = `documents/${round}-${at}.json`;
          writeFileSync(join(folder, file), sbomText(round * 60 + at));
          return file;
        });
      const whole = await killed(60_000, ['graph', 'import', '--format', 'json', ...files(0)]);
      expect([whole.code, whole.lines.length]).toEqual([0, 60]);
      for (let kill = 1; kill <= KILLS; kill++) {
        if (kill % GENERATION === 0) startAnew(acknowledged);
        const args = ['graph', 'import', '--format', 'json', ...files(kill)];
        // Half of the kills come while the store is opened, half while documents are stored.
        const ms = kill % 2 === 0 ? momentIn(whole.ms) : Math.random() * WORKING_MS_MAX;
        const { lines } = await killed(ms, args, kill % 2 === 0 ? 'start' : 'first output');
        acknowledged.push(...lines.map((line) => JSON.parse(line) as Receipt));
        total += lines.length;
        await expectWhole(config, acknowledged, `kill ${kill}, after ${ms} ms`);
      }
      console.log(`${KILLS} kills of graph import: ${total} documents acknowledged`);
      expect(total).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  it(
    `\`waybill advisories import\` at ${KILLS} random moments leaves index and graph whole`,
    async () => {
      const feed = (round: number): string => {
        const lines = Array.from({ length: RECORDS }, (_, at) =>
          advisoryText(round * RECORDS + at, `ADV-${round}-${at}`),
        );
        writeFileSync(join(folder, 'feed.ndjson'), `${lines.join('\n')}\n`);
        return 'feed.ndjson';
      };
      const whole = await killed(60_000, ['advisories', 'import', feed(0)]);
      expect(whole.code).toBe(0);
      let [before, finished] = [await advisoriesInIndex(config), 0];
      for (let kill = 1; kill <= KILLS; kill++) {
        if (kill % GENERATION === 0) before = startAnew();
        const ms = momentIn(whole.ms);
        const { code } = await killed(ms, ['advisories', 'import', feed(kill)]);
        const after = await advisoriesInIndex(config);
        expect([before, before + RECORDS]).toContain(after);
        if (code === 0) expect(after).toBe(before + RECORDS);
        // Admission reads the index and questions read the graph: both must agree.
        if (existsSync(config.database))
          expect(await advisoriesInGraph(config, 'ADV-')).toBe(after);
        await expectWhole(config, [], `kill ${kill}, after ${ms} ms`);
        finished += code === 0 ? 1 : 0;
        before = after;
      }
      console.log(`${KILLS} kills of advisories import: ${finished} came too late`);
      await waybill.output('advisories', 'import', feed(KILLS));
      expect(await advisoriesInGraph(config, `ADV-${KILLS}-`)).toBe(RECORDS);
    },
    PATIENCE_MS,
  );
});

async function advisoriesInIndex(config: Config): Promise<number> {
  const { index, close } = await openAdvisories(config);
  const { count, source } = index.info();
  close();
  return source === 'sample' ? 0 : count;
}

async function advisoriesInGraph(config: Config, prefix: string): Promise<number> {
  const reader = await openQuestions(config);
  const names = new Set<string>();
  for await (const line of reader.export())
    for (const [id] of line.matchAll(new RegExp(`${prefix}[\\d-]+`, 'g'))) names.add(id);
  await reader.close();
  return names.size;
}
