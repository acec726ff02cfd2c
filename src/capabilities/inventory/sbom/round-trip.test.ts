import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { parsePackagePurl } from '../../../core/package-purl.ts';
import { formatPurl, type Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import type { Component, Inventory } from '../../ecosystems/component.ts';
import type { ParsedSbom } from './component-collector.ts';
import { identifyPackage, toIdentity } from './package-identity.ts';
import { readSbom } from './read-sbom.ts';
import { recogniseSbom } from './recognise-sbom.ts';
import { writeCycloneDx } from './write-cyclonedx.ts';
import { writeSpdx } from './write-spdx.ts';

const made = { at: toInstant(1_800_000_000_000), tool: { name: 'waybill', version: '0.1.0' } };
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const digests = hex(64).map((text) => `sha256:${text}` as Digest);
const words = fc.stringMatching(/^[a-z][a-z0-9.+-]{0,12}$/);
const versions = fc.oneof(
  fc.stringMatching(/^[0-9][0-9A-Za-z.+~:-]{0,12}$/),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const anyText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);

const purls = fc
  .record({
    kind: fc.constantFrom('deb', 'npm', 'scoped', 'maven', 'golang', 'rpm'),
    name: words,
    namespace: words,
    version: versions,
  })
  .map(({ kind, name, namespace, version }) => {
    const type = kind === 'scoped' ? 'npm' : kind;
    const spaces = { deb: 'debian', npm: null, scoped: `@${namespace}`, rpm: 'fedora' } as Record<
      string,
      string | null
    >;
    const qualifiers: Record<string, string> =
      kind === 'deb' ? { arch: 'amd64', distro: 'debian-12' } : {};
    const parts = {
      type,
      namespace: kind in spaces ? (spaces[kind] ?? null) : namespace,
      name,
      version,
      qualifiers,
      subpath: null,
    };
    // A purl of a component must not change when it is normalised.
    return identifyPackage(formatPurl(parts));
  })
  .filter(
    (identity) =>
      identity !== null &&
      identity.version !== '' &&
      identifyPackage(identity.purl)?.purl === identity.purl &&
      formatPurl(orThrow(parsePackagePurl(identity.purl))) === identity.purl,
  );

const licenses = fc.oneof(
  fc.constantFrom(
    'MIT',
    'Apache-2.0',
    'GPL-2.0-or-later WITH Classpath-exception-2.0',
    'MIT OR Apache-2.0',
    'BSD',
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const hashes = fc.dictionary(
  fc.constantFrom('sha1', 'sha256', 'sha512', 'md5', 'sha224', 'crc32', 'blake3', '__proto__'),
  fc.oneof(hex(64), hex(128), fc.string({ minLength: 1, maxLength: 9 })),
);
const origins = fc.option(
  fc.oneof(fc.constant('https://registry.example.com/x/-/x-1.tgz'), fc.string({ minLength: 1 })),
);
const sources = fc.option(
  fc.record({ name: fc.oneof(words, fc.string({ minLength: 1 })), version: fc.string() }),
);

const components = purls.chain((identity) =>
  fc
    .record({
      name: fc.constant(identity?.name ?? ''),
      licenses: fc.uniqueArray(licenses, { maxLength: 3 }),
      source: sources,
      locations: fc.uniqueArray(
        anyText.filter((text) => text !== ''),
        { maxLength: 3 },
      ),
      layer: fc.option(digests),
      hashes,
      origin: origins,
      development: fc.boolean(),
      dependsOn: fc.constant<Purl[]>([]),
    })
    .map(
      (rest): Component => ({
        ...rest,
        purl: identity?.purl ?? ('' as Purl),
        version: identity?.version ?? '',
      }),
    ),
);

/**
 * Any possible inventory: sorted, each purl once, dependencies inside and outside.
 */
const inventories = fc
  .record({
    subject: fc.record({ name: anyText, digest: fc.option(digests) }),
    os: fc.option(
      fc.record({ id: words, versionId: fc.option(words), prettyName: fc.option(words) }),
    ),
    components: fc.uniqueArray(components, { selector: ({ purl }) => purl, maxLength: 12 }),
    outcome: fc.constantFrom('complete' as const, 'partial' as const),
    skips: fc.array(fc.tuple(anyText, anyText), { maxLength: 3 }),
    // Ours says what it looked at: an inventory of nothing is none.
    found: fc.uniqueArray(words, { minLength: 1, maxLength: 3 }),
    edges: fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 20 }),
  })
  .map(({ edges, ...rest }): Inventory => {
    const sorted = [...rest.components].sort((one, other) => (one.purl < other.purl ? -1 : 1));
    const pool = [...sorted.map(({ purl }) => purl), 'pkg:npm/elsewhere@1.0.0' as Purl];
    const linked = sorted.map((component, at) => {
      const needs = edges
        .filter(([from]) => from % sorted.length === at)
        .map(([, to]) => pool[to % pool.length] as Purl);
      return { ...component, dependsOn: [...new Set(needs)].sort() };
    });
    const skips = rest.skips.map(([location, why]) => ({
      location,
      cause: new Failure('MALFORMED', why, 'Fix it.'),
    }));
    return {
      ...rest,
      components: linked,
      skips,
      outcome: skips.length > 0 ? 'partial' : rest.outcome,
    };
  });

const plain = ({ inventory }: ParsedSbom): unknown => ({
  ...inventory,
  skips: inventory.skips.map(({ location, cause }) => ({
    location,
    code: cause.code,
    why: cause.message,
  })),
});
const toPlain = (inventory: Inventory): unknown => plain({ inventory } as ParsedSbom);

describe('an inventory written out and read back', () => {
  it('B15 X12: SPDX 2.3 gives back every component, skip and claim of any inventory', () => {
    fc.assert(
      fc.property(inventories, (inventory) => {
        const reading = orThrow(readSbom(writeSpdx(inventory, made)));
        expect(reading.inventory.components).toEqual(inventory.components);
        if (inventory.os !== null) expect(plain(reading)).toEqual(toPlain(inventory));
        expect([reading.subject, reading.createdAt]).toEqual([inventory.subject.digest, made.at]);
      }),
      { numRuns: 300 },
    );
  });

  it('B15 X12: CycloneDX 1.6 gives back the same, so both formats carry equal components', () => {
    fc.assert(
      fc.property(inventories, (inventory) => {
        const reading = orThrow(readSbom(writeCycloneDx(inventory, made)));
        expect(reading.inventory.components).toEqual(inventory.components);
        if (inventory.os !== null) expect(plain(reading)).toEqual(toPlain(inventory));
        const spdx = orThrow(readSbom(writeSpdx(inventory, made)));
        expect(plain(spdx)).toEqual(plain(reading));
      }),
      { numRuns: 300 },
    );
  });

  it('D9: equal inventories give equal bytes; another time gives another document identity', () => {
    fc.assert(
      fc.property(inventories, (inventory) => {
        for (const write of [writeSpdx, writeCycloneDx]) {
          const bytes = write(inventory, made);
          expect(Buffer.compare(bytes, write(cloneInventory(inventory), made))).toBe(0);
          expect(
            Buffer.compare(bytes, write(inventory, { ...made, at: toInstant(made.at + 60_000) })),
          ).not.toBe(0);
          expect(recogniseSbom(bytes)?.standard).toBe(write === writeSpdx ? 'spdx' : 'cyclonedx');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('the identity of a canonical purl is that of its parts', () => {
    const parts = {
      type: 'deb',
      namespace: 'debian',
      name: 'libstdc++6',
      version: '12.2.0-14',
      subpath: null,
    };
    const { purl } = toIdentity({ ...parts, qualifiers: { arch: 'amd64', distro: 'debian-12' } });
    expect(purl).toBe('pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12');
  });
});

function cloneInventory(inventory: Inventory): Inventory {
  return {
    ...inventory,
    components: inventory.components.map((component) => ({
      ...component,
      hashes: { ...component.hashes },
    })),
  };
}
