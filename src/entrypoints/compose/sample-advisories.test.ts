import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readSample } from '../../capabilities/advisories/index.ts';
import { matchPackage } from '../../capabilities/scanning/index.ts';
import type { Purl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { readPart } from './installation.ts';

const sample = orThrow(readSample(readPart('data/advisories-sample.ndjson')));

async function listStatuses(purl: string, version: string): Promise<readonly string[]> {
  const component = { purl: `${purl}@${version}` as Purl, version, source: null };
  const match = orThrow(await matchPackage(component, sample));
  return match.kind === 'matched'
    ? match.vulnerabilities
        .filter((one) => one.status === 'affected')
        .map((one) => one.vulnerability.id)
    : [match.why];
}

it('B3: the bundled sample reports that it is a sample, and is small', () => {
  const { source, coverage } = sample.info();
  expect(source).toBe('sample');
  expect(coverage.map(({ ecosystem }) => ecosystem)).toEqual(['Debian:12', 'Maven', 'npm']);
  expect(
    statSync(new URL('../../../data/advisories-sample.ndjson', import.meta.url)).size,
  ).toBeLessThan(300_000);
});

it('G4: the sample knows Log4Shell and its fixed backports', async () => {
  const log4j = 'pkg:maven/org.apache.logging.log4j/log4j-core';
  expect(await listStatuses(log4j, '2.14.1')).toContain('CVE-2021-44228');
  expect(await listStatuses(log4j, '2.12.3')).not.toContain('CVE-2021-44228');
});

it('D19: the sample knows critical vulnerabilities of npm packages', async () => {
  expect(await listStatuses('pkg:npm/minimist', '1.2.5')).toEqual(['CVE-2021-44906']);
  expect(await listStatuses('pkg:npm/minimist', '1.2.6')).toEqual([]);
  expect(await listStatuses('pkg:npm/lodash', '4.17.11')).toContain('CVE-2019-10744');
});

it('a sample without its header is refused', () => {
  expect(readSample('{"id":"GHSA-x"}\n').ok).toBe(false);
  expect(readSample('{"waybillSample":1}\n{"id":"GHSA-x"}\n').ok).toBe(true);
});
