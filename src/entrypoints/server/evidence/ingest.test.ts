import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok } from '../../../core/result.ts';
import { createIngestHandler, type IncomingDocument } from './ingest.ts';

const RECEIPT = { position: 3, digest: `sha256:${'0'.repeat(64)}` as never, fresh: true };

/** What an ingest did with its landing place. */
function watched(stored: boolean = true) {
  const seen = { reserved: 0, written: 0, appended: 0, discarded: 0, arrived: 0, mediaType: '' };
  const ingest = createIngestHandler({
    receive: async (bytes) => {
      seen.reserved = bytes;
      return {
        write: (piece) => {
          seen.written += piece.length;
        },
        append: async ({ mediaType }) => {
          seen.mediaType = mediaType;
          seen.appended++;
          return stored ? ok([RECEIPT]) : fail('DISK_FULL', 'no space', 'Free some.');
        },
        discard: () => {
          seen.discarded++;
        },
      };
    },
    now: () => toInstant(0),
    breathe: async () => undefined,
    arrived: () => {
      seen.arrived++;
    },
  });
  return { seen, ingest };
}

async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(bytes);
  for (let at = 0; at < count; at++) yield piece;
}

const arriving = (more: Partial<IncomingDocument>): IncomingDocument => ({
  kind: 'sbom',
  mediaType: 'application/json',
  poster: 'ci',
  subject: null,
  pieces: pieces(2, 10),
  bytesStated: null,
  ...more,
});
const MIB = 2 ** 20;
const LIMIT_MIB = LIMITS.documentBytesMax / MIB;

describe('Taking evidence in', () => {
  it('reserves the stated size or the maximum, and acknowledges what was appended', async () => {
    const { seen, ingest } = watched();
    await expect(ingest(arriving({ bytesStated: 20 }))).resolves.toEqual(RECEIPT);
    const counted = { reserved: 20, written: 20, appended: 1, discarded: 0, arrived: 1 };
    expect(seen).toMatchObject(counted);
    await ingest(arriving({}));
    expect(seen.reserved).toBe(LIMITS.documentBytesMax);
  });

  it('takes a document at the limit, and discards one over it, stated or not', async () => {
    const at = watched();
    await expect(at.ingest(arriving({ pieces: pieces(LIMIT_MIB, MIB) }))).resolves.toEqual(RECEIPT);
    const over = watched();
    const sent = arriving({ pieces: pieces(LIMIT_MIB + 1, MIB) });
    await expect(over.ingest(sent)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(over.seen).toMatchObject({ appended: 0, discarded: 1 });
    for (const bytesStated of [LIMITS.documentBytesMax + 1, Number.NaN]) {
      const stated = watched();
      await expect(stated.ingest(arriving({ bytesStated }))).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
      expect(stated.seen).toMatchObject({ reserved: 0, written: 0 });
    }
  });

  it('appends nothing if a document is empty or unknown, or its sender went away', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(5);
      throw new Failure('INTERRUPTED', 'the sender went away', 'Send it again.');
    }
    for (const more of [{ pieces: pieces(0, 0) }, { kind: 'gossip' }, { pieces: broken() }]) {
      const { seen, ingest } = watched();
      await expect(ingest(arriving(more))).rejects.toBeInstanceOf(Failure);
      expect(seen).toMatchObject({ appended: 0, arrived: 0 });
      expect(seen.discarded).toBe('kind' in more ? 0 : 1);
    }
  });

  const OWN = ['verification', 'decision', 'facts'];
  it('truth B6: what a server verifies, decides or joins is not taken from outside', async () => {
    for (const kind of [...OWN, 'violation', 'policy', 'trust', 'feeds']) {
      const { seen, ingest } = watched();
      await expect(ingest(arriving({ kind }))).rejects.toMatchObject({ code: 'EVIDENCE_REJECTED' });
      expect(seen).toMatchObject({ reserved: 0, appended: 0 });
    }
    const { seen, ingest } = watched();
    await expect(ingest(arriving({ kind: 'release' }))).resolves.toEqual(RECEIPT);
    expect(seen.appended).toBe(1);
  });

  it.each([
    ['application/json', 'application/json;claimed-by=ci'],
    ['application/json; claimed-by=waybill', 'application/json;claimed-by=ci'],
    ['text/plain;charset=utf-8', 'text/plain;claimed-by=ci'],
    ['nonsense', 'application/octet-stream;claimed-by=ci'],
  ])(
    'truth B6: a document that says it is %s is marked with its poster',
    async (mediaType, marked) => {
      const { seen, ingest } = watched();
      await ingest(arriving({ mediaType }));
      expect(seen.mediaType).toBe(marked);
    },
  );

  it('acknowledges only what is stored', async () => {
    const { seen, ingest } = watched(false);
    await expect(ingest(arriving({}))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(seen.arrived).toBe(0);
  });
});
