import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reader } from '../../src/adapters/graph-sql/index.ts';
import { createMemoryIndex } from '../../src/capabilities/advisories/memory-index.ts';
import { readOsv } from '../../src/capabilities/advisories/parse-osv.ts';
import { parseSelector } from '../../src/capabilities/graph/index.ts';
import { readSbom } from '../../src/capabilities/inventory/index.ts';
import { identifyPackage } from '../../src/capabilities/inventory/sbom/package-identity.ts';
import {
  matchesComponentPattern,
  readComponentPattern,
} from '../../src/capabilities/policy/component-pattern.ts';
import { scanInventory, VexClaims } from '../../src/capabilities/scanning/index.ts';
import { parseDigest } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import {
  matchesPackage,
  parsePackagePurl,
  parseWantedPackage,
} from '../../src/core/package-purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { anyPackage, nameSample, type SamplePackage, spell } from '../support/purl-spellings.ts';
import { openSpelledGraph } from '../support/spelled-graph.ts';

const SEED = 20_261_129;
const NOW = toInstant(1_780_000_000_000);
const IMAGE = orThrow(parseDigest(`sha256:${'1'.repeat(64)}`));

const spelled = anyPackage().chain((sample) => {
  const whole = spell(sample, 'whole');
  return fc.tuple(fc.constant(sample), whole, whole, spell(sample, 'part'));
});

/** Packages with different names, each as one tool lists it and as others write it. */
function makeSpelled(count: number, ...types: readonly string[]) {
  const samples = fc.sample(anyPackage(...types), { numRuns: count, seed: SEED });
  const once = new Map(samples.map((sample) => [nameSample(sample), sample]));
  return [...once.values()].map((sample, at) => {
    const write = (how: 'whole' | 'part', numRuns: number) =>
      fc.sample(spell(sample, how), { numRuns, seed: SEED + at });
    const [listed = '', ...others] = write('whole', 3);
    return { sample, listed, others: [...others, ...write('part', 3)] };
  });
}

const makeDocument = (purls: readonly string[]) =>
  Buffer.from(
    JSON.stringify({
      ...{ bomFormat: 'CycloneDX', specVersion: '1.6' },
      components: purls.map((purl) => ({ type: 'library', name: 'it', purl })),
      compositions: [{ aggregate: 'complete' }],
    }),
  );

describe('truth A17: any spelling of a package of any type', () => {
  it('is one identity', () => {
    fc.assert(
      fc.property(spelled, ([, one, other, part]) => {
        expect(identifyPackage(one)?.purl).toBe(identifyPackage(other)?.purl);
        const found = orThrow(parsePackagePurl(one));
        expect(matchesPackage(orThrow(parseWantedPackage(other)), found)).toBe(true);
        expect(matchesPackage(orThrow(parseWantedPackage(part)), found)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never is another package', () => {
    fc.assert(
      fc.property(spelled, spelled, ([one, text], [other, whole, , part]) => {
        fc.pre(nameSample(one) !== nameSample(other));
        const found = orThrow(parsePackagePurl(text));
        expect(matchesPackage(orThrow(parseWantedPackage(part)), found)).toBe(false);
        expect(identifyPackage(text)?.purl).not.toBe(identifyPackage(whole)?.purl);
      }),
      { numRuns: 300 },
    );
  });

  it('is another package with another version, architecture or epoch', () => {
    const changed: ((sample: SamplePackage) => SamplePackage)[] = [
      (sample) => ({ ...sample, version: `${sample.version}1` }),
      (sample) => ({ ...sample, qualifiers: { ...sample.qualifiers, arch: 'riscv64' } }),
      (sample) => ({ ...sample, epoch: sample.epoch + 1 }),
    ];
    const pair = fc
      .tuple(anyPackage('deb', 'rpm'), fc.constantFrom(...changed))
      .chain(([sample, change]) =>
        fc.tuple(spell(sample, 'whole'), spell(change(sample), 'whole')),
      );
    fc.assert(
      fc.property(pair, ([text, changedText]) => {
        const found = orThrow(parsePackagePurl(text));
        const isRpmOfAnyEpoch = /^pkg:\/*rpm/i.test(changedText);
        const isMeant = matchesPackage(orThrow(parseWantedPackage(changedText)), found);
        if (!isRpmOfAnyEpoch) expect(isMeant).toBe(false);
        expect(identifyPackage(text)?.purl).not.toBe(identifyPackage(changedText)?.purl);
      }),
      { numRuns: 300 },
    );
  });
});

describe('truth A17: a component that is written in any way is found', () => {
  const packages = makeSpelled(80);
  let graph: { readonly reader: Reader; readonly folder: string };
  beforeAll(async () => {
    graph = await openSpelledGraph(makeDocument(packages.map(({ listed }) => listed)), IMAGE, NOW);
  });
  afterAll(async () => {
    await graph.reader.close();
    rmSync(graph.folder, { recursive: true });
  });

  it('by a question, and no other is', async () => {
    for (const { listed, others } of packages.slice(0, 40))
      for (const text of [listed, ...others.slice(1, 4)]) {
        const component = orThrow(parseSelector(text));
        const answer = await graph.reader.ask({ name: 'why', subject: IMAGE, component });
        const found = orThrow(answer).components.map(({ purl }) => purl);
        expect([text, found]).toEqual([text, [identifyPackage(listed)?.purl]]);
      }
  });

  it('by VEX statements, exceptions and rules, and no other is', () => {
    const purls = packages.map(({ listed }) => identifyPackage(listed)?.purl ?? '');
    for (const [at, { others }] of packages.entries())
      for (const text of others) {
        const pattern = orThrow(readComponentPattern(text));
        const excepted = purls.filter((purl) => matchesComponentPattern(pattern, purl));
        expect([text, excepted]).toEqual([text, [purls[at]]]);
        const product = { purl: text, digests: [], subcomponents: [] };
        const statement = { names: ['CVE-1'], status: 'not_affected', at: 0, products: [product] };
        const claim = { ...statement, justification: 'component_not_present' } as const;
        const claims = new VexClaims([{ statement: claim as never, about: null, source: '' }]);
        const isExcused = (purl: string) =>
          claims.findExcuse(['CVE-1'], { purl, image: IMAGE, indexes: [], members: [] }, NOW) !==
          null;
        expect([text, isExcused(purls[at] ?? '')]).toEqual([text, true]);
        expect([text, isExcused(purls[(at + 1) % purls.length] ?? '')]).toEqual([text, false]);
      }
  });

  it('by a scan', async () => {
    const matched = makeSpelled(60, 'npm', 'maven', 'deb');
    const advise = (id: string, ecosystem: string, name: string) =>
      orThrow(
        readOsv({
          ...{ id, modified: '2026-01-01T00:00:00Z' },
          affected: [
            {
              package: { ecosystem, name },
              ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
            },
          ],
        }),
      );
    const records = matched.map(({ sample: { type, namespace, name } }, at) => {
      const full = [...namespace, name];
      if (type === 'deb') return advise(`T-${at}`, 'Debian:12', name);
      return type === 'npm'
        ? advise(`T-${at}`, 'npm', full.join('/'))
        : advise(`T-${at}`, 'Maven', full.join(':'));
    });
    const origin = { source: 'imported', version: '1', importedAt: NOW, rejected: 0 } as const;
    const index = createMemoryIndex([...records, advise('T-zlib', 'Debian:12', 'zlib')], origin);
    for (const [at, { sample, listed, others }] of matched.entries())
      for (const text of [listed, ...others.slice(0, 2)]) {
        const { inventory } = orThrow(readSbom(makeDocument([text])));
        const report = orThrow(await scanInventory(inventory, index, { now: NOW }));
        const isBuilt = sample.type === 'deb' && /[?&](?:upstream|source)=/i.test(text);
        const wanted = isBuilt ? 'T-zlib' : `T-${at}`;
        expect([text, report.findings.map(({ id }) => id)]).toEqual([text, [wanted]]);
      }
  });
});
