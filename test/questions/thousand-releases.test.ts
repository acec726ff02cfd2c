import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, openWriter } from '../../src/adapters/graph-sql/index.ts';
import {
  type ExposedRelease,
  type Exposure,
  parseSelector,
  type QuestionOptions,
  type ReleaseMatches,
} from '../../src/capabilities/graph/index.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts as ports } from '../../src/entrypoints/compose/graph-ports.ts';
import { FEEDS } from '../support/feeds.ts';
import { findGraphPlace } from '../support/graph-place.ts';
import { LOG4SHELL } from '../support/log4shell.ts';
import { testData } from '../support/test-data.ts';
import {
  ADVISORY_DAY,
  DAY_MS,
  dayAt,
  exposed,
  holding,
  LAST_DAY,
  listClusters,
  listDocuments,
  listNames,
  madeWorld,
  type QuestionFilter,
  unknowable,
} from '../support/thousand-releases.ts';

const world = madeWorld(1_000, 7);
const ALL: QuestionFilter = { asOf: null, knownAt: null, since: null, owner: null };
let folder: string;
let reader: Awaited<ReturnType<typeof opened>>;

async function opened(path: string) {
  return orThrow(await openReader({ ...findGraphPlace(path), ports }));
}

/** Documents of a day are recorded an hour before the next day. */
const recordedAt = (day: number) => toInstant(dayAt(day) + DAY_MS - 3_600_000);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-thousand-'));
  const path = join(folder, 'graph.db');
  const writer = orThrow(await openWriter({ ...findGraphPlace(path), ports }));
  const file = testData('advisories/log4shell.osv.json');
  const record = file === null ? LOG4SHELL : JSON.parse(readFileSync(file, 'utf8'));
  const body = Buffer.from(JSON.stringify(record));
  const days = new Map(listDocuments(world));
  const [first = 0] = [...days.keys()].sort((one, other) => one - other);
  days.set(first, [FEEDS, ...(days.get(first) ?? [])]);
  const advisories = {
    kind: 'advisories',
    mediaType: 'application/x-ndjson',
    body,
    subject: null,
  } as const;
  days.set(ADVISORY_DAY, [...(days.get(ADVISORY_DAY) ?? []), advisories]);
  for (const [day, inputs] of [...days].sort(([one], [other]) => one - other)) {
    orThrow(await writer.append(inputs, recordedAt(day)));
  }
  await writer.close();
  reader = await opened(path);
});

afterAll(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

function toAsk(
  { asOf, knownAt, since, owner }: QuestionFilter,
  after: string | null = null,
): QuestionOptions {
  return {
    asOf: asOf === null ? null : dayAt(asOf),
    knownAt: knownAt === null ? null : recordedAt(knownAt),
    since: since === null ? null : dayAt(since),
    ...{ owner, signedBy: null, page: { rowsMax: 100, after } },
  };
}

async function releasesWith(component: string, asked: QuestionFilter): Promise<readonly string[]> {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const answer: ReleaseMatches = orThrow(
      await reader.ask({
        name: 'releases',
        component: orThrow(parseSelector(component)),
        ...toAsk(asked, after),
      }),
    );
    found.push(...answer.releases.map(({ name, version }) => `${name}@${version}`));
    after = answer.next;
  } while (after !== null);
  return found.sort();
}

async function exposure(name: string, asked: QuestionFilter) {
  const releases: ExposedRelease[] = [];
  let unknown: readonly string[] | null = null;
  let after: string | null = null;
  do {
    const answer: Exposure = orThrow(
      await reader.ask({ name: 'exposure', vulnerability: name, ...toAsk(asked, after) }),
    );
    releases.push(...answer.releases);
    unknown ??= answer.unknown.map((one) => `${one.name}@${one.version}`).sort();
    after = answer.next;
  } while (after !== null);
  const where = releases.map(({ name, version, deployments }) => {
    return [
      `${name}@${version}`,
      [...new Set(deployments.map(({ cluster }) => cluster))].sort(),
    ] as const;
  });
  return {
    names: where.map(([label]) => label).sort(),
    where: new Map(where),
    unknown: unknown ?? [],
  };
}

const expectedWhere = (asked: QuestionFilter) =>
  new Map(
    exposed(world, asked).map((release) => [
      `${release.name}@${release.version}`,
      listClusters(world, release, asked),
    ]),
  );

describe('the two questions of the seed over 1,000 releases', () => {
  it('I8, G3: finds exactly my recent releases that contain log4j-core 2.12.3', async () => {
    const asked = { ...ALL, since: 100, owner: 'team-a' };
    const expected = holding(world, '2.12.3', false, asked);
    expect(expected.length).toBeGreaterThan(2);
    expect(await releasesWith('log4j-core@2.12.3', asked)).toEqual(expected);
    expect(
      await releasesWith('pkg:maven/org.apache.logging.log4j/log4j-core@2.12.3', asked),
    ).toEqual(expected);
    expect(await releasesWith('org.apache.logging.log4j:log4j-core@2.12.3', asked)).toEqual(
      expected,
    );
    expect(await releasesWith('LOG4J_CORE@2.12.3', asked)).toEqual(expected);
  });

  it('G3: the name log4j means log4j-core and the other components of that name', async () => {
    expect(await releasesWith('log4j@2.12.3', ALL)).toEqual(holding(world, '2.12.3', true, ALL));
  });

  it('I8, G4, G6: exposed releases and clusters are those of the plain lists', async () => {
    const answer = await exposure('CVE-2021-44228', ALL);
    expect(answer.names).toEqual(listNames(exposed(world, ALL)));
    expect(answer.names.length).toBeGreaterThan(150);
    const byName = new Map([...answer.where].sort());
    expect(byName).toEqual(new Map([...expectedWhere(ALL)].sort()));
    expect([...byName.values()].some((clusters) => clusters.length > 0)).toBe(true);
    expect([...byName.values()].some((clusters) => clusters.length === 0)).toBe(true);
  });

  it('G4: 2.12.3 and other fixed backports are not exposed; 2.12.1 and 2.14.1 are', async () => {
    const { names } = await exposure('CVE-2021-44228', ALL);
    const shown = new Set(names);
    const share = (version: string) => {
      const those = world.releases.filter(
        ({ core, inventory }) => core === version && inventory !== 'missing',
      );
      expect(those.length).toBeGreaterThan(10);
      return (
        those.filter(({ name, version: of }) => shown.has(`${name}@${of}`)).length / those.length
      );
    };
    expect(['2.3.1', '2.12.2', '2.12.3', '2.12.4', '2.15.0'].map(share)).toEqual([0, 0, 0, 0, 0]);
    expect(['2.0-beta9', '2.3', '2.12.1', '2.13.0', '2.14.1'].map(share)).toEqual([1, 1, 1, 1, 1]);
  });

  it('G4: another name of the vulnerability gives the same answer', async () => {
    const [one, other] = [
      await exposure('CVE-2021-44228', ALL),
      await exposure('GHSA-jfh8-c2jp-5v3q', ALL),
    ];
    expect(other).toEqual(one);
  });

  it('G6: a release with a missing or partial inventory is unknown, never clean', async () => {
    const { unknown } = await exposure('CVE-2021-44228', ALL);
    expect(unknown).toEqual(unknowable(world, ALL));
    expect(unknown.length).toBeGreaterThan(30);
  });
});

const day = fc.option(fc.integer({ min: 0, max: LAST_DAY }));
const narrowed: fc.Arbitrary<QuestionFilter> = fc.record({
  asOf: day,
  knownAt: day,
  since: day,
  owner: fc.option(fc.constantFrom('team-a', 'team-b', 'team-c', 'team-d')),
});

describe('the same, as of a moment and as known at one', () => {
  it('X7: answers for any moment, as known at any other, match the plain lists', async () => {
    await fc.assert(
      fc.asyncProperty(
        narrowed,
        fc.constantFrom('2.12.3', '2.14.1', '2.17.1'),
        async (asked, version) => {
          expect(await releasesWith(`log4j-core@${version}`, asked)).toEqual(
            holding(world, version, false, asked),
          );
          const answer = await exposure('CVE-2021-44228', asked);
          expect(answer.names).toEqual(listNames(exposed(world, asked)));
          expect(answer.where).toEqual(
            new Map([...answer.where].map(([name]) => [name, expectedWhere(asked).get(name)])),
          );
          const unknown = unknowable(world, asked);
          if (unknown.length <= 100) expect(answer.unknown).toEqual(unknown);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  it('before the first release the answer is empty, without an error', async () => {
    const before = { ...ALL, asOf: -1_000 };
    expect(await releasesWith('log4j-core', before)).toEqual([]);
    expect(await exposure('CVE-2021-44228', { ...ALL, knownAt: -1_000 })).toMatchObject({
      names: [],
      unknown: [],
    });
  });
});
