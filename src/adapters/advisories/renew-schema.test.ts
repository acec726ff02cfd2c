import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { listIndexRows } from '../../../test/support/index-rows.ts';
import type { AffectedPackage } from '../../capabilities/advisories/index.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { formatEntry, parseEntries } from './entry-form.ts';
import { importAdvisories } from './import.ts';
import { openAdvisoryIndex } from './open-index.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-renew-'));
const now = toInstant(Date.UTC(2026, 0, 1));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const affected = (name: string, ecosystem: string, fixed: string) => ({
  package: { ecosystem, name },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
  versions: ['0.1'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
});
const record = (id: string, fixed: string, aliases: readonly string[]) => ({
  ...{ id, aliases, modified: '2025-01-01T00:00:00Z' },
  affected: [
    affected('left', 'Debian:12', fixed),
    affected('right', 'Debian:12', fixed),
    affected('left', 'Debian:11', '1.0'),
  ],
});

function writeFeed(name: string, records: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, records.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return path;
}

/** The same index as schema 2 kept it. */
function makeOlder(path: string): void {
  const database = new DatabaseSync(path);
  const rows = database.prepare('SELECT * FROM affected ORDER BY number').all();
  database.exec(`DROP TABLE affected;
    CREATE TABLE affected (
      number INTEGER PRIMARY KEY, ecosystem TEXT NOT NULL, name TEXT NOT NULL,
      advisory INTEGER NOT NULL,
      body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX affected_by_package ON affected (ecosystem, name);
    CREATE INDEX affected_by_advisory ON affected (advisory);
    INSERT INTO alias SELECT DISTINCT id, number FROM advisory;
    CREATE INDEX alias_by_advisory ON alias (advisory); PRAGMA user_version = 2`);
  const add = database.prepare('INSERT INTO affected VALUES (NULL, ?, ?, ?, ?)');
  for (const { ecosystem, name, advisory, body } of rows) {
    const whole = parseEntries(String(body), String(ecosystem), String(name));
    add.run(ecosystem ?? '', name ?? '', advisory ?? 0, JSON.stringify(whole));
  }
  database.close();
}

async function readAll(path: string) {
  const index = orThrow(openAdvisoryIndex(path));
  const found = [
    orThrow(await index.find('Debian:12', 'left')),
    orThrow(await index.findById('CVE-2025-1')),
    orThrow(await index.findById('DSA-1')),
    orThrow(await index.findHeads('DSA-2')),
  ];
  index.close();
  return found;
}

describe('an index of the schema before', () => {
  it('X9: is read as the one of today, and an import makes it one with the same rows', async () => {
    const [older, newer] = [join(folder, 'older.db'), join(folder, 'newer.db')];
    const first = [record('DSA-1', '2.0', ['CVE-2025-1']), record('DSA-2', '3.0', [])];
    await importAdvisories({ path: newer, sources: [writeFeed('1.ndjson', first)], now });
    copyFileSync(newer, older);
    makeOlder(older);
    expect(await readAll(older)).toEqual(await readAll(newer));
    const second = [
      { ...record('DSA-1', '2.1', ['CVE-2025-2']), modified: '2025-02-01T00:00:00Z' },
      record('DSA-2', '3.0', []),
    ];
    const sources = [writeFeed('2.ndjson', second)];
    for (const path of [older, newer]) {
      const report = orThrow(await importAdvisories({ path, sources, now }));
      expect([report.updated, report.unchanged]).toEqual([1, 1]);
      const index = orThrow(openAdvisoryIndex(path));
      expect(orThrow(index.verify())).toBeNull();
      expect(orThrow(await index.findById('CVE-2025-1'))).toEqual([]);
      index.close();
    }
    expect(listIndexRows(older)).toEqual(listIndexRows(newer));
    expect(await readAll(older)).toEqual(await readAll(newer));
  });
});

const text = fc.string({ minLength: 1, maxLength: 8 });
const entry: fc.Arbitrary<AffectedPackage> = fc.record({
  ecosystem: fc.constant('npm'),
  name: fc.constant('left'),
  ranges: fc.array(
    fc.record({
      type: fc.constantFrom('SEMVER', 'ECOSYSTEM', 'GIT'),
      events: fc.array(
        fc.record({
          kind: fc.constantFrom('introduced', 'fixed', 'last_affected', 'limit'),
          version: text,
        }),
      ),
    }),
  ),
  versions: fc.array(text),
  severities: fc.array(
    fc.record({
      type: fc.constantFrom('CVSS_V2', 'CVSS_V3', 'CVSS_V4', 'CVSS', 'DATABASE'),
      vector: text,
    }),
  ),
});

describe('X9: an entry of the index', () => {
  it('is read back as it was, in its short form and in the one before', () => {
    fc.assert(
      fc.property(entry, (one) => {
        expect(parseEntries(`[${formatEntry(one)}]`, 'npm', 'left')).toEqual([one]);
        expect(parseEntries(JSON.stringify([one]), 'npm', 'left')).toEqual([one]);
      }),
      { numRuns: 100 },
    );
  });

  it('of a form that nothing here writes is refused, never left out', () => {
    for (const body of ['[[[["X","i0"]]]]', '[[[["E","0"]]]]', '[[[["E",""]]]]', '[[['])
      expect(() => parseEntries(body, 'npm', 'left'), body).toThrow(SyntaxError);
  });
});
