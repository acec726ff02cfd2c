import {
  type AdvisoryFact,
  isOlder,
  type Match,
  type MatchSubject,
} from '../../../capabilities/graph/index.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import type { Purl } from '../../../core/purl.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { formatStated } from '../stated-form.ts';
import { splitIntoChunks } from './chunks.ts';
import { type AliasChanges, projectAliases } from './project-aliases.ts';
import { AFFECTED_COLUMNS, formatMatchKey, sortRows, toAffectedRow } from './project-set.ts';
import { addProblem, type Projection } from './projection.ts';

/** What this shard believes from now on, and whom it concerns. */
export async function projectAdvisories(
  projection: Projection,
  advisories: readonly AdvisoryFact[],
  unreadable: readonly string[],
): Promise<void> {
  for (const detail of unreadable)
    await addProblem(projection, 'advisory-unreadable', projection.digest, detail);
  const changes: AliasChanges = { touched: new Set(), fresh: new Set(), statements: [] };
  for (const some of splitIntoChunks(advisories)) await addBeliefs(projection, some, changes);
  await projectAliases(projection, changes);
}

interface AdvisoryChange {
  readonly vulnerability: number;
  readonly fact: AdvisoryFact;
  /** The record that was believed so far, if any. */
  readonly before: number | null;
  readonly now: number;
}

async function addBeliefs(
  projection: Projection,
  facts: readonly AdvisoryFact[],
  { touched, fresh, statements }: AliasChanges,
): Promise<void> {
  const { connected, shard, ids, readings, position } = projection;
  const interned = await ids.intern(
    'vulnerability',
    facts.map(({ reading }) => reading.id),
  );
  const names = interned.ids;
  for (const name of interned.fresh) fresh.add(name);
  const shared = await readings.findShared(facts);
  // Nothing is believed of a name that was not known.
  const known = interned.fresh.length === names.size ? [] : [...names];
  const beliefs = await readBeliefs(
    projection,
    known.flatMap(([name, id]) => (fresh.has(name) ? [] : [id])),
  );
  const news = facts.flatMap((fact): AdvisoryChange[] => {
    const vulnerability = names.get(fact.reading.id) ?? 0;
    const before = beliefs.get(vulnerability) ?? null;
    const now = shared.get(fact.recordDigest) ?? 0;
    if (before !== null && (before.id === now || isOlder(fact.reading, before))) return [];
    return [{ vulnerability, fact, before: before?.id ?? null, now }];
  });
  if (news.length === 0) return;
  const old = await readings.load(news.flatMap(({ before }) => before ?? []));
  for (const { fact, before } of news) {
    const was = before === null ? undefined : old.get(before);
    touched.add(fact.reading.id);
    for (const name of fact.reading.aliases) touched.add(name);
    for (const name of was?.aliases ?? []) touched.add(name);
    if (fact.reading.withdrawn === null) statements.push(fact.reading);
  }
  // A question may name a vulnerability that advisories only cover: it is a known name all the
  // same.
  const covered = news.flatMap(({ fact }) => fact.reading.upstream);
  for (const name of (await ids.intern('vulnerability', covered)).fresh) fresh.add(name);
  const superseded = news.flatMap(({ before, vulnerability }) =>
    before === null ? [] : [vulnerability],
  );
  await endBeliefs(projection, superseded);
  const rows = news.map(({ vulnerability, now }) => [shard, vulnerability, now, position]);
  await connected.insertRows(
    'advisory_belief',
    ['shard', 'vulnerability', 'advisory', 'known_from'],
    sortRows(rows),
  );
  await rematchVersions(projection, news, old);
}

interface Belief {
  readonly id: number;
  readonly modified: Instant | null;
}

async function readBeliefs(
  { connected, shard }: Projection,
  vulnerabilities: readonly number[],
): Promise<ReadonlyMap<number, Belief>> {
  if (vulnerabilities.length === 0) return new Map();
  const rows = await connected.db
    .selectFrom('advisory_belief as belief')
    .innerJoin('advisory', 'advisory.id', 'belief.advisory')
    .select(['belief.vulnerability', 'belief.advisory', 'advisory.modified'])
    .where('belief.shard', '=', shard)
    .where('belief.vulnerability', 'in', vulnerabilities)
    .where('belief.known_to', 'is', null)
    .execute();
  return new Map(
    rows.map((row) => [
      row.vulnerability,
      { id: row.advisory, modified: row.modified === null ? null : toInstant(row.modified) },
    ]),
  );
}

async function endBeliefs(
  { connected, shard, position }: Projection,
  vulnerabilities: readonly number[],
): Promise<void> {
  if (vulnerabilities.length === 0) return;
  await connected.db
    .updateTable('advisory_belief')
    .set({ known_to: position })
    .where('shard', '=', shard)
    .where('vulnerability', 'in', vulnerabilities)
    .where('known_to', 'is', null)
    .execute();
}

interface AffectedMatch {
  readonly vulnerability: number;
  readonly version: number;
  readonly match: Match;
}

/**
 * The versions that we hold of the packages that an advisory names now or named before, matched
 * anew.
 */
async function rematchVersions(
  projection: Projection,
  news: readonly AdvisoryChange[],
  old: ReadonlyMap<number, AdvisoryFact['reading']>,
): Promise<void> {
  const { connected, shard, matcher } = projection;
  if (!(await holdsVersions(connected, shard))) return;
  const stand = news.filter(({ fact }) => fact.reading.withdrawn === null);
  const subjects = await readHeldVersions(projection, [
    ...new Set(stand.flatMap(({ fact }) => fact.reading.packages.map(formatMatchKey))),
  ]);
  const wanted = new Map<string, AffectedMatch>();
  for (const { vulnerability, fact } of stand) {
    for (const key of new Set(fact.reading.packages.map(formatMatchKey))) {
      for (const { id, subject } of subjects.get(key) ?? []) {
        const match = matcher.match(subject, fact.reading);
        if (match !== null)
          wanted.set(`${vulnerability} ${id}`, { vulnerability, version: id, match });
      }
    }
  }
  const changed = news.flatMap(({ vulnerability, before }) =>
    before !== null && old.has(before) ? [vulnerability] : [],
  );
  for (const row of await readAffected(projection, changed)) {
    const key = `${row.vulnerability} ${row.package_version}`;
    const same = wanted.get(key)?.match;
    if (
      same?.status === row.status &&
      same.rule === row.rule &&
      JSON.stringify(same.fixed) === row.fixed &&
      formatStated(same.stated) === row.stated
    )
      wanted.delete(key);
    else await endAffected(projection, row.vulnerability, row.package_version);
  }
  const rows = [...wanted.values()].map(({ vulnerability, version, match }) =>
    toAffectedRow(projection, vulnerability, version, match),
  );
  await connected.insertRows('affected', AFFECTED_COLUMNS, sortRows(rows));
}

async function readAffected({ connected, shard }: Projection, vulnerabilities: readonly number[]) {
  if (vulnerabilities.length === 0) return [];
  return connected.db
    .selectFrom('affected')
    .select(['vulnerability', 'package_version', 'status', 'rule', 'fixed', 'stated'])
    .where('shard', '=', shard)
    .where('vulnerability', 'in', vulnerabilities)
    .where('known_to', 'is', null)
    .execute();
}

async function endAffected(
  { connected, shard, position }: Projection,
  vulnerability: number,
  version: number,
): Promise<void> {
  await connected.db
    .updateTable('affected')
    .set({ known_to: position })
    .where('shard', '=', shard)
    .where('vulnerability', '=', vulnerability)
    .where('package_version', '=', version)
    .where('known_to', 'is', null)
    .execute();
}

interface HeldVersion {
  readonly id: number;
  readonly subject: MatchSubject;
}

async function readHeldVersions(
  { connected, shard }: Projection,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly HeldVersion[]>> {
  const byKey = new Map<string, HeldVersion[]>();
  for (const some of splitIntoChunks(keys)) {
    const rows = await connected.db
      .selectFrom('match_key as named')
      .innerJoin('version_key as filed', (on) =>
        on.onRef('filed.shard', '=', 'named.shard').onRef('filed.match_key', '=', 'named.id'),
      )
      .innerJoin('package_version as held', (on) =>
        on.onRef('held.shard', '=', 'named.shard').onRef('held.id', '=', 'filed.package_version'),
      )
      .select(['named.key', 'held.id', 'held.purl', 'held.source_name', 'held.source_version'])
      .where('named.shard', '=', shard)
      .where('named.key', 'in', some)
      .execute();
    for (const { key, id, purl, source_name: name, source_version: version } of rows) {
      const source = name === null ? null : { name, version: version ?? '' };
      const held = byKey.get(key) ?? [];
      held.push({ id, subject: { purl: purl as Purl, source } });
      byKey.set(key, held);
    }
  }
  return byKey;
}

async function holdsVersions({ db }: SqlConnection, shard: number): Promise<boolean> {
  const row = await db
    .selectFrom('version_key')
    .select('match_key')
    .where('shard', '=', shard)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
