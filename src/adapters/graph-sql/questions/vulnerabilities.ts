import {
  isCve,
  type Rating,
  rateStatements,
  type SeverityVector,
  sortNames,
  stateSeverities,
  toTitle,
} from '../../../capabilities/advisories/index.ts';
import { type EvidenceAnswer, findNearNames } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { inOrder } from '../dialects/dialect.ts';
import { parseStated } from '../stated-form.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEvidenceAt } from './evidence.ts';
import { isBelieved, type Scope } from './scope.ts';

export interface KnownVulnerability {
  /** Every name. The first one is shown first. */
  readonly names: readonly string[];
  readonly ids: readonly number[];
}

/**
 * All names of the vulnerability that one of its names means. An unknown name fails with similar
 * names.
 */
export async function findVulnerability(scope: Scope, asked: string): Promise<KnownVulnerability> {
  const { db, shard } = scope;
  const rows = await db
    .selectFrom('vulnerability')
    .select(['id', 'name'])
    .where('shard', '=', shard)
    .where('name', 'in', [
      ...new Set([asked, asked.toUpperCase(), `GHSA-${asked.slice(5).toLowerCase()}`]),
    ])
    .limit(1)
    .execute();
  const found = rows[0];
  if (found === undefined) throw await unknownVulnerability(scope, asked);
  const group = (await readGroups(scope, [found.id])).get(found.id) ?? [
    { id: found.id, name: found.name },
  ];
  return { names: sortNames(group.map(({ name }) => name)), ids: group.map(({ id }) => id) };
}

export interface NamedVulnerability {
  readonly id: number;
  readonly name: string;
}

/** The group of each vulnerability that has one. */
export async function readGroups(
  scope: Scope,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly NamedVulnerability[]>> {
  const { db, shard } = scope;
  const groups = new Map<number, NamedVulnerability[]>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await db
      .selectFrom('alias_member as mine')
      .innerJoin('alias_member as other', (on) =>
        on
          .onRef('other.shard', '=', 'mine.shard')
          .onRef('other.alias_group', '=', 'mine.alias_group'),
      )
      .innerJoin('vulnerability as named', (on) =>
        on.onRef('named.shard', '=', 'mine.shard').onRef('named.id', '=', 'other.vulnerability'),
      )
      .select(['mine.vulnerability', 'named.id', 'named.name'])
      .where('mine.shard', '=', shard)
      .where('mine.vulnerability', 'in', some)
      .where((row) => isBelieved(row, 'mine', scope))
      .where((row) => isBelieved(row, 'other', scope))
      .orderBy('named.name')
      .execute();
    for (const { vulnerability, id, name } of rows)
      groups.set(vulnerability, [...(groups.get(vulnerability) ?? []), { id, name }]);
  }
  return groups;
}

/**
 * The vulnerabilities whose advisories name one of these as upstream: Debian's advisory about a
 * CVE.
 */
export async function findCoveringVulnerabilities(
  scope: Scope,
  names: readonly string[],
): Promise<readonly number[]> {
  const { db, shard } = scope;
  const rows = await db
    .selectFrom('advisory_upstream as said')
    .innerJoin('advisory', inOrder)
    .innerJoin('advisory_belief as belief', inOrder)
    .select('belief.vulnerability')
    .where('said.name', 'in', names)
    .whereRef('advisory.id', '=', 'said.advisory')
    .where('advisory.withdrawn', 'is', null)
    .where('belief.shard', '=', shard)
    .whereRef('belief.advisory', '=', 'advisory.id')
    .where((row) => isBelieved(row, 'belief', scope))
    .execute();
  return rows.map((row) => row.vulnerability);
}

/** What the believed advisory of a vulnerability states about severity; none if withdrawn. */
export interface StatingAdvisory {
  readonly id: string;
  readonly severities: readonly SeverityVector[];
  /** Of one of its packages or another. */
  readonly ofPackages: readonly SeverityVector[];
}

/** What is stated about the severity of vulnerabilities, as believed then. */
export interface Statements {
  readonly advisories: ReadonlyMap<number, StatingAdvisory>;
  /** What the CNA and CISA state, by CVE. */
  readonly cves: ReadonlyMap<string, readonly SeverityVector[]>;
}

/** Reads what the advisories of these, and what came beside them about these names, state. */
export async function readStatements(
  scope: Scope,
  ids: readonly number[],
  names: readonly string[],
): Promise<Statements> {
  const { db, shard } = scope;
  const advisories = new Map<number, StatingAdvisory>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await db
      .selectFrom('advisory_belief as belief')
      .innerJoin('advisory', 'advisory.id', 'belief.advisory')
      .select(['belief.vulnerability', 'advisory.advisory_id', 'advisory.withdrawn'])
      .select(['advisory.stated', 'advisory.package_stated'])
      .where('belief.shard', '=', shard)
      .where('belief.vulnerability', 'in', some)
      .where((row) => isBelieved(row, 'belief', scope))
      .execute();
    for (const row of rows) {
      if (row.withdrawn !== null) continue;
      advisories.set(row.vulnerability, {
        id: row.advisory_id,
        severities: parseStated(row.stated),
        ofPackages: parseStated(row.package_stated),
      });
    }
  }
  return { advisories, cves: await readCveSeverities(scope, names) };
}

async function readCveSeverities(
  scope: Scope,
  names: readonly string[],
): Promise<Statements['cves']> {
  const found = new Map<string, readonly SeverityVector[]>();
  const asked = [...new Set(names.filter(isCve).map((name) => name.toUpperCase()))];
  for (const some of splitIntoChunks(asked)) {
    const rows = await scope.db
      .selectFrom('cve_severity')
      .select(['cve', 'stated'])
      .where('shard', '=', scope.shard)
      .where('cve', 'in', some)
      .where((row) => isBelieved(row, 'cve_severity', scope))
      .execute();
    for (const { cve, stated } of rows) found.set(cve, parseStated(stated));
  }
  return found;
}

/** What came beside advisories about any of these names. */
export function listCveStatements(
  { cves }: Statements,
  names: readonly string[],
): readonly { readonly id: string; readonly severities: readonly SeverityVector[] }[] {
  return names.flatMap((name) => {
    const severities = cves.get(name.toUpperCase());
    return severities === undefined ? [] : [{ id: name, severities }];
  });
}

/**
 * The rating of a vulnerability, of no package in particular: the word of a distribution counts
 * like those of others.
 */
export function rateVulnerability(names: readonly string[], statements: Statements): Rating {
  const [id = '', ...aliases] = names;
  const advisories = [...statements.advisories.values()];
  return rateStatements(
    stateSeverities(
      { id, aliases },
      {
        heads: [...advisories, ...listCveStatements(statements, names)],
        own: new Set(),
        entries: advisories.map((one) => ({ record: one.id, severities: one.ofPackages })),
      },
    ),
  );
}

export interface TitledRecord {
  readonly id: string;
  readonly title: string;
}

/** What the believed advisories call these vulnerabilities, where they have a title. */
export async function readTitles(
  scope: Scope,
  ids: readonly number[],
): Promise<ReadonlyMap<number, TitledRecord>> {
  const titles = new Map<number, TitledRecord>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await scope.db
      .selectFrom('advisory_belief as belief')
      .innerJoin('advisory', 'advisory.id', 'belief.advisory')
      .select(['belief.vulnerability', 'advisory.advisory_id', 'advisory.record'])
      .where('belief.shard', '=', scope.shard)
      .where('belief.vulnerability', 'in', some)
      .where((row) => isBelieved(row, 'belief', scope))
      .where('advisory.withdrawn', 'is', null)
      .execute();
    for (const { vulnerability, advisory_id: id, record } of rows) {
      const title = toTitle(findSummary(record));
      if (title !== undefined) titles.set(vulnerability, { id, title });
    }
  }
  return titles;
}

/** Every record was read when it came in. */
function findSummary(record: string): JsonValue | undefined {
  const read = parseJson(record, { bytesMax: LIMITS.documentBytesMax });
  return read.ok && isJsonObject(read.value) ? read.value['summary'] : undefined;
}

/** The documents that brought the believed advisories of each vulnerability. */
export async function readAdvisoryEvidence(
  scope: Scope,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly EvidenceAnswer[]>> {
  const positions = new Map<number, number[]>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await scope.db
      .selectFrom('advisory_belief as belief')
      .select(['belief.vulnerability', 'belief.known_from'])
      .where('belief.shard', '=', scope.shard)
      .where('belief.vulnerability', 'in', some)
      .where((row) => isBelieved(row, 'belief', scope))
      .execute();
    for (const row of rows)
      positions.set(row.vulnerability, [
        ...(positions.get(row.vulnerability) ?? []),
        row.known_from,
      ]);
  }
  const documents = await readEvidenceAt(scope, [...positions.values()].flat());
  return new Map(
    [...positions].map(([id, all]) => [
      id,
      all.flatMap((position) => documents.get(position) ?? []),
    ]),
  );
}

async function unknownVulnerability({ db, shard }: Scope, asked: string): Promise<Failure> {
  const stem = asked.slice(0, 9).toUpperCase();
  const rows = await db
    .selectFrom('vulnerability')
    .select('name')
    .where('shard', '=', shard)
    .where('name', '>=', stem)
    .where('name', '<', `${stem}\u{10ffff}`)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  const near = findNearNames(
    asked,
    rows.map((row) => row.name),
    3,
  );
  const remedy =
    near.length === 0
      ? 'Write its CVE or GHSA id in full, or import newer feeds: waybill advisories import FILE.'
      : `Did you mean ${near.join(', ')}?`;
  return new Failure(
    'UNKNOWN_NAME',
    `no imported advisory or scan names ${JSON.stringify(asked.slice(0, 100))}`,
    remedy,
  );
}
