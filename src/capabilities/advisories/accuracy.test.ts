import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJsonValues, testData } from '../../../test/support/test-data.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Purl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { findAddress, findScheme } from './address.ts';
import type { Advisory } from './advisory.ts';
import { readAdvisoryRecord } from './advisory-record.ts';
import { matchAdvisory, selectEntries } from './match.ts';
import { createMemoryIndex } from './memory-index.ts';
import type { AdvisoryIndex } from './port.ts';

const data = testData('advisories') === null ? null : testData('oracles');

function readLines(file: string): readonly JsonValue[] {
  return readJsonValues(join(data ?? '', '..', file));
}

function loadIndex(...files: readonly string[]): AdvisoryIndex {
  const records = files
    .flatMap((file) => readLines(`advisories/${file}`))
    .map((value) => orThrow(readAdvisoryRecord(value)));
  const origin = { source: 'imported', version: 'test', importedAt: null, rejected: 0 } as const;
  return createMemoryIndex(
    records.map((record) => record.advisory),
    origin,
  );
}

interface PackageQuery {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
  readonly ids: readonly string[];
}

interface Label {
  readonly image?: string;
  readonly pkg?: string;
  readonly version?: string;
  readonly vuln: string;
  readonly label: 'TP' | 'FP' | '??';
}

describe.skipIf(data === null)('findings agree with what others found', () => {
  const index =
    data === null
      ? null
      : loadIndex(
          'ghsa-sample.osv.ndjson.gz',
          'npm-retirejs.osv.ndjson.gz',
          'debian-dsa-dla.osv.ndjson.gz',
          'log4shell.osv.json',
          'pypi.osv.ndjson.gz',
        );

  async function findIn(ecosystem: string, name: string): Promise<readonly Advisory[]> {
    const found = index === null ? [] : orThrow(await index.find(ecosystem, name));
    return found.filter((advisory) => advisory.withdrawn === null);
  }

  async function affecting(query: PackageQuery): Promise<readonly string[]> {
    const { ecosystem, name, version } = query;
    const scheme = findScheme(ecosystem);
    if (scheme === null) return [];
    const hits = (await findIn(ecosystem, name)).filter(
      (advisory) =>
        matchAdvisory({ ecosystems: [ecosystem], name, version, scheme }, advisory).status ===
        'affected',
    );
    return hits.map((advisory) => advisory.id);
  }

  async function listKnown({ ecosystem, name, ids }: PackageQuery): Promise<readonly string[]> {
    const known = new Set((await findIn(ecosystem, name)).map((advisory) => advisory.id));
    return ids.filter((id) => known.has(id));
  }

  it.each([
    ['Maven', 214, 61, 2],
    ['Debian', 199, 4, 0],
    ['PyPI', 31, 25, 1],
  ])(
    'D15: what OSV answers for %s is found where our data has the advisory',
    async (ecosystem, asked, known, extra) => {
      const pairs = (
        readLines('oracles/oracle-osv-querybatch.ndjson.gz') as unknown as readonly PackageQuery[]
      ).filter((pair) => pair.ecosystem.split(':')[0] === ecosystem);
      const expected: string[] = [];
      const found = new Set<string>();
      for (const pair of pairs) {
        const describePair = (id: string) => `${pair.name} ${pair.version} ${id}`;
        expected.push(...(await listKnown(pair)).map(describePair));
        for (const id of await affecting(pair)) found.add(describePair(id));
      }
      expect(expected.filter((one) => !found.has(one))).toEqual([]);
      // Extra findings were published after the answers were recorded.
      expect([pairs.length, expected.length, found.size - new Set(expected).size]).toEqual([
        asked,
        known,
        extra,
      ]);
    },
  );

  it('D15: labels of AlmaLinux 8: all that its advisories name, and no new wrong ones', () => {
    const labels = (
      readLines('oracles/oracle-vuln-match-labels.ndjson.gz') as unknown as readonly Label[]
    ).filter(({ image, pkg, version }) => image?.includes('/almalinux@') && pkg && version);
    const labelled = new Set(labels.map(({ vuln }) => vuln));
    const records = readLines('advisories/almalinux.osv.ndjson.gz').flatMap((value) => {
      const { related = [] } = value as { readonly related?: readonly string[] };
      return related.some((name) => labelled.has(name))
        ? [orThrow(readAdvisoryRecord(value)).advisory]
        : [];
    });
    const counts: Record<string, number> = {};
    for (const { pkg = '', version = '', vuln, label } of labels) {
      const [, epoch, build = ''] = /^(?:([0-9]+):)?(.*)$/.exec(version) ?? [];
      const tail = epoch === undefined ? '' : `&epoch=${epoch}`;
      const purl = `pkg:rpm/almalinux/${pkg}@${encodeURIComponent(build)}?distro=almalinux-8.5${tail}`;
      const found = findAddress({ purl: purl as Purl, version: '', source: null });
      if (found.kind !== 'address') throw new Error(found.why);
      const { address } = found;
      const about = records.filter(
        (record) => record.related.includes(vuln) && selectEntries(address, record).length > 0,
      );
      const isHit = about.some((record) => matchAdvisory(address, record).status === 'affected');
      const key = `${label} ${about.length === 0 ? 'without an advisory' : isHit}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    expect(counts).toEqual({
      'TP true': 111,
      'TP without an advisory': 159,
      'FP true': 3,
      'FP without an advisory': 11,
      '?? true': 2,
      '?? without an advisory': 3,
    });
  });

  /** Labels name a Maven artifact without its group. */
  async function judgeLabel(
    { pkg = '', version = '', vuln }: Label,
    ecosystem: string,
  ): Promise<'affected' | 'not_affected' | null> {
    const scheme = findScheme(ecosystem);
    if (scheme === null || index === null) return null;
    const named = orThrow(await index.findById(vuln)).flatMap((advisory) =>
      advisory.affected
        .filter(
          (entry) =>
            entry.ecosystem === ecosystem && (entry.name === pkg || entry.name.endsWith(`:${pkg}`)),
        )
        .map(
          (entry) =>
            matchAdvisory({ ecosystems: [ecosystem], name: entry.name, version, scheme }, advisory)
              .status,
        ),
    );
    if (named.length === 0) return null;
    return named.includes('affected') ? 'affected' : 'not_affected';
  }

  it('labels of real images: the numbers by ecosystem do not fall', async () => {
    const labels = (
      readLines('oracles/oracle-vuln-match-labels.ndjson.gz') as unknown as readonly Label[]
    ).filter((label) => label.pkg !== undefined && label.version !== undefined);
    const count = async (ecosystem: string, label: string, verdict: string): Promise<number> => {
      let counted = 0;
      for (const one of labels)
        if (one.label === label && (await judgeLabel(one, ecosystem)) === verdict) counted++;
      return counted;
    };
    const numbers: Record<string, object> = {};
    for (const ecosystem of ['Maven', 'npm'])
      numbers[ecosystem] = {
        found: await count(ecosystem, 'TP', 'affected'),
        missed: await count(ecosystem, 'TP', 'not_affected'),
        wronglyFound: await count(ecosystem, 'FP', 'affected'),
      };
    // Every miss is a version that the record itself leaves out (jackson-databind 2.6.7.3 is a
    // fixed backport, lodash 2 and 3 lack the function). Every wrong finding has the name of
    // another package.
    expect(numbers).toEqual({
      Maven: { found: 556, missed: 23, wronglyFound: 41 },
      npm: { found: 37, missed: 10, wronglyFound: 17 },
    });
  });
});
