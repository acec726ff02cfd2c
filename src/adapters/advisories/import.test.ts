import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { packZip } from '../../../test/support/pack-zip.ts';
import {
  CONTRACT_RECORDS,
  describeAdvisoryIndex,
} from '../../capabilities/advisories/port.contract.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { importAdvisories } from './import.ts';
import { openAdvisoryIndex } from './open-index.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-advisories-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const now = toInstant(Date.UTC(2026, 0, 1));
let count = 0;

function file(bytes: Uint8Array | string): string {
  const path = join(folder, `feed-${++count}`);
  writeFileSync(path, bytes);
  return path;
}

function fresh(): string {
  return join(folder, `index-${++count}.db`);
}

const lines = (...values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');
const ndjson = lines(...CONTRACT_RECORDS);

function advisory(id: string, more: object = {}): object {
  const range = { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.0' }] };
  return {
    id,
    affected: [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [range] }],
    ...more,
  };
}

async function imported(path: string, ...sources: readonly (Uint8Array | string)[]) {
  return orThrow(
    await importAdvisories({ path, sources: sources.map(file), covers: ['npm', 'AlmaLinux'], now }),
  );
}

async function tryImport(
  path: string,
  ...sources: readonly (Uint8Array | string)[]
): Promise<string> {
  const result = await importAdvisories({ path, sources: sources.map(file), now });
  return result.ok ? result.value.outcome : result.failure.code;
}

async function idsIn(path: string, name = 'left'): Promise<readonly string[]> {
  const index = orThrow(openAdvisoryIndex(path));
  const ids = orThrow(await index.find('npm', name)).map((one) => one.id);
  index.close();
  return ids;
}

/** No temporary file may be left, whatever happened. */
function leftovers(): readonly string[] {
  return readdirSync(folder).filter((name) => name.includes('.import-'));
}

describeAdvisoryIndex('the index on disk', async () => {
  const path = fresh();
  await imported(path, ndjson);
  const index = orThrow(openAdvisoryIndex(path));
  return { index, close: async () => index.close() };
});

describe('an import', () => {
  const pretty = JSON.stringify(advisory('GHSA-1'), null, 2);
  it.each([
    ['JSON lines', lines(advisory('GHSA-1'))],
    ['JSON lines without a last newline', lines(advisory('GHSA-1')).trim()],
    ['JSON lines, gzipped', gzipSync(lines(advisory('GHSA-1')))],
    [
      'two gzip members in one file',
      Buffer.concat([gzipSync('\n'), gzipSync(lines(advisory('GHSA-1')))]),
    ],
    ['one JSON document', pretty],
    ['a JSON list', JSON.stringify([advisory('GHSA-1')])],
    ['a pretty JSON list', JSON.stringify([advisory('GHSA-1')], null, 2)],
    ['an answer of the OSV API', JSON.stringify({ vulns: [advisory('GHSA-1')] }, null, 1)],
    ['a zip as OSV publishes it', packZip([{ name: 'GHSA-1.json', text: pretty }])],
    ['a stored zip', packZip([{ name: 'GHSA-1.json', text: pretty, stored: true }])],
    ['a zip with a ZIP64 end', packZip([{ name: 'GHSA-1.json', text: pretty }], { zip64: true })],
  ])('B3: reads %s', async (_, bytes) => {
    const path = fresh();
    expect((await imported(path, bytes)).outcome).toBe('complete');
    expect(await idsIn(path)).toEqual(['GHSA-1']);
  });

  it('continues after a broken record, counts it, and the index stores the count', async () => {
    const path = fresh();
    const report = await imported(
      path,
      `${lines(advisory('GHSA-1'))}{"id":7}\nnonsense\n{"id":"a","id":"b"}\n` +
        lines(advisory('GHSA-2')),
    );
    expect([report.outcome, report.added, report.rejected]).toEqual(['partial', 2, 3]);
    expect(report.rejections.map(({ where, cause }) => [where, cause.code])).toEqual([
      ['line 2', 'MALFORMED'],
      ['line 3', 'MALFORMED'],
      ['line 4', 'DUPLICATE_KEY'],
    ]);
    expect(orThrow(openAdvisoryIndex(path)).info().rejected).toBe(3);
  });

  it('forgets the broken records of a feed only when that feed is read whole again', async () => {
    const path = fresh();
    const broken = file(`${lines(advisory('GHSA-1'))}nonsense\n`);
    const run = async (source: string) =>
      orThrow(await importAdvisories({ path, sources: [source], now })).data.rejected;
    expect(await run(broken)).toBe(1);
    expect(await run(file(lines(advisory('GHSA-2'))))).toBe(1);
    writeFileSync(broken, lines(advisory('GHSA-1')));
    expect(await run(broken)).toBe(0);
  });

  it('takes a newer record, ignores an older one, and reports when nothing changed', async () => {
    const path = fresh();
    const at = (modified: string, aliases: readonly string[]) =>
      lines(advisory('GHSA-1', { modified, aliases }));
    const first = await imported(path, at('2024-01-02T00:00:00Z', []));
    const same = await imported(path, at('2024-01-02T00:00:00Z', []));
    expect([same.unchanged, same.data.version]).toEqual([1, first.data.version]);
    const older = await imported(path, at('2024-01-01T00:00:00Z', ['CVE-2024-0001']));
    expect([older.older, older.data.version]).toEqual([1, first.data.version]);
    const newer = await imported(path, at('2024-01-03T00:00:00Z', ['CVE-2024-0002']));
    expect(newer.updated).toBe(1);
    expect(newer.data.version).not.toBe(first.data.version);
    const index = orThrow(openAdvisoryIndex(path));
    expect(orThrow(await index.findHeads('CVE-2024-0002'))).toHaveLength(1);
    expect(orThrow(await index.findHeads('CVE-2024-0001'))).toHaveLength(0);
  });

  it('keeps titles; an index without them gets them with the next import', async () => {
    const path = fresh();
    const titleIn = async () => {
      const index = orThrow(openAdvisoryIndex(path));
      const [found] = orThrow(await index.findById('T-1'));
      index.close();
      return found?.title;
    };
    // An earlier Waybill dropped the title of each record.
    expect(await imported(path, lines(advisory('T-1'), advisory('T-2')))).toMatchObject({
      added: 2,
    });
    expect(await titleIn()).toBeUndefined();
    const titled = lines(advisory('T-1', { summary: 'Left of bounds' }), advisory('T-2'));
    expect(await imported(path, titled)).toMatchObject({ updated: 1, unchanged: 1 });
    expect(await titleIn()).toBe('Left of bounds');
    expect(await imported(path, titled)).toMatchObject({ updated: 0, unchanged: 2 });
  });

  it('a record dated in the future can still be corrected', async () => {
    const path = fresh();
    await imported(path, lines(advisory('GHSA-1', { modified: '9999-01-01T00:00:00Z' })));
    const report = await imported(
      path,
      lines(
        advisory('GHSA-1', { modified: '2025-01-01T00:00:00Z', withdrawn: '2025-01-01T00:00:00Z' }),
      ),
    );
    expect([report.updated, report.older]).toEqual([1, 0]);
  });

  it('without any feed is refused', async () => {
    expect(await tryImport(fresh())).toBe('USAGE');
  });

  it('keeps the records of an earlier feed', async () => {
    const path = fresh();
    await imported(path, lines(advisory('GHSA-1')));
    await imported(path, lines(advisory('GHSA-2')));
    expect(await idsIn(path)).toEqual(['GHSA-1', 'GHSA-2']);
  });

  it('unites two different records of one id in one feed and loses neither', async () => {
    const path = fresh();
    const other = { package: { ecosystem: 'npm', name: 'right' }, versions: ['1.0.0'] };
    await imported(path, lines(advisory('GHSA-1'), { id: 'GHSA-1', affected: [other] }));
    expect([await idsIn(path, 'left'), await idsIn(path, 'right')]).toEqual([
      ['GHSA-1'],
      ['GHSA-1'],
    ]);
  });

  it('withdraws an id everywhere if the withdrawal names no package', async () => {
    const path = fresh();
    await imported(path, lines(advisory('GHSA-1')));
    await imported(path, lines({ id: 'GHSA-1', withdrawn: '2025-01-01T00:00:00Z' }));
    const index = orThrow(openAdvisoryIndex(path));
    expect(orThrow(await index.find('npm', 'left')).map((one) => one.withdrawn)).toEqual([
      Date.UTC(2025, 0, 1),
    ]);
  });

  it('a modification in the future does not make the data look fresh', async () => {
    const { data } = await imported(
      fresh(),
      lines(
        advisory('GHSA-1', { modified: '2025-06-01T00:00:00Z' }),
        advisory('GHSA-2', { modified: '9999-01-01T00:00:00Z' }),
      ),
    );
    expect([data.newest, data.importedAt]).toEqual([Date.UTC(2025, 5, 1), now]);
  });

  it('refuses the bundled sample: it must never count as imported data', async () => {
    const sample = readFileSync(new URL('../../../data/advisories-sample.ndjson', import.meta.url));
    expect(await tryImport(fresh(), sample)).toBe('UNSUPPORTED');
    expect(await tryImport(fresh(), ndjson)).toBe('complete');
  });

  it('replaces the file as a whole, and a reader keeps the data that it opened', async () => {
    const path = fresh();
    await imported(path, lines(advisory('GHSA-1')));
    const reader = orThrow(openAdvisoryIndex(path));
    await imported(path, lines(advisory('GHSA-2')));
    expect(orThrow(await reader.find('npm', 'left')).map((one) => one.id)).toEqual(['GHSA-1']);
    expect([reader.isCurrent(), (await idsIn(path)).length]).toEqual([false, 2]);
  });

  it('can be stopped, and the index is unchanged', async () => {
    const path = fresh();
    await imported(path, lines(advisory('GHSA-1')));
    const before = readFileSync(path);
    const source = file(
      lines(...Array.from({ length: 1_000 }, (_, at) => advisory(`GHSA-x${at}`))),
    );
    const result = await importAdvisories({
      path,
      sources: [source],
      now,
      signal: AbortSignal.abort(),
    });
    expect(!result.ok && result.failure.code).toBe('INTERRUPTED');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(leftovers()).toEqual([]);
  });

  it('waits for another import of the same index, and reports when it waits too long', async () => {
    const path = fresh();
    const holder = new DatabaseSync(`${path}.lock`);
    holder.exec('BEGIN EXCLUSIVE');
    expect(await tryImport(path, ndjson)).toBe('STORE_LOCKED');
    holder.close();
    expect(await tryImport(path, ndjson)).toBe('complete');
  });
});

describe('a bad feed is refused with a Failure, and the index is unchanged', () => {
  const packed = gzipSync(ndjson.repeat(50));
  const zipped = packZip([{ name: 'a.json', text: JSON.stringify(advisory('GHSA-1')) }]);
  it.each([
    ['nothing', '', 'MALFORMED'],
    ['white space', '\n \n', 'MALFORMED'],
    ['a truncated gzip', packed.subarray(0, packed.length - 20), 'MALFORMED'],
    [
      'a gzip of nonsense',
      Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(100, 7)]),
      'MALFORMED',
    ],
    [
      'a gzip with a damaged second member',
      Buffer.concat([packed, Buffer.alloc(40, 0), packed]),
      'MALFORMED',
    ],
    ['a truncated zip', zipped.subarray(0, zipped.length - 10), 'MALFORMED'],
    ['the beginning of a zip', zipped.subarray(0, 20), 'MALFORMED'],
    ['a zip without records', packZip([{ name: 'README.md', text: 'hello' }]), 'MALFORMED'],
    ['a truncated document', '{\n "id": "GHSA-1",\n "affected": [', 'MALFORMED'],
    ['only nonsense', 'nonsense\n'.repeat(10), 'MALFORMED'],
    ['binary', Buffer.alloc(1_000, 0xfe), 'MALFORMED'],
    ['JSON that is not an advisory', '{"hello":"world"}', 'MALFORMED'],
    ['a gzip bomb', gzipSync(Buffer.alloc(100 * 1024 * 1024, 32)), 'LIMIT_EXCEEDED'],
  ])('%s', async (_, bytes, code) => {
    const path = fresh();
    await imported(path, lines(advisory('GHSA-old')));
    const before = readFileSync(path);
    expect(await tryImport(path, lines(advisory('GHSA-new')), bytes)).toBe(code);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(leftovers()).toEqual([]);
  });

  it('a missing feed', async () => {
    const result = await importAdvisories({
      path: fresh(),
      sources: [join(folder, 'absent')],
      now,
    });
    expect(!result.ok && result.failure.code).toBe('FILE_NOT_FOUND');
  });

  it('an index creates its missing folder, but not below a file', async () => {
    const below = file('not a folder');
    expect(await tryImport(join(below, 'x.db'), ndjson)).toBe('FILE_UNWRITABLE');
    expect(await tryImport(join(folder, 'absent', 'x.db'), ndjson)).toBe('complete');
  });

  it('a line over the limit is one rejected record, a line at the limit is read', async () => {
    const line = (length: number) => {
      const text = JSON.stringify(advisory('GHSA-big', { details: '' }));
      return `${text.replace('"details":""', `"details":"${'x'.repeat(length - text.length)}"`)}\n`;
    };
    const at = await imported(fresh(), line(LIMITS.advisoryBytesMax));
    expect([at.rejected, at.added]).toEqual([0, 1]);
    const over = await imported(
      fresh(),
      line(LIMITS.advisoryBytesMax + 1) + lines(advisory('GHSA-1')),
    );
    expect([over.rejected, over.added, over.rejections[0]?.cause.code]).toEqual([
      1,
      1,
      'LIMIT_EXCEEDED',
    ]);
  });

  it('zip members with false headers are rejected one by one', async () => {
    const text = JSON.stringify(advisory('GHSA-1'));
    const good = { name: 'good.json', text };
    const flaws = [
      { crc: 1 },
      { size: 10 },
      { size: LIMITS.advisoryBytesMax + 1 },
      { method: 12 },
      { flags: 1 },
      { packedSize: 99_999 },
    ];
    for (const flaw of flaws) {
      const report = await imported(fresh(), packZip([good, { name: 'bad.json', text, ...flaw }]));
      expect([report.outcome, report.added, report.rejected], JSON.stringify(flaw)).toEqual([
        'partial',
        1,
        1,
      ]);
    }
  });
});

describe('an index on disk', () => {
  it('that is absent, garbage, of another length, foreign or newer fails differently', async () => {
    const open = (path: string) => {
      const opened = openAdvisoryIndex(path);
      if (!opened.ok) return opened.failure.code;
      opened.value.close();
      return 'ok';
    };
    const path = fresh();
    await imported(path, ndjson);
    expect(open(path)).toBe('ok');
    expect(open(join(folder, 'absent.db'))).toBe('FILE_NOT_FOUND');
    expect(open(folder)).toBe('FILE_UNREADABLE');
    expect(open(file('garbage'.repeat(1_000)))).toBe('STORE_CORRUPT');
    expect(open(file(''))).toBe('STORE_CORRUPT');
    const cut = fresh();
    copyFileSync(path, cut);
    truncateSync(cut, readFileSync(path).length - 4_096);
    expect(open(cut)).toBe('STORE_CORRUPT');
    const longer = fresh();
    writeFileSync(longer, Buffer.concat([readFileSync(path), Buffer.alloc(4_096)]));
    expect(open(longer)).toBe('STORE_CORRUPT');
    const other = fresh();
    new DatabaseSync(other).exec('CREATE TABLE x (y)');
    expect(open(other)).toBe('STORE_CORRUPT');
    const newer = fresh();
    copyFileSync(path, newer);
    new DatabaseSync(newer).exec('PRAGMA user_version = 4');
    expect(open(newer)).toBe('STORE_TOO_NEW');
    expect(await tryImport(newer, ndjson)).toBe('STORE_TOO_NEW');
  });

  it('with a damaged page is STORE_CORRUPT at a lookup, and verify finds it', async () => {
    const path = fresh();
    await imported(path, lines(...Array.from({ length: 500 }, (_, at) => advisory(`GHSA-${at}`))));
    const bytes = readFileSync(path);
    bytes.fill(0xff, 8 * 4_096, bytes.length);
    writeFileSync(path, bytes);
    const index = orThrow(openAdvisoryIndex(path));
    expect(index.verify().ok).toBe(false);
    expect(await index.find('npm', 'left')).toMatchObject({
      ok: false,
      failure: { code: 'STORE_CORRUPT' },
    });
  });

  it('survives kill -9 during an import: readers see the old or the new data', async () => {
    const path = fresh();
    await imported(path, lines(advisory('GHSA-old')));
    const feed = file(lines(...Array.from({ length: 20_000 }, (_, at) => advisory(`GHSA-${at}`))));
    const module = new URL('./index.ts', import.meta.url).href;
    const script = `const { importAdvisories } = await import(${JSON.stringify(module)});
      await importAdvisories({
        path: ${JSON.stringify(path)}, sources: [${JSON.stringify(feed)}], now: ${now},
      });`;
    for (const delayMs of [60, 120, 180, 240, 300, 400]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: 'ignore',
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
      await new Promise((done) => child.once('exit', done));
      clearTimeout(timer);
      expect([1, 20_001]).toContain((await idsIn(path)).length);
    }
    expect(await tryImport(path, lines(advisory('GHSA-last')))).toBe('complete');
    expect([leftovers(), existsSync(`${path}-journal`)]).toEqual([[], false]);
  });

  it('of before names were folded still gives a package of NuGet in any case', async () => {
    const path = fresh();
    await imported(path, ndjson);
    const older = new DatabaseSync(path);
    older.exec(
      "UPDATE affected SET name = 'Left.Right', " +
        "body = replace(body, 'left.right', 'Left.Right') WHERE ecosystem = 'NuGet'",
    );
    older.close();
    const index = orThrow(openAdvisoryIndex(path));
    const [found] = orThrow(await index.find('NuGet', 'left.right'));
    index.close();
    expect(found?.affected.map(({ name }) => name)).toContain('left.right');
  });
});
