import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../test/support/test-data.ts';
import type { JsonValue } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import { findScheme } from './address.ts';
import { readAdvisoryRecord } from './advisory-record.ts';
import { matchAdvisory } from './match.ts';
import { createMemoryIndex } from './memory-index.ts';
import type { AdvisoryIndex } from './port.ts';

const data = testData('advisories') === null ? null : testData('oracles');

function readLines(file: string): readonly JsonValue[] {
  const bytes = readFileSync(join(data ?? '', '..', file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return file.endsWith('.json')
    ? [JSON.parse(text)]
    : text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
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
        );

  function affecting({ ecosystem, name, version }: PackageQuery): readonly string[] {
    const scheme = findScheme(ecosystem);
    if (scheme === null || index === null) return [];
    const standing = index.find(ecosystem, name).filter((advisory) => advisory.withdrawn === null);
    const hits = standing.filter(
      (advisory) =>
        matchAdvisory({ ecosystems: [ecosystem], name, version, scheme }, advisory).status ===
        'affected',
    );
    return hits.map((advisory) => advisory.id);
  }

  function isKnown({ ecosystem, name }: PackageQuery, id: string): boolean {
    return (
      index
        ?.find(ecosystem, name)
        .some((advisory) => advisory.id === id && advisory.withdrawn === null) === true
    );
  }

  it.each([
    ['Maven', 214, 61, 2],
    ['Debian', 199, 4, 0],
  ])(
    'D15: what OSV answers for %s is found wherever our data has the advisory',
    (ecosystem, asked, known, extra) => {
      const pairs = (
        readLines('oracles/oracle-osv-querybatch.ndjson.gz') as unknown as readonly PackageQuery[]
      ).filter((pair) => pair.ecosystem.split(':')[0] === ecosystem);
      const expected = pairs.flatMap((pair) =>
        pair.ids
          .filter((id) => isKnown(pair, id))
          .map((id) => `${pair.name} ${pair.version} ${id}`),
      );
      const found = new Set(
        pairs.flatMap((pair) => affecting(pair).map((id) => `${pair.name} ${pair.version} ${id}`)),
      );
      expect(expected.filter((one) => !found.has(one))).toEqual([]);
      // What is extra was published after the answers were recorded.
      expect([pairs.length, expected.length, found.size - new Set(expected).size]).toEqual([
        asked,
        known,
        extra,
      ]);
    },
  );

  /** Labels name a Maven artifact without its group. */
  function judgeLabel(
    { pkg = '', version = '', vuln }: Label,
    ecosystem: string,
  ): 'affected' | 'not_affected' | null {
    const scheme = findScheme(ecosystem);
    if (scheme === null || index === null) return null;
    const named = index
      .findById(vuln)
      .flatMap((advisory) =>
        advisory.affected
          .filter(
            (entry) =>
              entry.ecosystem === ecosystem &&
              (entry.name === pkg || entry.name.endsWith(`:${pkg}`)),
          )
          .map(
            (entry) =>
              matchAdvisory(
                { ecosystems: [ecosystem], name: entry.name, version, scheme },
                advisory,
              ).status,
          ),
      );
    if (named.length === 0) return null;
    return named.includes('affected') ? 'affected' : 'not_affected';
  }

  it('labels of real images: the numbers by ecosystem do not fall', () => {
    const labels = (
      readLines('oracles/oracle-vuln-match-labels.ndjson.gz') as unknown as readonly Label[]
    ).filter((label) => label.pkg !== undefined && label.version !== undefined);
    const count = (ecosystem: string, label: string, verdict: string): number =>
      labels.filter((one) => one.label === label && judgeLabel(one, ecosystem) === verdict).length;
    const numbers = Object.fromEntries(
      ['Maven', 'npm'].map((ecosystem) => [
        ecosystem,
        {
          found: count(ecosystem, 'TP', 'affected'),
          missed: count(ecosystem, 'TP', 'not_affected'),
          wronglyFound: count(ecosystem, 'FP', 'affected'),
        },
      ]),
    );
    // Every miss is a version that the record itself leaves out (jackson-databind 2.6.7.3 is a
    // fixed backport, lodash 2 and 3 lack the function); what is wrongly found carries the name of
    // a package that it is not.
    expect(numbers).toEqual({
      Maven: { found: 556, missed: 23, wronglyFound: 41 },
      npm: { found: 37, missed: 10, wronglyFound: 17 },
    });
  });
});
