import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { file, folder, link, packTar } from '../../../test/support/images.ts';
import { packZip } from '../../../test/support/pack-zip.ts';
import { RED_HAT_VEX_SAMPLE, SECDB_SAMPLE } from '../../../test/support/publisher-feeds.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { unfoldFeeds } from './unfold-feeds.ts';

const top = mkdtempSync(join(tmpdir(), 'waybill-unfold-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));
const spool = join(top, 'spool');
const tree = join(top, 'tree');
beforeEach(() => {
  for (const path of [spool, tree]) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
});
const record = (id: string): string => JSON.stringify({ id, modified: 'x' }, null, 2);
const put = (name: string, bytes: string | Uint8Array): string => {
  const path = join(tree, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  return path;
};
const unfold = async (path: string) =>
  (await unfoldFeeds(path, spool)).map((feed) => ({
    ...feed,
    lines: feed.names === null ? null : readFileSync(feed.path, 'utf8').split('\n').slice(1, -1),
  }));
const ids = (lines: readonly string[] | null): readonly string[] =>
  (lines ?? []).map((line) => String((JSON.parse(line) as { id: string }).id));

describe('X9: a folder of advisories', () => {
  it('is one feed of its records, and one of each archive in it', async () => {
    put('b/two.json', record('B'));
    put('a.json', record('A'));
    put('lines.json', '{"id":"C"}\n{"id":"D"}\n');
    put('list.json', '[{"id":"E"}]');
    put('npm.zip', packZip([{ name: 'a.json', text: '{}' }]));
    put('README.md', 'text');
    put('.git/x.json', record('hidden'));
    symlinkSync('/etc', join(tree, 'linked'));
    const feeds = await unfold(tree);
    expect(feeds.map(({ from, names }) => [from, names])).toEqual([
      [join(tree, 'list.json'), null],
      [join(tree, 'npm.zip'), null],
      [tree, ['a.json', 'b/two.json', 'lines.json line 1', 'lines.json line 2']],
    ]);
    expect(ids(feeds.at(-1)?.lines ?? null)).toEqual(['A', 'B', 'C', 'D']);
  });

  it('without a record, and a file that is not there, are typed failures', async () => {
    put('README.md', 'text');
    await expect(unfold(tree)).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(unfold(join(tree, 'absent'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('X9: a tar archive of advisories', () => {
  it('has documents of publishers, but no feed that is whole by itself', async () => {
    const vex = file('cve.json', JSON.stringify(RED_HAT_VEX_SAMPLE));
    const [feed] = await unfold(put('vex.tar.zst', zstdCompressSync(packTar([vex]))));
    expect(ids(feed?.lines ?? null)).toEqual(['REDHATVEX-CVE-2024-0001']);
    const secdb = put('secdb.tar', packTar([file('main.json', JSON.stringify(SECDB_SAMPLE))]));
    await expect(unfold(secdb)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const empty = { ...SECDB_SAMPLE, packages: [] };
    const nothing = unfold(put('empty.json', JSON.stringify(empty)));
    await expect(nothing).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('empty.json'),
    });
  });

  const items = [folder('osv'), file('osv/a.json', record('A')), file('osv/README', 'x')];
  it.each([
    ['all.tar', (bytes: Buffer) => bytes],
    ['all.tar.gz', gzipSync],
    ['by-content', gzipSync],
  ] as const)('%s is one feed; what is a feed already stays a file', async (name, pack) => {
    const path = put(name, pack(packTar([...items, link('osv/b.json', '/etc/passwd')])));
    const [feed, ...others] = await unfold(path);
    expect([feed?.from, feed?.names, ids(feed?.lines ?? null), others]).toEqual([
      path,
      ['osv/a.json'],
      ['A'],
      [],
    ]);
    const plain = put('feed.ndjson.gz', gzipSync('{"id":"A"}\n'));
    expect(await unfold(plain)).toMatchObject([{ path: plain, names: null }]);
  });

  it('has records in the lines of a member too, of which only a line is limited', async () => {
    const text = '{"id":"B"}\r\n\n{"id":"C"}';
    const lines = [...items, file('osv/b.ndjson', text), file('osv/c.jsonl', '{"id":"D"}\n')];
    const [feed] = await unfold(put('all.tar.gz', gzipSync(packTar(lines))));
    const names = [
      'osv/a.json',
      'osv/b.ndjson line 1',
      'osv/b.ndjson line 3',
      'osv/c.jsonl line 1',
    ];
    expect([feed?.names, ids(feed?.lines ?? null)]).toEqual([names, ['A', 'B', 'C', 'D']]);
    const long = (bytes: number): string => JSON.stringify({ id: 'L', x: 'x'.repeat(bytes) });
    const half = long(LIMITS.advisoryBytesMax / 2);
    const [both] = await unfold(put('two.tar', packTar([file('l.ndjson', `${half}\n${half}`)])));
    expect(ids(both?.lines ?? null)).toEqual(['L', 'L']);
    const over = packTar([file('l.ndjson', long(LIMITS.advisoryBytesMax))]);
    await expect(unfold(put('over.tar', over))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('l.ndjson line 1'),
    });
  });

  it('that is hostile is refused with a typed failure', async () => {
    const inner = packTar([...items, file('osv/x.zip', 'PK')]);
    const huge = file('big.json', Buffer.alloc(LIMITS.advisoryBytesMax + 1, 0x20));
    const bomb = packTar(
      Array.from({ length: 5 }, (_, at) => file(`${at}`, Buffer.alloc(16 * 1024 * 1024))),
    );
    const packed = gzipSync(packTar(items));
    for (const [name, bytes, code] of [
      ['nested', inner, 'UNSUPPORTED'],
      ['huge', packTar([huge]), 'LIMIT_EXCEEDED'],
      ['bomb', gzipSync(bomb), 'LIMIT_EXCEEDED'],
      ['cut', packed.subarray(0, packed.length - 12), 'MALFORMED'],
      ['short', packTar(items).subarray(0, 1500), 'MALFORMED'],
      ['empty', packTar([folder('osv')]), 'MALFORMED'],
    ] as const)
      await expect(unfold(put(name, bytes)), name).rejects.toMatchObject({
        code,
        message: expect.stringContaining(name),
      });
  });

  it('with bytes changed is read or refused with a Failure', async () => {
    const seed = packTar(items);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 6 }),
        async (changes) => {
          const bytes = Buffer.from(seed);
          for (const [at, byte] of changes) bytes[at] = byte;
          const ended = await unfold(put('all.tar', bytes)).catch((thrown: unknown) => thrown);
          if (ended instanceof Error) expect(ended).toBeInstanceOf(Failure);
          rmSync(spool, { recursive: true });
          mkdirSync(spool);
        },
      ),
      { numRuns: 100 },
    );
  });
});
