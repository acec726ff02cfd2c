import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  referenceTo,
  sbomDocument,
  signImage,
  type WorldKeys,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { createMemoryIndex, parseOsv } from '../../capabilities/advisories/index.ts';
import type { Component } from '../../capabilities/ecosystems/index.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { type Purl, parsePurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { gatherImage } from '../image-evidence/index.ts';
import { buildImageFacts } from './facts.ts';

const daysAgo = (days: number): Instant => toInstant(FIXTURE_NOW - days * 86_400_000);

let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

/** A record of a package that nobody has, modified some days ago; undated for null. */
function record(ecosystem: string, days: number | null): object {
  const affected = [{ package: { ecosystem, name: 'nobody' }, versions: ['1'] }];
  const modified = days === null ? {} : { modified: new Date(daysAgo(days)).toISOString() };
  return { id: `X-${ecosystem}`, ...modified, affected };
}

function toComponent(purl: string): Component {
  const { name, version } = orThrow(parsePurl(purl));
  return {
    purl: purl as Purl,
    name,
    version: version ?? '',
    licenses: ['MIT'],
    source: null,
    locations: [],
    layer: null,
    hashes: {},
    origin: null,
    dependsOn: [],
    development: false,
  };
}

/** The age of the data for an image with these packages, imported just now. */
async function readAge(
  records: readonly object[],
  purls: readonly string[],
  strangers: readonly string[] = [],
): Promise<Instant | null> {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  await signImage(registry, subject, keys.release);
  await attach(registry, subject, sbomDocument(purls.map(toComponent)), keys.release);
  if (strangers.length > 0)
    await attach(registry, subject, sbomDocument(strangers.map(toComponent)), null);
  const trust = worldTrust(keys);
  const evidence = orThrow(
    await gatherImage(referenceTo(subject), FIXTURE_NOW, { source: registry, trust }),
  );
  const advisories = createMemoryIndex(
    records.map((one) => orThrow(parseOsv(JSON.stringify(one)))),
    { source: 'imported', version: '1', importedAt: FIXTURE_NOW, rejected: 0 },
  );
  const sources = { trust, advisories, ...NO_GRAPH };
  const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
  const { updatedAt = null } = (facts.advisories ?? {}) as { readonly updatedAt?: unknown };
  return typeof updatedAt === 'number' ? toInstant(updatedAt) : null;
}

describe('truth A4, A21: advisories.updatedAt at a gate', () => {
  const npm = 'pkg:npm/left@1.0.0';
  const maven = 'pkg:maven/a/b@1.0.0';

  it('is the age of the data, although it was imported just now', async () => {
    expect(await readAge([record('npm', 30)], [npm])).toBe(daysAgo(30));
  });

  it('is that of the oldest feed that a component was looked up in', async () => {
    const feeds = [record('npm', 1), record('Maven', 40), record('Debian:12', 400)];
    expect(await readAge(feeds, [npm])).toBe(daysAgo(1));
    expect(await readAge(feeds, [npm, maven])).toBe(daysAgo(40));
  });

  it('is unknown where one of these feeds is undated', async () => {
    expect(await readAge([record('npm', 1), record('Maven', null)], [npm, maven])).toBe(null);
    expect(await readAge([record('npm', 1), record('Maven', null)], [npm])).toBe(daysAgo(1));
  });

  it('is not what a stranger makes it: an unsigned SBOM does not count', async () => {
    const feeds = [record('npm', 1), record('Maven', null), record('Debian:12', 400)];
    expect(await readAge(feeds, [npm], [maven])).toBe(daysAgo(1));
  });
});
