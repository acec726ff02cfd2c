import { describe, expect, it } from 'vitest';
import { FEEDS, feedsInput } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson, graphPorts, type TestInventory } from '../../../test/support/graph-ports.ts';
import { ASK as ask, SEEN } from '../../../test/support/question-options.ts';
import { affectedMatcher } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { view as changesView } from '../../capabilities/graph/questions/changes/view.ts';
import { view as exposureView } from '../../capabilities/graph/questions/exposure/view.ts';
import { view as findingsView } from '../../capabilities/graph/questions/findings/view.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph({ ...graphPorts, matcher: affectedMatcher });

const image = (name: string): Digest => sha256(`image ${name}`);

function release(name: string, ...purls: readonly string[]): readonly EvidenceInput[] {
  const reference = `registry.example.com/shop/${name}:1.0`;
  const record = {
    name,
    version: '1.0',
    releasedAt: day(1),
    owner: null,
    source: null,
    build: null,
    images: [{ reference, digest: image(name), platforms: [] }],
    artifacts: [],
  };
  const body: TestInventory = { complete: true, components: purls.map((purl) => ({ purl })) };
  const sbom = { kind: 'sbom', mediaType: 'application/json', body: encodeJson(body) } as const;
  return [recordInput('release', record), { ...sbom, subject: image(name) }];
}

function advisory(id: string, ecosystem: string, name: string, fixed: string): EvidenceInput {
  const events = [{ introduced: '0' }, { fixed }];
  const affected = [{ package: { ecosystem, name }, ranges: [{ type: 'SEMVER', events }] }];
  const record = { id, modified: '2026-01-01T00:00:00Z', affected };
  return {
    kind: 'advisories',
    mediaType: 'application/x-ndjson',
    body: encodeJson(record),
    subject: null,
  };
}

const askExposure = async (vulnerability: string) =>
  orThrow(await graph.reader.ask({ name: 'exposure', vulnerability, ...ask }));
const askFindings = async (of: string) =>
  orThrow(
    await graph.reader.ask({
      name: 'findings',
      subject: image(of),
      ...ask,
    }),
  );

const exits = async (vulnerability: string, of: string) => [
  exposureView.pickExitCode?.({ ...(await askExposure(vulnerability)), ...SEEN }),
  findingsView.pickExitCode?.(await askFindings(of)),
];
const ID = 'GHSA-aaaa-bbbb-cccc';

describe('truth A1: components that no advisory can be matched with', () => {
  it.each([
    ['OPAM-2022-1', 'opam', 'lwt', 'pkg:opam/lwt@5.0.0'],
    ['JLSEC-2025-1', 'Julia', 'HTTP', 'pkg:julia/HTTP@1.0.0?uuid=cd3eb016-35fb-5094-929b'],
  ])('%s: the release that holds one is of unknown exposure', async (id, ecosystem, name, purl) => {
    await graph.writer.append(
      [
        ...release('trips', purl, 'pkg:npm/left-pad@1.0.0'),
        advisory(id, ecosystem, name, '9.0.0'),
        feedsInput(['npm', ecosystem]),
      ],
      day(2),
    );
    const answer = await askExposure(id);
    expect(answer.releases).toEqual([]);
    expect(
      answer.unknown.map(({ name: of, reason, notCovered }) => [of, reason, notCovered]),
    ).toEqual([['trips', 'components-not-covered', [purl]]]);
    expect(answer.notCovered).toMatchObject([{ reason: 'no-matcher', components: 1, releases: 1 }]);
    expect(exposureView.pickExitCode?.({ ...answer, ...SEEN })).toBe(3);
    const findings = await askFindings('trips');
    expect([findings.findings, findings.notCovered]).toEqual([[], [purl]]);
    expect(findingsView.pickExitCode?.(findings)).toBe(3);
  });

  it('a release in which everything can be matched stays clean', async () => {
    await graph.writer.append(
      [
        ...release('trips', 'pkg:npm/left-pad@1.0.0'),
        advisory(ID, 'npm', 'right-pad', '2.0.0'),
        FEEDS,
      ],
      day(2),
    );
    const answer = await askExposure(ID);
    expect([answer.unknown, exposureView.pickExitCode?.({ ...answer, ...SEEN })]).toEqual([[], 0]);
    const findings = await askFindings('trips');
    expect([findings.notCovered, findingsView.pickExitCode?.(findings)]).toEqual([[], 0]);
  });

  it('they are named beside what is exposed, and beside another reason', async () => {
    const opam = 'pkg:opam/a@1.0.0';
    await graph.writer.append(
      [
        ...release('trips', 'pkg:npm/left-pad@1.0.0', opam),
        ...release('drivers', 'pkg:npm/left-pad@none', opam),
        advisory(ID, 'npm', 'left-pad', '2.0.0'),
        FEEDS,
      ],
      day(2),
    );
    const answer = await askExposure(ID);
    expect(answer.releases.map(({ name }) => name)).toEqual(['trips']);
    expect(
      answer.unknown.map(({ name, reason, notCovered }) => [name, reason, notCovered]),
    ).toEqual([
      ['drivers', 'version-not-compared', [opam]],
      ['drivers', 'components-not-covered', [opam]],
      ['trips', 'components-not-covered', [opam]],
    ]);
  });

  it('are named in images of no release too, as is a version that is not compared', async () => {
    const [, ...mixed] = release('mixed', 'pkg:npm/left-pad@3.0.0', 'pkg:opam/a@1.0.0');
    const [, ...odd] = release('odd', 'pkg:npm/left-pad@none');
    await graph.writer.append(
      [...mixed, ...odd, advisory(ID, 'npm', 'left-pad', '2.0.0'), FEEDS],
      day(2),
    );
    const answer = await askExposure(ID);
    expect([answer.releases, answer.unreleased, answer.unknown]).toEqual([[], [], []]);
    expect(answer.unreleasedUnknown).toMatchObject([
      { image: image('odd'), reason: 'version-not-compared', notCovered: [] },
      {
        ...{ image: image('mixed'), reason: 'components-not-covered' },
        notCovered: ['pkg:opam/a@1.0.0'],
      },
    ]);
    expect(exposureView.pickExitCode?.({ ...answer, ...SEEN })).toBe(3);
  });

  it('a change for them would not be seen, so no change is not a clean answer', async () => {
    const askChanges = async () => orThrow(await graph.reader.ask({ name: 'changes', ...ask }));
    await graph.writer.append(
      [...release('trips', 'pkg:npm/left-pad@1.0.0'), advisory(ID, 'npm', 'x', '2.0.0'), FEEDS],
      day(2),
    );
    const clean = await askChanges();
    expect([clean.notCovered, changesView.pickExitCode?.(clean)]).toEqual([[], 0]);
    const mixed = ['pkg:opam/a@1.0.0', 'pkg:hex/phoenix@1.0.0'];
    await graph.writer.append(release('mixed', ...mixed), day(3));
    const answer = await askChanges();
    expect(answer).toMatchObject({
      ...{ changes: [], notCoveredMore: false },
      notCovered: [
        { ecosystem: 'Hex', reason: 'no-feed' },
        { ecosystem: 'opam', reason: 'no-matcher' },
      ],
    });
    expect(changesView.pickExitCode?.(answer)).toBe(3);
    // What changed is an answer, and no answer about the others.
    await graph.writer.append([advisory('GHSA-dddd', 'npm', 'left-pad', '2.0.0')], day(4));
    const changed = await askChanges();
    expect([changed.changes.length, changesView.pickExitCode?.(changed)]).toEqual([1, 3]);
  });

  it('a change to a version that cannot be compared is none that was judged', async () => {
    const askChanges = async () => orThrow(await graph.reader.ask({ name: 'changes', ...ask }));
    await graph.writer.append(
      [...release('trips', 'pkg:npm/left-pad@1.0.0', 'pkg:npm/odd@none'), FEEDS],
      day(2),
    );
    await graph.writer.append([advisory('GHSA-dddd', 'npm', 'left-pad', '2.0.0')], day(3));
    const judged = await askChanges();
    expect([judged.changes.length, changesView.pickExitCode?.(judged)]).toEqual([1, 0]);
    await graph.writer.append([advisory('GHSA-eeee', 'npm', 'odd', '2.0.0')], day(4));
    const odd = await askChanges();
    expect(odd.changes.map(({ purl, change }) => [purl, change])).toEqual([
      ['pkg:npm/odd@none', 'unknown'],
    ]);
    expect(changesView.pickExitCode?.(odd)).toBe(3);
  });

  it('records that could not be read may be changes, so none is no clean answer', async () => {
    const documents = [
      ...release('trips', 'pkg:npm/left-pad@1.0.0'),
      advisory(ID, 'npm', 'x', '2.0.0'),
    ];
    await graph.writer.append([...documents, feedsInput(['npm'], { rejected: 2 })], day(2));
    const answer = orThrow(await graph.reader.ask({ name: 'changes', ...ask }));
    expect([answer.changes, answer.notCovered, answer.rejected]).toEqual([[], [], 2]);
    expect(changesView.pickExitCode?.(answer)).toBe(3);
    const context = { text: () => '', moment: day(3) };
    const notes = changesView.listNotes?.(answer, context).join();
    expect(notes).toContain('2 advisory records could not be read');
  });

  it('an answer names a bounded number of them and says that there are more', async () => {
    const many = Array.from(
      { length: LIMITS.notCoveredMax + 1 },
      (_, at) => `pkg:opam/m${at}@1.0.0`,
    );
    await graph.writer.append(release('trips', ...many), day(2));
    const { notCovered, notCoveredMore, coverage } = await askFindings('trips');
    expect([notCovered.length, notCoveredMore]).toEqual([LIMITS.notCoveredMax, true]);
    expect(coverage).toMatchObject([{ ecosystem: 'opam', components: many.length }]);
  });

  it('a feed that is silent about a flaw clears the components of its ecosystem', async () => {
    const opam = 'pkg:opam/a@1.0.0';
    await graph.writer.append(
      [
        ...release('trips', opam, 'pkg:npm/left-pad@1.0.0'),
        advisory(ID, 'Maven', 'org.example:a', '2.0.0'),
        FEEDS,
      ],
      day(2),
    );
    // Nobody knows what a feed of opam says: none was imported.
    expect(await exits(ID, 'trips')).toEqual([3, 3]);
    await graph.writer.append([feedsInput(['opam'], { feed: 'opam.zip' })], day(3));
    expect((await askExposure(ID)).unknown).toEqual([]);
    // What else a component of opam has remains unknown, and so does a vulnerability of one.
    expect(await exits(ID, 'trips')).toEqual([0, 3]);
    await graph.writer.append([advisory('OSEC-2026-1', 'opam', 'b', '2.0.0')], day(4));
    expect(await exits('OSEC-2026-1', 'trips')).toEqual([3, 3]);
  });

  it('an SBOM without any source package leaves those of a distribution in doubt', async () => {
    const deb = (name: string, more = '') => `pkg:deb/debian/${name}@1?distro=debian-12${more}`;
    const [ssl, curl] = [deb('libssl3'), deb('curl', '&upstream=curl')];
    await graph.writer.append(
      [
        ...release('named', ssl, curl),
        ...release('trips', ssl, 'pkg:npm/left-pad@1.0.0'),
        advisory('DSA-1', 'Debian:12', 'openssl', '2'),
        advisory(ID, 'npm', 'right-pad', '2.0.0'),
        FEEDS,
      ],
      day(2),
    );
    expect((await askFindings('trips')).notCovered).toEqual([ssl]);
    expect(await exits('DSA-1', 'trips')).toEqual([3, 3]);
    expect((await askExposure('DSA-1')).notCovered).toMatchObject([
      { ecosystem: 'Debian:12', reason: 'no-matcher', purls: [ssl], components: 1 },
    ]);
    // Those that name source packages, and vulnerabilities of npm, are judged.
    expect(await exits(ID, 'named')).toEqual([0, 0]);
  });

  it('a component of no ecosystem may hold anything', async () => {
    await graph.writer.append(
      [
        ...release('trips', 'pkg:generic/widget@3.0.1'),
        advisory(ID, 'Maven', 'org.example:a', '2.0.0'),
        FEEDS,
      ],
      day(2),
    );
    const { notCovered } = await askExposure(ID);
    expect(notCovered).toMatchObject([{ ecosystem: 'pkg:generic', reason: 'no-matcher' }]);
    expect(await exits(ID, 'trips')).toEqual([3, 3]);
  });
});

describe('truth A21: components that no imported feed covers', () => {
  const lodash = 'pkg:npm/lodash@4.17.20';

  it('a matcher without a feed judges nothing, and a feed of npm makes it clean', async () => {
    const records = [
      advisory('GO-2023-1571', 'Go', 'golang.org/x/net', '9.0.0'),
      feedsInput(['Go'], { feed: 'go.zip' }),
    ];
    await graph.writer.append([...release('trips', lodash), ...records], day(2));
    const answer = await askExposure('GO-2023-1571');
    expect(answer.unknown).toMatchObject([{ name: 'trips', notCovered: [lodash] }]);
    expect(answer.notCovered).toEqual([
      {
        ecosystem: 'npm',
        reason: 'no-feed',
        components: 1,
        purls: [lodash],
        releases: 1,
        examples: [{ name: 'trips', version: '1.0' }],
      },
    ]);
    const findings = await askFindings('trips');
    expect(findings.coverage).toEqual([
      { ecosystem: 'npm', components: 1, reason: 'no-feed', updatedAt: null, feeds: [] },
    ]);
    expect(await exits('GO-2023-1571', 'trips')).toEqual([3, 3]);
    await graph.writer.append([feedsInput(['npm'], { feed: 'npm.zip' })], day(3));
    expect(await exits('GO-2023-1571', 'trips')).toEqual([0, 0]);
  });

  it('is judged for each release of a distribution', async () => {
    const zlib = (version: number) =>
      `pkg:deb/debian/zlib1g@1?distro=debian-${version}&upstream=zlib`;
    await graph.writer.append(
      [
        ...release('old', zlib(11)),
        ...release('new', zlib(12)),
        advisory('DSA-1', 'Debian:12', 'openssl', '2'),
        feedsInput(['Debian:12']),
      ],
      day(2),
    );
    expect((await askExposure('DSA-1')).unknown.map(({ name }) => name)).toEqual(['old']);
    expect((await askFindings('old')).coverage).toMatchObject([
      { ecosystem: 'Debian:11', reason: 'no-feed' },
    ]);
    expect(await exits('DSA-1', 'new')).toEqual([3, 0]);
  });

  it('a single advisory is no feed: it is found, and nothing else is clean', async () => {
    await graph.writer.append(
      [...release('trips', lodash), advisory(ID, 'npm', 'lodash', '4.17.21')],
      day(2),
    );
    expect(await exits(ID, 'trips')).toEqual([1, 1]);
    expect((await askFindings('trips')).notCovered).toEqual([lodash]);
  });

  it('a graph of an earlier Waybill says: import the feeds again', async () => {
    await graph.writer.append(
      [...release('trips', lodash), advisory(ID, 'npm', 'left-pad', '2.0.0')],
      day(2),
    );
    const findings = await askFindings('trips');
    expect(findingsView.pickExitCode?.(findings)).toBe(3);
    const context = { text: () => 'trips', moment: day(3) };
    const notes = findingsView.listNotes?.(findings, context).join('\n');
    expect(notes).toContain('knows no feed of npm: waybill advisories import FILE');
    expect(notes).toContain('also if an earlier Waybill has imported it');
  });

  it('records that could not be read may name anything, until the feed is whole', async () => {
    const documents = [...release('trips', lodash), advisory(ID, 'npm', 'left-pad', '2.0.0')];
    await graph.writer.append([...documents, feedsInput(['npm'], { rejected: 2 })], day(2));
    expect(await exits(ID, 'trips')).toEqual([3, 3]);
    expect((await askFindings('trips')).rejected).toBe(2);
    await graph.writer.append([feedsInput(['npm'], { importedAt: day(3) })], day(3));
    expect(await exits(ID, 'trips')).toEqual([0, 0]);
  });

  it('the stalest feed of what was looked up dates the answer, as known at a moment', async () => {
    const dated = (feed: string, newest: ReturnType<typeof day> | null, ...databases: string[]) =>
      feedsInput(['npm'], { feed, newest, databases, importedAt: day(9) });
    await graph.writer.append(
      [...release('trips', lodash), advisory(ID, 'npm', 'left-pad', '2.0.0')],
      day(2),
    );
    await graph.writer.append([dated('ghsa.zip', day(1), 'GHSA')], day(3));
    await graph.writer.append([dated('mal.zip', day(2), 'MAL')], day(4));
    await graph.writer.append([dated('ghsa-new.zip', day(5), 'GHSA')], day(5));
    await graph.writer.append([dated('undated.zip', null, 'OTHER')], day(6));
    const ages = [];
    for (const knownAt of [day(2), day(3), day(4), day(5), day(6)]) {
      const question = { name: 'findings', subject: image('trips'), ...ask, knownAt } as const;
      const { updatedAt, notCovered } = orThrow(await graph.reader.ask(question));
      ages.push([updatedAt, notCovered.length]);
    }
    expect(ages).toEqual([
      [null, 1],
      [day(1), 0],
      [day(1), 0],
      [day(2), 0],
      [null, 0],
    ]);
    expect((await askExposure(ID)).updatedAt).toBe(null);
  });

  it('a replay of the log gives the same answers and the same export', async () => {
    const exported = async () => {
      const lines: string[] = [];
      for await (const line of graph.reader.export()) lines.push(line);
      return lines;
    };
    await graph.writer.append([...release('trips', lodash, 'pkg:pypi/a@1'), FEEDS], day(2));
    for (let at = 3; at < 16; at++)
      await graph.writer.append(
        [feedsInput(['npm'], { feed: `${at}.zip`, newest: day(at), rejected: at % 2 })],
        day(at),
      );
    const before = [await askFindings('trips'), await exported()];
    orThrow(await graph.writer.rebuild());
    expect([await askFindings('trips'), await exported()]).toEqual(before);
  });

  it('many releases without a feed are one row, and hide no other reason', async () => {
    const count = LIMITS.unknownExposureMax + 20;
    const names = Array.from({ length: count }, (_, at) => `app-${at}`);
    await graph.writer.append(
      [
        release('dark')[0] as EvidenceInput,
        ...names.flatMap((name, at) => release(name, lodash, `pkg:npm/own@${at}`)),
        advisory(ID, 'npm', 'left-pad', '2.0.0'),
      ],
      day(2),
    );
    const answer = await askExposure(ID);
    expect([answer.unknown.length, answer.unknownMore]).toEqual([LIMITS.unknownExposureMax, true]);
    expect(answer.unknown[0]).toMatchObject({ name: 'dark', reason: 'inventory-missing' });
    expect(answer.notCovered.map(({ ecosystem, releases }) => [ecosystem, releases])).toEqual([
      ['npm', count],
    ]);
    const shown = exposureView.tables.flatMap((table) => table.listRows(answer));
    expect(shown).toHaveLength(2);
  });
});
