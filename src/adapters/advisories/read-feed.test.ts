import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { packFeed } from '../../../test/support/dated-feed.ts';
import { packZip } from '../../../test/support/pack-zip.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { FeedReading, type FeedValue, readFeed } from './read-feed.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-feed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'feed');

/** All values of a feed, or the Failure that it ends with. Any other error is a defect. */
async function readValues(bytes: Uint8Array): Promise<readonly FeedValue[] | Failure> {
  writeFileSync(path, bytes);
  const values: FeedValue[] = [];
  try {
    for await (const some of readFeed(path)) values.push(...some);
    return values;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code !== 'INTERNAL') return thrown;
    throw thrown;
  }
}

const text = `{"id":"GHSA-1"}\n{"id":"GHSA-2"}\n`;
const seeds = [
  Buffer.from(text),
  Buffer.from(JSON.stringify([{ id: 'GHSA-1' }], null, 1)),
  gzipSync(text),
  packZip([
    { name: 'a.json', text: '{"id":"GHSA-1"}' },
    { name: 'b.json', text: '{"id":"GHSA-2"}', stored: true },
  ]),
  packZip([{ name: 'a.json', text: '{"id":"GHSA-1"}' }], { zip64: true }),
];

describe('a feed', () => {
  it('of arbitrary bytes is read or refused with a Failure', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        async (bytes) => void (await readValues(bytes)),
      ),
      { numRuns: 200 },
    );
  });

  it('with a few bytes changed, removed or added is read or refused with a Failure', async () => {
    const change = fc.tuple(fc.nat(400), fc.nat(3), fc.uint8Array({ maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        async (seed, changes) => {
          const bytes = changes.reduce<Uint8Array>((before, [at, cut, put]) => {
            const from = at % (before.length + 1);
            return Buffer.concat([before.subarray(0, from), put, before.subarray(from + cut)]);
          }, seed);
          await readValues(bytes);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('that is truncated at any byte gives no invented record', async () => {
    for (const seed of seeds.slice(2)) {
      for (let length = 4; length < seed.length; length += 7) {
        const values = await readValues(seed.subarray(0, length));
        expect(values instanceof Failure && values.code, `${length} of ${seed.length}`).toBe(
          'MALFORMED',
        );
      }
      expect(Array.isArray(await readValues(seed))).toBe(true);
    }
  });

  it('with too many archive members is refused; at the limit its directory is read', async () => {
    const archive = (entries: number): Buffer => {
      const bytes = packZip([{ name: 'a.json', text: '{}' }], { zip64: true });
      bytes.writeBigUInt64LE(BigInt(entries), bytes.length - 22 - 20 - 56 + 32);
      return bytes;
    };
    const at = await readValues(archive(LIMITS.advisoryArchiveEntriesMax));
    expect(at instanceof Failure && at.code).toBe('MALFORMED');
    const over = await readValues(archive(LIMITS.advisoryArchiveEntriesMax + 1));
    expect(over instanceof Failure && over.code).toBe('LIMIT_EXCEEDED');
  });

  it('whose archive repeats one member again and again stops at the expansion limit', async () => {
    const member = { name: 'x.json', text: ' '.repeat(15 * 1024 * 1024) };
    const archive = packZip([member]);
    // One member, and a directory that names it 100,000 times.
    const end = archive.subarray(archive.length - 22);
    const directory = archive.subarray(end.readUInt32LE(16), archive.length - 22);
    const tail = Buffer.from(end);
    tail.writeUInt16LE(2_000, 10);
    tail.writeUInt32LE(directory.length * 2_000, 12);
    const bomb = Buffer.concat([
      archive.subarray(0, end.readUInt32LE(16)),
      ...Array<Buffer>(2_000).fill(directory),
      tail,
    ]);
    const values = await readValues(bomb);
    expect(values instanceof Failure && values.code).toBe('LIMIT_EXCEEDED');
  });

  it('truth A4: tells when it was exported, where the file says so', async () => {
    const at = Date.UTC(2026, 10, 22, 18, 30, 8);
    const read = async (bytes: Uint8Array) => {
      writeFileSync(path, bytes);
      const reading = new FeedReading();
      for await (const some of readFeed(path, reading))
        for (const value of some) expect(value.json.ok).toBe(true);
      return reading.exportedAt;
    };
    const member = { name: 'a.json', text: '{"id":"GHSA-1"}' };
    const older = { ...member, name: 'b.json', writtenAt: at - 86_400_000 };
    expect(await read(packFeed([{ id: 'GHSA-1' }], at))).toBe(at);
    expect(await read(gzipSync('{"id":"GHSA-1"}'))).toBe(null);
    expect(await read(packZip([{ ...member, writtenAt: at }, older]))).toBe(at);
    expect(await read(packZip([member]))).toBe(null);
    expect(await read(Buffer.from('{"id":"GHSA-1"}'))).toBe(null);
  });
});
