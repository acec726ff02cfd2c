import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toInstant } from '../../../core/instant.ts';
import type { Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import type { Component, Inventory } from '../../ecosystems/component.ts';
import { readSbom } from './read-sbom.ts';
import { recogniseSbom } from './recognise-sbom.ts';
import { writeCycloneDx } from './write-cyclonedx.ts';
import { writeSpdx } from './write-spdx.ts';

const made = { at: toInstant(1_800_000_000_000), tool: { name: 'waybill', version: '0.1.0' } };
const component = (
  purl: string,
  name: string,
  version: string,
  rest: Partial<Component> = {},
): Component => ({
  purl: purl as Purl,
  name,
  version,
  licenses: ['MIT'],
  source: null,
  locations: ['app/package-lock.json'],
  layer: null,
  hashes: { sha512: 'ab'.repeat(64) },
  origin: null,
  dependsOn: [],
  development: false,
  ...rest,
});
const openssl = component(
  'pkg:deb/debian/libssl3@3.0.1?arch=amd64&distro=debian-12',
  'libssl3',
  '3.0.1',
  {
    source: { name: 'openssl', version: '3.0.1' },
  },
);
const lodash = component('pkg:npm/lodash@4.17.20', 'lodash', '4.17.20', {
  licenses: ['MIT', 'a house licence'],
});
const app = component('pkg:npm/%40a/app@1.0.0', '@a/app', '1.0.0', {
  dependsOn: [lodash.purl],
  development: true,
});
const inventory: Inventory = {
  subject: { name: 'registry.example.com/shop/trips', digest: null },
  os: { id: 'debian', versionId: '12', prettyName: null },
  components: [openssl, app, lodash],
  outcome: 'complete',
  skips: [],
  found: ['dpkg'],
};
const documents = [writeSpdx(inventory, made), writeCycloneDx(inventory, made)] as const;
const formats = fc.constantFrom(...documents);

/** The path to every place in a JSON value. */
function listPlaces(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) => listPlaces(inner, [...path, key])),
  ];
}

function put(value: unknown, path: readonly string[], instead: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return instead;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  (copy as Record<string, unknown>)[key] = put(
    (value as Record<string, unknown>)[key],
    rest,
    instead,
  );
  return copy;
}

/** Only a Result is returned, and what was read keeps the promises of an inventory. */
function check(bytes: Uint8Array): void {
  recogniseSbom(bytes);
  const result = readSbom(bytes);
  if (!result.ok) return;
  const { components, outcome, skips } = result.value.inventory;
  const purls = components.map(({ purl }) => purl);
  expect(purls).toEqual([...new Set(purls)].sort());
  for (const { version, dependsOn, locations } of components) {
    expect(version).not.toBe('');
    for (const text of [...dependsOn, ...locations]) expect(typeof text).toBe('string');
  }
  if (skips.length > 0) expect(outcome).toBe('partial');
}

describe('a hostile SBOM', () => {
  it('Any bytes give a reading or a typed failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => check(bytes)),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.json(), (text) => check(Buffer.from(text))),
      { numRuns: 500 },
    );
  });

  it('A document with any value replaced by any other gives a reading or a typed failure', () => {
    fc.assert(
      fc.property(formats, fc.nat(), fc.jsonValue(), (bytes, at, instead) => {
        const document: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
        const places = listPlaces(document);
        check(
          Buffer.from(JSON.stringify(put(document, places[at % places.length] ?? [], instead))),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('A changed or cut document gives a reading or a typed failure', () => {
    fc.assert(
      fc.property(
        formats,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        fc.nat(),
        (bytes, changes, cut) => {
          const copy = Buffer.from(bytes);
          for (const [at, byte] of changes) copy[at % copy.length] = byte;
          check(
            copy.subarray(0, Math.max(0, copy.length - (cut % 3 === 0 ? cut % copy.length : 0))),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each(documents.map((bytes, at) => [at === 0 ? 'SPDX' : 'CycloneDX', bytes] as const))(
    'I3: %s without one of its purls is no longer complete',
    (_format, bytes) => {
      const document: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
      expect(orThrow(readSbom(bytes)).inventory.outcome).toBe('complete');
      const purls = listPlaces(document).filter((path) => {
        const key = path.at(-1);
        return (key === 'purl' || key === 'referenceLocator') && path.length > 2;
      });
      expect(purls).toHaveLength(3);
      for (const path of purls)
        for (const instead of [undefined, null, '', 7, 'lodash', ['pkg:npm/a@1']]) {
          const { inventory: read } = orThrow(
            readSbom(Buffer.from(JSON.stringify(put(document, path, instead)))),
          );
          expect([read.outcome, read.components.length], `${path.join('.')} ${instead}`).toEqual([
            'partial',
            2,
          ]);
        }
    },
  );

  it('An annotation cannot turn a package into another one or another version', () => {
    const text = Buffer.from(documents[0]).toString('utf8');
    const forged = text.replace(
      '{\\"licenses\\"',
      '{\\"name\\":\\"x\\",\\"version\\":\\"9\\",\\"purl\\":\\"pkg:npm/x@9\\",\\"licenses\\"',
    );
    expect(forged).not.toBe(text);
    const { components } = orThrow(readSbom(Buffer.from(forged))).inventory;
    expect(components.map(({ purl, name, version }) => [purl, name, version])).toEqual(
      inventory.components.map(({ purl, name, version }) => [purl, name, version]),
    );
  });

  it('A key with a meaning in JavaScript is only a key', () => {
    const purl = 'pkg:npm/a@1';
    const listed = `"components":[{"purl":"${purl}",`;
    const head = '{"bomFormat":"CycloneDX","specVersion":"1.6","__proto__":{"components":[]}';
    const text = `${head},${listed}
      "hashes":[{"alg":"__proto__","content":"x"}],"__proto__":{"version":"2"}}]}`;
    const { components } = orThrow(readSbom(Buffer.from(text))).inventory;
    expect(components.map((each) => [each.purl, each.version])).toEqual([[purl, '1']]);
    expect(Object.getPrototypeOf(components[0]?.hashes)).toBe(Object.prototype);
  });

  it('Ten times the packages take about ten times as long, not a hundred', () => {
    const many = (count: number): Uint8Array =>
      writeSpdx(
        {
          ...inventory,
          components: Array.from({ length: count }, (_, at) =>
            component(
              `pkg:npm/p${String(at).padStart(6, '0')}@1.0.0`,
              `p${String(at).padStart(6, '0')}`,
              '1.0.0',
            ),
          ),
        },
        made,
      );
    const onceMs = (bytes: Uint8Array): number => {
      const start = process.cpuUsage();
      orThrow(readSbom(bytes));
      return process.cpuUsage(start).user / 1_000;
    };
    // Processor time, and the best of several runs: other work on the machine must not decide.
    const elapsedMs = (bytes: Uint8Array): number =>
      Math.min(...[1, 2, 3, 4, 5].map(() => onceMs(bytes)));
    const [small, large] = [many(2_000), many(20_000)];
    elapsedMs(small);
    expect(elapsedMs(large)).toBeLessThan(60 * Math.max(elapsedMs(small), 5));
  });
});
