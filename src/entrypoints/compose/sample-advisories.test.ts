import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readSample } from '../../capabilities/advisories/index.ts';
import { matchPackage } from '../../capabilities/scanning/index.ts';
import type { Purl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { readPart } from './installation.ts';

const sample = orThrow(readSample(readPart('data/advisories-sample.ndjson')));

function listStatuses(purl: string, version: string): readonly string[] {
  const match = matchPackage({ purl: `${purl}@${version}` as Purl, version, source: null }, sample);
  return match.kind === 'matched'
    ? match.vulnerabilities
        .filter((one) => one.status === 'affected')
        .map((one) => one.vulnerability.id)
    : [match.why];
}

it('B3: the bundled sample says that it is a sample, and is small', () => {
  expect(sample.info()).toMatchObject({
    source: 'sample',
    ecosystems: ['Debian:12', 'Maven', 'npm'],
  });
  expect(
    statSync(new URL('../../../data/advisories-sample.ndjson', import.meta.url)).size,
  ).toBeLessThan(300_000);
});

it('G4: the sample knows Log4Shell and its fixed backports', () => {
  const log4j = 'pkg:maven/org.apache.logging.log4j/log4j-core';
  expect(listStatuses(log4j, '2.14.1')).toContain('CVE-2021-44228');
  expect(listStatuses(log4j, '2.12.3')).not.toContain('CVE-2021-44228');
});

it('D19: the sample knows critical vulnerabilities of npm packages', () => {
  expect(listStatuses('pkg:npm/minimist', '1.2.5')).toEqual(['CVE-2021-44906']);
  expect(listStatuses('pkg:npm/minimist', '1.2.6')).toEqual([]);
  expect(listStatuses('pkg:npm/lodash', '4.17.11')).toContain('CVE-2019-10744');
});

it('a sample without its header is refused', () => {
  expect(readSample('{"id":"GHSA-x"}\n').ok).toBe(false);
  expect(readSample('{"waybillSample":1}\n{"id":"GHSA-x"}\n').ok).toBe(true);
});
