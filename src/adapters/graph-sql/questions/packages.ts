import {
  type AffectedMatcher,
  findNearNames,
  foldName,
  type PackageSelector,
  type VersionSelector,
} from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import {
  formatPackageVersion,
  isCaseless,
  listPackageNames,
  matchesPackage,
  parsePackagePurl,
} from '../../../core/package-purl.ts';
import { formatPurl, type Purl, type PurlParts, parsePurl } from '../../../core/purl.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Scope } from './scope.ts';

export interface MatchedVersions {
  readonly packages: readonly string[];
  readonly more: boolean;
  readonly versions: readonly number[];
  /** The versions that could not be compared with a range. */
  readonly unclear: readonly number[];
  /** Purls that could not be compared with a range. */
  readonly notCompared: readonly string[];
  /**
   * If no version matches: the known versions, with those that begin like the requested version
   * first.
   */
  readonly otherVersions: readonly string[];
}

interface PackageRow {
  readonly id: number;
  readonly purl: string;
}

/**
 * The versions that a selector means. An unknown name is a failure that suggests similar names,
 * never an empty result.
 */
export async function matchVersions(
  scope: Scope,
  selector: PackageSelector,
  matcher: AffectedMatcher,
): Promise<MatchedVersions> {
  if (selector.kind === 'purl') return matchPurl(scope, selector);
  const packages = await findPackages(scope, selector.name);
  if (packages.length === 0) throw await unknownName(scope, selector.name);
  const shown = packages.slice(0, LIMITS.questionPackagesMax);
  const rows = await queryVersions(scope, shown);
  const wanted = selector.versions;
  const unclear: (typeof rows)[number][] = [];
  const matching = rows.filter((row) => {
    if (wanted.kind === 'any') return true;
    if (wanted.kind === 'exact') return isVersion(row.purl, row.version, wanted.version);
    const inside = matcher.inRange(row.purl as Purl, wanted.range);
    if (inside === null) unclear.push(row);
    return inside === true;
  });
  return {
    packages: shown.map(({ purl }) => purl),
    more: packages.length > LIMITS.questionPackagesMax,
    versions: matching.map(({ id }) => id),
    unclear: unclear.map(({ id }) => id),
    notCompared: unclear.slice(0, LIMITS.notComparedMax).map(({ purl }) => purl),
    otherVersions: matching.length > 0 || unclear.length > 0 ? [] : selectNear(rows, wanted),
  };
}

function selectNear(
  rows: readonly { readonly version: string }[],
  wanted: VersionSelector,
): readonly string[] {
  const stem = wanted.kind === 'exact' ? wanted.version.toLowerCase() : '';
  const known = [...new Set(rows.map(({ version }) => version))].sort();
  const alike = known.filter((version) => version.toLowerCase().startsWith(stem));
  return (alike.length > 0 ? alike : known).slice(0, LIMITS.rowEvidenceMax);
}

/** An RPM version without an epoch means every epoch. */
function isVersion(purl: string, version: string, wanted: string): boolean {
  const isAnyEpoch = purl.startsWith('pkg:rpm/') && !wanted.includes(':');
  const known = isAnyEpoch ? version.replace(/^[0-9]+:/, '') : version;
  return stripMark(known) === stripMark(wanted);
}

/** Go's versions are written with and without a `v`. */
function stripMark(version: string): string {
  return version.replace(/^v(?=[0-9])/, '');
}

/** Every version that the purl means: what it does not say may have any value. */
async function matchPurl(
  scope: Scope,
  { parts: wanted, source }: PackageSelector & { readonly kind: 'purl' },
): Promise<MatchedVersions> {
  const known = isCaseless(wanted.type)
    ? await findPackagesOfAnyCase(scope, wanted)
    : await findPackagesByBase(scope, listPackageNames(wanted).map(formatPurl));
  if (known.length === 0) throw await unknownPackage(scope, wanted);
  const version = wanted.version === null ? null : formatPackageVersion(wanted);
  const isAnyEpoch = wanted.type === 'rpm' && wanted.qualifiers['epoch'] === undefined;
  const rows = await queryVersions(scope, known, isAnyEpoch ? null : version);
  const versions = rows
    .filter((row) => isOfSource(row.source_name, source) && isMeant(wanted, row.purl))
    .map(({ id }) => id);
  const otherVersions =
    versions.length > 0
      ? []
      : selectNear(await queryVersions(scope, known), { kind: 'exact', version: version ?? '' });
  return {
    packages: known.map(({ purl }) => purl),
    more: false,
    versions,
    unclear: [],
    notCompared: [],
    otherVersions,
  };
}

/** Where both name a source package, it must be the same. */
function isOfSource(known: string | null, wanted: string | null): boolean {
  return known === null || wanted === null || known === wanted;
}

/** A subpath is a part of the package: a package that is listed as a whole has it. */
function isMeant(wanted: PurlParts, purl: string): boolean {
  const found = parsePackagePurl(purl);
  if (!found.ok) return false;
  const whole = found.value.subpath === null ? { ...wanted, subpath: null } : wanted;
  return matchesPackage(wanted, found.value) || matchesPackage(whole, found.value);
}

async function findPackages(scope: Scope, name: string): Promise<readonly PackageRow[]> {
  const short = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1);
  const called = short === '' ? [] : await findPackagesByName(scope, short);
  const found = new Map(
    called
      .filter(({ purl }) => short === name || isInNamespace(purl, name))
      .map((row) => [row.id, row]),
  );
  if (found.size === 0)
    for (const row of await findGroupPackages(scope, name)) found.set(row.id, row);
  return [...found.values()];
}

/** `@scope/name`, `group:artifact`, `org/name`: the namespace must be the written one. */
function isInNamespace(purl: string, name: string): boolean {
  const parts = parsePurl(purl);
  if (!parts.ok) return false;
  const asked = foldName(name.replace(':', '/'));
  const full = foldName(`${parts.value.namespace ?? ''}/${parts.value.name}`);
  return full === asked || full.startsWith(`${asked}-`);
}

/**
 * A package of that name, and packages whose name continues after a separator: log4j also means
 * log4j-core.
 */
async function findPackagesByName(
  { db, shard }: Scope,
  name: string,
): Promise<readonly PackageRow[]> {
  const folded = foldName(name);
  const named = db.selectFrom('package').select(['id', 'purl']).where('shard', '=', shard);
  const page = (query: typeof named) =>
    query
      .orderBy('folded')
      .orderBy('id')
      .limit(LIMITS.questionPackagesMax + 1)
      .execute();
  const found = [
    ...(await page(named.where('folded', '=', folded))),
    ...(await page(named.where('folded', '>=', `${folded}-`).where('folded', '<', `${folded}.`))),
  ];
  return found.sort((one, other) => (one.purl < other.purl ? -1 : 1));
}

/** If no package has this name: all packages of a Maven group. */
async function findGroupPackages(
  { db, shard }: Scope,
  name: string,
): Promise<readonly PackageRow[]> {
  if (!/^[\w.-]+$/.test(name) || !name.includes('.')) return [];
  const stem = `pkg:maven/${name}`;
  return db
    .selectFrom('package')
    .select(['id', 'purl'])
    .where('shard', '=', shard)
    .where('purl', '>=', `${stem}/`)
    .where('purl', '<', `${stem}0`)
    .orderBy('purl')
    .limit(LIMITS.questionPackagesMax + 1)
    .execute();
}

async function findPackagesByBase(
  { db, shard }: Scope,
  bases: readonly string[],
): Promise<readonly PackageRow[]> {
  return db
    .selectFrom('package')
    .select(['id', 'purl'])
    .where('shard', '=', shard)
    .where('purl', 'in', bases)
    .execute();
}

async function findPackagesOfAnyCase(
  { db, shard }: Scope,
  wanted: PurlParts,
): Promise<readonly PackageRow[]> {
  const rows = await db
    .selectFrom('package')
    .select(['id', 'purl'])
    .where('shard', '=', shard)
    .where('folded', '=', foldName(wanted.name))
    .orderBy('id')
    .limit(LIMITS.questionPackagesMax + 1)
    .execute();
  // As a text: a package URL of Swift without its version is none.
  const bare = formatPurl({ ...wanted, version: null, qualifiers: {}, subpath: null });
  return rows.filter(({ purl }) => purl.toLowerCase() === bare.toLowerCase());
}

async function queryVersions(
  { db, shard }: Scope,
  packages: readonly PackageRow[],
  version: string | null = null,
) {
  const found: {
    id: number;
    package: number;
    purl: string;
    version: string;
    source_name: string | null;
  }[] = [];
  for (const some of splitIntoChunks(packages)) {
    const rows = await db
      .selectFrom('package_version')
      .select(['id', 'package', 'purl', 'version', 'source_name'])
      .where('shard', '=', shard)
      .where(
        'package',
        'in',
        some.map(({ id }) => id),
      )
      .$if(version !== null, (query) => query.where('version', '=', version ?? ''))
      .limit(LIMITS.questionVersionsMax + 1)
      .execute();
    found.push(...rows);
  }
  if (found.length <= LIMITS.questionVersionsMax) return found;
  throw new Failure(
    'LIMIT_EXCEEDED',
    `the component has more than ${LIMITS.questionVersionsMax} versions`,
    'Give a version or a purl.',
  );
}

/** Packages of that name under another package URL are what is meant, or what is known instead. */
async function unknownPackage(scope: Scope, wanted: PurlParts): Promise<Failure> {
  const same = await scope.db
    .selectFrom('package')
    .select('purl')
    .where('shard', '=', scope.shard)
    .where('folded', '=', foldName(wanted.name))
    .orderBy('id')
    .limit(5)
    .execute();
  // mutant package-of-the-same-name by package-spellings: condition -> true
  if (same.length === 0) return unknownName(scope, wanted.name);
  const asked = formatPurl({ ...wanted, version: null, qualifiers: {}, subpath: null });
  return new Failure(
    'UNKNOWN_NAME',
    `no component is ${asked.slice(0, 200)}`,
    `Did you mean ${same.map(({ purl }) => purl).join(', ')}?`,
  );
}

async function unknownName({ db, shard }: Scope, name: string): Promise<Failure> {
  const folded = foldName(name);
  const first = folded.slice(0, 1);
  const rows = await db
    .selectFrom('package')
    .select('name')
    .where('shard', '=', shard)
    .where('folded', '>=', first)
    .where('folded', '<', `${first}\u{10ffff}`)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  // A name inside another name is searched only in a part of all names.
  const inside = await db
    .selectFrom(
      db
        .selectFrom('package')
        .select(['name', 'folded'])
        .where('shard', '=', shard)
        .limit(LIMITS.nearNamesScannedMax)
        .as('some'),
    )
    .select('some.name')
    .where('some.folded', 'like', `%${stripWildcards(folded)}%`)
    .limit(LIMITS.pageRowsMax)
    .execute();
  const like = findNearNames(
    name,
    [...rows, ...inside].map((row) => row.name),
    5,
  );
  const remedy =
    like.length === 0
      ? 'Check the spelling, or import SBOMs first.'
      : `Did you mean ${like.join(', ')}?`;
  return new Failure(
    'UNKNOWN_NAME',
    `no component is called ${JSON.stringify(name.slice(0, 100))}`,
    remedy,
  );
}

/**
 * Wildcards of LIKE in a name would find too much, not too little. They only widen suggestions, so
 * they are removed.
 */
function stripWildcards(name: string): string {
  return name.replace(/[%_]/g, '').slice(0, 100);
}
