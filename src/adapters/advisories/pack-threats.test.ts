import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import type { ThreatData } from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { packThreats, unpackThreats } from './pack-threats.ts';
import { formatThreatPath, putThreats } from './threat-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-pack-threats-'));
const index = join(folder, 'advisories.db');
afterAll(() => rmSync(folder, { recursive: true }));
const DAY = toInstant(Date.parse('2026-01-02T03:04:05Z'));

const SOURCES: readonly ThreatData[] = [
  {
    ...{ kind: 'epss', version: 'v2025.03.14', at: DAY },
    entries: [{ cve: 'CVE-2025-1000', score: 9.4e-7, percentile: 0.2 }],
  },
  {
    ...{ kind: 'kev', version: null, at: DAY },
    entries: [
      { cve: 'CVE-2025-1000', added: '2025-12-31', due: null, ransomware: false },
      { cve: 'CVE-2025-2000', added: '2025-12-31', due: '2026-02-01', ransomware: true },
    ],
  },
];

it('A21: what is exploited comes out of a packed index as it went in', async () => {
  expect(await packThreats(index, folder)).toEqual([]);
  for (const data of SOURCES) await putThreats(formatThreatPath(index), data, DAY);
  const packed = await packThreats(index, folder);
  const read = packed.map(({ path }) => orThrow(unpackThreats(readFileSync(path))));
  expect(read).toEqual(SOURCES);
  expect(await packThreats(index, folder)).toEqual(packed);
});

it('A21: what is cut, too large or no source is not taken', () => {
  const text = 'cve,epss,percentile\nCVE-2025-1000,0.5,0.5\n';
  const bytes = zstdCompressSync(text);
  expect(orThrow(unpackThreats(bytes))).toMatchObject({ kind: 'epss' });
  for (let at1 = 0; at1 < bytes.length; at1++) {
    const cut = unpackThreats(bytes.subarray(0, at1));
    expect(cut.ok ? cut.value : cut.failure).toBeInstanceOf(Failure);
  }
  const rows = Buffer.alloc(LIMITS.threatFileBytesMax, `${text.slice(20)}`);
  const long = zstdCompressSync(Buffer.concat([Buffer.from(text), rows]));
  expect(unpackThreats(long)).toMatchObject({ ok: false, failure: { code: 'MALFORMED' } });
  // A source of a newer Waybill is unknown, and unknown is what it stays.
  expect(orThrow(unpackThreats(zstdCompressSync('{"schema_version":"1"}')))).toBe(null);
});
