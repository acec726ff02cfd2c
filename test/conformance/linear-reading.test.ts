import { describe, expect, it } from 'vitest';
import { readSbom } from '../../src/capabilities/inventory/index.ts';
import { readScanDocument } from '../../src/capabilities/scanning/index.ts';
import { parseYaml } from '../../src/formats/yaml/parse.ts';

const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
const list = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const cyclonedx = (component: object) =>
  json({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [{ type: 'library', name: 'a', purl: 'pkg:npm/a@1', ...component }],
  });
const sarif = (ruleId: string) => {
  const results = [{ ruleId, message: { text: ruleId } }];
  return json({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results }] });
};

/** What took seconds: each is read again with eight times as much. */
const READINGS: readonly [string, (size: number) => Uint8Array, (bytes: Uint8Array) => unknown][] =
  [
    [
      'licences',
      (n) => cyclonedx({ licenses: list(n, (at) => ({ expression: `L${at}` })) }),
      readSbom,
    ],
    [
      'properties',
      (n) =>
        cyclonedx({ properties: list(n, (at) => ({ name: 'waybill:license', value: `L${at}` })) }),
      readSbom,
    ],
    [
      'occurrences',
      (n) => cyclonedx({ evidence: { occurrences: list(n, (at) => ({ location: `${at}` })) } }),
      readSbom,
    ],
    ['a rule ID of Snyk', (n) => sarif('SNYK-'.repeat(n)), readScanDocument],
    ['a rule ID of Go', (n) => sarif('GO'.repeat(n)), readScanDocument],
    [
      'keys of YAML',
      (n) => Buffer.from(list(n / 4, (at) => `k${at}: 1`).join('\n')),
      (bytes) => parseYaml(`${bytes}`, { bytesMax: 1_000_000 }),
    ],
  ];

function measureMs(work: () => unknown): number {
  const before = process.cpuUsage();
  expect(work()).toHaveProperty('ok');
  return (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1_000;
}

describe('Reading takes time in proportion to the document', () => {
  it.each(READINGS)('truth B1: of %s', (_, make, read) => {
    const large = make(20_000);
    measureMs(() => read(make(1_000)));
    // Quadratic time would be over a second for each of them; linear time is under a tenth.
    expect(measureMs(() => read(large))).toBeLessThan(700);
  });
});
