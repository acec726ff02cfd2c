import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeJson } from '../../../test/support/graph-ports.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { describeEvidenceLog } from '../../capabilities/evidence/port.contract.ts';
import { parseSelector, type QuestionOptions } from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, orThrow } from '../../core/result.ts';
import { openReaderPool } from './dialects/threads/reader-pool.ts';
import type { ThreadData } from './dialects/threads/thread-protocol.ts';
import { openWriterThread } from './dialects/threads/writer-thread.ts';

const entry = new URL('../../../test/support/database-thread.ts', import.meta.url);
const start = (workerData: ThreadData) => new Worker(entry, { workerData });
const now = toInstant(1_000);
const ask: QuestionOptions = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: 10, after: null },
};
const sbom = (at: number): EvidenceInput => ({
  kind: 'sbom',
  mediaType: 'application/json',
  body: encodeJson({ complete: true, components: [{ purl: `pkg:npm/part@${at}` }] }),
  subject: sha256(`image ${at}`),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-threads-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describeEvidenceLog('a SQLite log in a thread', async () => {
  const path = mkdtempSync(join(tmpdir(), 'waybill-contract-'));
  const log = orThrow(await openWriterThread({ options: { path: join(path, 'graph.db') }, start }));
  const close = async () => {
    await log.close();
    rmSync(path, { recursive: true });
  };
  return { log, close };
});

describe('a database in threads', () => {
  it('every reader answers with what the writer acknowledged', async () => {
    const data = { options: { path: join(folder, 'graph.db') }, start };
    const writer = orThrow(await openWriterThread(data));
    const pool = orThrow(await openReaderPool(data, 2));
    const inputs = Array.from({ length: 20 }, (_, at) => sbom(at));
    const receipts = await Promise.all(inputs.map((input) => writer.append([input], now)));
    expect(receipts.map((receipt) => orThrow(receipt)[0]?.position)).toEqual(
      inputs.map((_, at) => at),
    );
    expect(inputs[0]?.body.length, 'the caller keeps its bytes').toBeGreaterThan(0);
    const answers = await Promise.all(
      inputs.map((_, at) =>
        pool.ask({ name: 'releases', component: orThrow(parseSelector(`part@${at}`)), ...ask }),
      ),
    );
    expect(answers.map((answer) => orThrow(answer).matched)).toEqual(
      inputs.map(() => ['pkg:npm/part']),
    );
    expect(orThrow(await writer.head()).size).toBe(20);
    await Promise.all([writer.close(), pool.close()]);
  });

  it('a document in pieces is logged whole, beside others that come or break off', async () => {
    const data = { options: { path: join(folder, 'graph.db') }, start };
    const writer = orThrow(await openWriterThread(data));
    const padding = 'x'.repeat(700_000); // more than two blocks
    const inputs = [1, 2, 3].map((at) => {
      const components = [{ purl: `pkg:npm/part@${at}` }];
      return { ...sbom(at), body: encodeJson({ complete: true, components, padding }) };
    });
    const landings = await Promise.all(inputs.map(({ body }) => writer.receive(body.length)));
    for (let from = 0; from < (inputs[0]?.body.length ?? 0); from += 9_999) {
      for (const [at, { body }] of inputs.entries())
        landings[at]?.write(body.subarray(from, from + 9_999));
    }
    landings[2]?.discard();
    for (const [at, { body, ...about }] of inputs.slice(0, 2).entries()) {
      const [receipt] = orThrow(
        await (landings[at]?.append(about, now) ?? fail('INTERNAL', 'no landing', '')),
      );
      expect(receipt).toEqual({ position: at, digest: sha256(body), fresh: true });
      expect(Buffer.from(orThrow(await writer.body(sha256(body)))).equals(body)).toBe(true);
    }
    expect(orThrow(await writer.head()).size).toBe(2);
    await writer.close();
  });

  it('the bytes on their way are bounded: more bytes wait', async () => {
    const data = { options: { path: join(folder, 'graph.db') }, start };
    const writer = orThrow(await openWriterThread(data));
    const first = await writer.receive(LIMITS.documentBytesMax);
    const second = await writer.receive(LIMITS.documentBytesMax);
    const third = writer.receive(1);
    const soon = new Promise((resolve) => setTimeout(resolve, 50, 'waits'));
    expect(await Promise.race([third, soon])).toBe('waits');
    second.discard();
    (await third).discard();
    first.discard();
    await writer.close();
  });

  it('a failure crosses the thread with its code and remedy', async () => {
    const data = { options: { path: join(folder, 'graph.db') }, start };
    const writer = orThrow(await openWriterThread(data));
    const bad = {
      kind: 'release',
      mediaType: 'application/json',
      body: encodeJson({}),
      subject: null,
    } as const;
    expect(await writer.append([bad], now)).toMatchObject({
      ok: false,
      failure: { code: 'EVIDENCE_REJECTED' },
    });
    expect(orThrow(await writer.head()).size).toBe(0);
    await writer.close();
    expect(await writer.append([sbom(1)], now), 'a thread that has ended').toMatchObject({
      ok: false,
    });
  });

  it('a file that is not a database is reported when the thread starts', async () => {
    const path = join(folder, 'graph.db');
    writeFileSync(
      path,
      'this is not a database, and it is long enough to be taken for one'.repeat(100),
    );
    const opened = await openWriterThread({ options: { path }, start });
    expect(opened).toMatchObject({ ok: false, failure: { code: 'STORE_CORRUPT' } });
  });
});
