import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonValues, testData } from '../../../../test/support/test-data.ts';
import type { JsonValue } from '../../../core/json.ts';
import type { Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { findAddress } from '../../advisories/address.ts';
import { matchAdvisory } from '../../advisories/match.ts';
import { createMemoryIndex } from '../../advisories/memory-index.ts';
import { readOsv } from '../../advisories/parse-osv.ts';
import { goScheme, isAtLeast } from './version-order.ts';

const ORDER = [
  'v0.0.0-20210817142637-7d9622a276b7',
  'v0.0.0-20220715151400-c0bba94af5f8',
  'v0.1.0',
  'v1.0.0-alpha.1',
  'v1.0.0-rc.1',
  '1.0.0',
  'v1.0.1-0.20200101000000-abcdefabcdef',
  'v1.0.1+dirty',
  'v1.9.0',
  'v1.10.0',
  'v2.0.0+incompatible',
  'v20.10.14+incompatible',
];
const RELEASES = [
  '1.9',
  '1.16.0-0',
  '1.16beta1',
  '1.16rc2',
  'go1.16rc10',
  '1.16',
  '1.16.1',
  'go1.21.0',
];

describe('B3, D11: versions of Go are in the order of its own tools', () => {
  it.each([
    ['modules', ORDER],
    ['releases', RELEASES],
  ])('%s', (_, versions) => {
    for (const [at, one] of versions.entries())
      for (const [place, other] of versions.entries())
        expect([one, other, Math.sign(goScheme.compare(one, other) ?? Number.NaN)]).toEqual([
          one,
          other,
          Math.sign(at - place),
        ]);
    expect(goScheme.compare('1.21', 'go1.21.0')).toBe(0);
    expect(goScheme.compare('v1.0.0+dirty', '1.0.0')).toBe(0);
    expect(goScheme.compare('(devel)', 'v1.0.0')).toBeNull();
  });

  it('any two have one order', () => {
    const version = fc.oneof(fc.constantFrom(...ORDER, ...RELEASES), fc.string({ maxLength: 12 }));
    fc.assert(
      fc.property(version, version, (one, other) => {
        const [there, back] = [goScheme.compare(one, other), goScheme.compare(other, one)];
        expect(there === null).toBe(back === null);
        expect(Math.sign(there ?? 0) + Math.sign(back ?? 0)).toBe(0);
      }),
    );
  });

  it.each([
    [null, false],
    ['1.16', false],
    ['1.17', true],
    ['1.21rc2', true],
    ['1.22.3', true],
    ['2.0', true],
    ['master', false],
  ])('a go.mod of Go %s lists all of its modules: %s', (go, expected) => {
    expect(isAtLeast(go, 17)).toBe(expected);
  });
});

const advisory = (name: string, ...events: readonly object[]): JsonValue =>
  ({
    id: 'GO-2026-0001',
    affected: [{ package: { ecosystem: 'Go', name }, ranges: [{ type: 'SEMVER', events }] }],
  }) as JsonValue;

describe('D15: advisories of Go are found', () => {
  const judge = async (purl: string, record: JsonValue) => {
    const read = orThrow(readOsv(record));
    const origin = { source: 'imported', version: 't', importedAt: null, rejected: 0 } as const;
    const found = findAddress({ purl: purl as Purl, version: '', source: null });
    if (found.kind !== 'address') return found.why;
    const { address } = found;
    const hits = orThrow(await createMemoryIndex([read], origin).find('Go', address.name));
    const { other } = address;
    const named = other?.name ?? '';
    const others = orThrow(await createMemoryIndex([read], origin).find('Go', named));
    return (
      [
        ...hits.map((hit) => matchAdvisory(address, hit).status),
        ...others.map((hit) => matchAdvisory({ ...address, ...other }, hit).status),
      ].join() || 'none'
    );
  };

  it.each([
    ['pkg:golang/github.com/burntsushi/toml@v1.1.0', 'github.com/BurntSushi/toml', 'affected'],
    ['pkg:golang/github.com/burntsushi/toml@1.2.0', 'github.com/BurntSushi/toml', 'not_affected'],
    ['pkg:golang/github.com/a/b@v1.2.0-rc.1#C', 'github.com/A/b/c', 'affected'],
    // A package of the module, or a module of its own that the data does not name.
    ['pkg:golang/golang.org/x/crypto@v0.1.0#ssh', 'golang.org/x/crypto', 'unknown'],
    ['pkg:golang/github.com/A/b@v1.1.0#c/D', 'github.com/a/B', 'unknown'],
    ['pkg:golang/github.com/a/b@v1.2.0#c', 'github.com/a/b', 'not_affected'],
    ['pkg:golang/github.com/a/b@v0.2.0#v2', 'github.com/a/b', 'unknown'],
    ['pkg:golang/github.com/a/b@v2.0.0#v2', 'github.com/a/b', 'none'],
    ['pkg:golang/github.com/a/b@v0.2.0#v2', 'github.com/a/b/v2', 'affected'],
    ['pkg:golang/stdlib@1.1rc1', 'stdlib', 'affected'],
    ['pkg:golang/toolchain@1.1.9', 'toolchain', 'affected'],
    ['pkg:golang/example.com/a@%28devel%29', 'example.com/a', 'unknown'],
    ['pkg:golang/example.com/a/v2@v2.0.0', 'example.com/a', 'none'],
  ])('%s by %s: %s', async (purl, name, expected) => {
    const record = advisory(name, { introduced: '0' }, { fixed: '1.2.0' });
    expect(await judge(purl, record)).toBe(expected);
  });
});

const data = testData('advisories') === null ? null : testData('oracles');

describe.skipIf(data === null)('D15: what others answer for Go', () => {
  const read = (file: string) => readJsonValues(join(data ?? '', '..', file));

  it('is found where the data has the advisory, and nothing else', async () => {
    const records = ['go', 'ghsa-sample'].flatMap((file) =>
      read(`advisories/${file}.osv.ndjson.gz`),
    );
    const advisories = records.flatMap((value) => {
      const one = readOsv(value);
      return one.ok && one.value.withdrawn === null ? [one.value] : [];
    });
    const origin = { source: 'imported', version: 't', importedAt: null, rejected: 0 } as const;
    const index = createMemoryIndex(advisories, origin);
    const queries = read('oracles/oracle-osv-querybatch.ndjson.gz') as unknown as readonly {
      ecosystem: string;
      name: string;
      version: string;
      ids: readonly string[];
    }[];
    const [missed, extra]: [string[], string[]] = [[], []];
    let known = 0;
    for (const { name, version, ids } of queries.filter(({ ecosystem }) => ecosystem === 'Go')) {
      const address = { ecosystems: ['Go'], name: name.toLowerCase(), version, scheme: goScheme };
      const hits = orThrow(await index.find('Go', address.name));
      const found = hits.filter((hit) => matchAdvisory(address, hit).status === 'affected');
      const expected = ids.filter((id) => hits.some((hit) => hit.id === id));
      known += expected.length;
      for (const id of expected)
        if (!found.some((hit) => hit.id === id)) missed.push(`${name} ${version} ${id}`);
      for (const { id } of found) if (!ids.includes(id)) extra.push(`${name} ${version} ${id}`);
    }
    // Extra findings were published, or widened to more packages, after the answers were recorded.
    expect([known, missed, extra.length]).toEqual([347, [], 39]);
    expect(extra.filter((one) => !/ GO-2026-(?:5026|59[47]2|6\d{3})$/.test(one))).toEqual([]);
  });
});
