import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { attempt } from '../../../core/result.ts';
import { createDurableIngest, type DurableIngest, type PostedDocument } from './durable-ingest.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { Inbox } from './inbox.ts';

const NOW = toInstant(Date.parse('2026-01-31T12:00:00Z'));
let folder: string;
let open: DurableIngest;
/** What the log does with the next documents: a failure, or nothing. */
let failing: Failure | null;
let recorded: string[];

async function start(): Promise<DurableIngest> {
  const inbox = await Inbox.open(join(folder, 'inbox'));
  const keys = await IdempotencyKeys.open(join(folder, 'inbox/keys.ndjson'), NOW);
  open = createDurableIngest({
    ...{ inbox, keys, now: () => NOW, retryMs: 1 },
    ingest: async ({ pieces }) => {
      let text = '';
      for await (const piece of pieces) text += Buffer.from(piece).toString();
      if (failing !== null) throw failing;
      recorded.push(text);
      return { position: recorded.length - 1, digest: sha256(text), fresh: true };
    },
  });
  return open;
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-inbox-'));
  failing = null;
  recorded = [];
});
afterEach(async () => {
  await open.close();
  rmSync(folder, { recursive: true });
});

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  for (const character of text) yield Buffer.from(character);
}
const document = (text: string, more: Partial<PostedDocument> = {}): PostedDocument => ({
  ...{ kind: 'sbom', mediaType: 'application/json', poster: 'ci', subject: null },
  ...{ pieces: pieces(text), bytesStated: null, key: null, later: false, ...more },
});
const files = () => readdirSync(join(folder, 'inbox')).filter((name) => name !== 'keys.ndjson');
const away = new Failure('STORE_UNREACHABLE', 'the database is away', 'Wait.');
const unreadable = new Failure('EVIDENCE_REJECTED', 'no release', 'Write it again.');

async function until(isDone: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !isDone(); tries++) await wait(5);
  expect(isDone()).toBe(true);
}

describe('the inbox: what was acknowledged is stored', () => {
  it('a document that the log takes leaves nothing behind', async () => {
    const ingest = await start();
    expect(await ingest.post(document('a'))).toMatchObject({
      kind: 'recorded',
      receipt: { position: 0 },
    });
    expect(files()).toEqual([]);
  });

  it('while the database is away it is kept, also after a restart, and goes in later', async () => {
    failing = away;
    const first = await start();
    expect(await first.post(document('a'))).toMatchObject({
      kind: 'kept',
      entry: { state: 'waiting', poster: 'ci', digest: sha256('a'), reason: { code: away.code } },
    });
    await first.close();
    failing = null;
    const second = await start();
    await until(() => recorded.length === 1);
    await until(() => files().length === 0);
    expect([recorded, second.list(null, 10)]).toEqual([['a'], []]);
  });

  it('who asks for it is answered before the log has it', async () => {
    const ingest = await start();
    expect(await ingest.post(document('a', { later: true }))).toMatchObject({ kind: 'kept' });
    await until(() => recorded.length === 1);
  });

  it('what cannot be read is refused, kept with its reason, retried and dropped', async () => {
    failing = unreadable;
    const ingest = await start();
    await expect(ingest.post(document('a'))).rejects.toMatchObject({
      code: 'EVIDENCE_REJECTED',
      message: expect.stringMatching(/no release; it is kept in the inbox as [0-9-]/),
    });
    const [kept] = ingest.list(null, 10);
    expect(kept).toMatchObject({ state: 'refused', reason: { message: 'no release' } });
    const id = kept?.id ?? '';
    await expect(ingest.retry(id)).rejects.toMatchObject({ code: 'EVIDENCE_REJECTED' });
    expect(ingest.list(null, 10)).toMatchObject([{ attempts: 2 }]);
    failing = null;
    expect(await ingest.retry(id)).toMatchObject({ position: 0 });
    expect([recorded, files()]).toEqual([['a'], []]);
    await expect(ingest.drop(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    failing = unreadable;
    await ingest.post(document('b')).catch(() => undefined);
    await ingest.drop(ingest.list(null, 1)[0]?.id ?? '');
    expect(files()).toEqual([]);
  });

  it('a kind that nobody may post, and a body that ends early, leave nothing behind', async () => {
    const ingest = await start();
    await expect(ingest.post(document('a', { kind: 'decision' }))).rejects.toThrow();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a');
      throw new Failure('INTERRUPTED', 'the client went away', 'Send it again.');
    }
    await expect(ingest.post(document('', { pieces: broken() }))).rejects.toThrow('went away');
    expect(files()).toEqual([]);
  });
});

it('truth B5: what cannot be read fills half of it, and keeps no document out', async () => {
  const limits = { bytesMax: 20, documentsMax: 4 };
  const inbox = await Inbox.open(join(folder, 'half'), limits);
  const keys = await IdempotencyKeys.open(join(folder, 'half/keys.ndjson'), NOW);
  let fault: Failure | null = unreadable;
  open = createDurableIngest({
    ...{ inbox, keys, now: () => NOW, retryMs: 1_000_000 },
    ingest: async () => {
      if (fault !== null) throw fault;
      return { position: 0, digest: sha256('x'), fresh: true };
    },
  });
  const post = async (text: string) => {
    const done = await attempt(() => open.post(document(text)));
    return done.ok ? done.value.kind : done.failure.message;
  };
  expect(await post('1234567')).toContain('it is kept in the inbox as');
  expect(await post('1234567')).toContain('it is not kept, because the inbox is full');
  expect(await post('12')).toContain('it is kept in the inbox as');
  expect(await post('1')).toContain('it is not kept, because the inbox is full');
  const left = readdirSync(join(folder, 'half')).filter((name) => name.endsWith('.part'));
  expect(left).toEqual([]);
  fault = null;
  expect(await post('12345678901')).toBe('recorded');
  fault = away;
  expect([await post('1'), await post('2'), await post('3')]).toEqual([
    ...['kept', 'kept'],
    'the inbox is full, so the document was not kept',
  ]);
});

it('a document that is dropped while it is tried stays away', async () => {
  const inbox = await Inbox.open(join(folder, 'dropped'));
  open = await start();
  const spooled = await inbox.spool(pieces('x'));
  const entry = await inbox.keep(spooled, document('x'), away, NOW);
  await inbox.remove(entry);
  await inbox.refuse(entry, unreadable);
  expect([inbox.size, readdirSync(join(folder, 'dropped'))]).toEqual([0, []]);
});

it('holds so many bytes, and refuses what would be more', async () => {
  const inbox = await Inbox.open(join(folder, 'small'), { bytesMax: 3 });
  const kept = await inbox.spool(pieces('abc'));
  await expect(inbox.spool(pieces('d'))).rejects.toMatchObject({ code: 'DISK_FULL' });
  await inbox.discard(kept);
  await inbox.discard(await inbox.spool(pieces('d')));
  expect(readdirSync(join(folder, 'small'))).toEqual([]);
  await start();
});

describe('idempotency keys', () => {
  it('the same request has the same answer, after a restart too; another is refused', async () => {
    const first = await start();
    const post = (ingest: DurableIngest, text: string, poster = 'ci', key = 'k-1') =>
      ingest.post(document(text, { key, poster }));
    const receipt = { position: 0, digest: sha256('a') };
    expect(await post(first, 'a')).toMatchObject({ replayed: false, receipt });
    expect(await post(first, 'a')).toMatchObject({ replayed: true, receipt });
    await expect(post(first, 'b')).rejects.toMatchObject({ code: 'USAGE' });
    expect(await post(first, 'b', 'other')).toMatchObject({ replayed: false });
    await first.close();
    const second = await start();
    expect(await post(second, 'a')).toMatchObject({ replayed: true, receipt });
    expect([recorded, files()]).toEqual([['a', 'b'], []]);
  });

  it('two at once are recorded once; a request that failed is not remembered', async () => {
    const ingest = await start();
    const both = await Promise.all(
      ['a', 'a'].map((text) => ingest.post(document(text, { key: 'k-2' }))),
    );
    expect(both.map((one) => one.kind === 'recorded' && one.replayed).sort()).toEqual([
      false,
      true,
    ]);
    failing = unreadable;
    await expect(ingest.post(document('c', { key: 'k-3' }))).rejects.toThrow();
    failing = null;
    expect(await ingest.post(document('d', { key: 'k-3' }))).toMatchObject({ replayed: false });
    expect(recorded).toEqual(['a', 'd']);
  });
});
