import { toDay } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import type { SupportData, SupportTerm } from './support-term.ts';

/** A form in which days of support are published. */
interface SupportFormat {
  readonly recognises: (start: string) => boolean;
  readonly read: (text: string) => Result<SupportData>;
}

const FORMATS: readonly SupportFormat[] = [
  { recognises: (start) => findList(start) !== null, read: readDistroInfo },
  { recognises: isProduct, read: readProduct },
];

/**
 * How long systems are supported, as distro-info or endoflife.date say it. Null:
 * the text is something else, such as a feed of advisories.
 */
export function readSupport(text: string): Result<SupportData | null> {
  const start = text.slice(0, START_CHARACTERS);
  const format = FORMATS.find(({ recognises }) => recognises(start));
  return format === undefined ? ok(null) : format.read(text);
}

const START_CHARACTERS = 4_096;

interface SupportList {
  readonly os: string;
  /** Columns of the last day for everybody, the first that a row has. */
  readonly ends: readonly string[];
  /** Columns of the last day for who pays. */
  readonly extended: readonly string[];
}

/** The lists of distro-info-data (Debian), by the columns that only they have. */
const LISTS: ReadonlyMap<string, SupportList> = new Map([
  ['eol-lts', { os: 'debian', ends: ['eol-lts', 'eol'], extended: ['eol-elts'] }],
  ['eol-esm', { os: 'ubuntu', ends: ['eol-server', 'eol'], extended: ['eol-legacy', 'eol-esm'] }],
]);
const HEADER = 'version,codename,series,created,release,eol,';

function findList(start: string): SupportList | null {
  const [header = ''] = start.split('\n', 1);
  if (!header.startsWith(HEADER)) return null;
  return header.split(',').flatMap((name) => LISTS.get(name.trim()) ?? [])[0] ?? null;
}

/**
 * `debian.csv` or `ubuntu.csv`: a row for each release. A row whose day cannot be read refuses the
 * list; a release without a version or an end has no term yet.
 */
function readDistroInfo(text: string): Result<SupportData> {
  const list = findList(text);
  const lines = text.split('\n', LIMITS.supportTermsMax + 2);
  if (list === null || lines.length > LIMITS.supportTermsMax + 1)
    return malformed('it has too many rows, or another header');
  // mutant support-list-cut-off by read-support: condition -> false
  if (lines.at(-1) !== '') return malformed('it does not end with a line end');
  const columns = (lines[0] ?? '').split(',').map((name) => name.trim());
  const terms: SupportTerm[] = [];
  for (const line of lines.slice(1, -1)) {
    const cells = new Map(line.split(',').map((cell, at) => [columns[at] ?? '', cell.trim()]));
    const pick = (names: readonly string[]): string | null =>
      names.map((name) => cells.get(name) ?? '').find((day) => day !== '') ?? null;
    const [endsOn, extendedTo] = [pick(list.ends), pick(list.extended)];
    const release = (cells.get('version') ?? '').replace(/ LTS$/, '');
    // mutant support-day-passed-over by read-support: condition -> false
    if ([endsOn, extendedTo].some((day) => day !== null && toDay(day) === null))
      return malformed(`row ${terms.length + 1} has a day that is none`);
    if (release !== '' && endsOn !== null) terms.push({ os: list.os, release, endsOn, extendedTo });
  }
  return terms.length === 0
    ? malformed('it has no release')
    : ok({ source: `distro-info (${list.os})`, terms });
}

/** A system whose support endoflife.date says. */
export interface SupportedSystem {
  /** Its name there. */
  readonly product: string;
  /** `ID` of os-release(5). */
  readonly os: string;
  /** The ecosystem of OSV that has its advisories; null where none has. */
  readonly ecosystem: string | null;
  /** Its extended support is for everybody, as that of Debian LTS is. */
  readonly isExtensionFree?: boolean;
}

export const SUPPORTED_SYSTEMS: readonly SupportedSystem[] = [
  { product: 'alpine-linux', os: 'alpine', ecosystem: 'Alpine' },
  { product: 'almalinux', os: 'almalinux', ecosystem: 'AlmaLinux' },
  { product: 'amazon-linux', os: 'amzn', ecosystem: null },
  { product: 'centos', os: 'centos', ecosystem: null },
  { product: 'centos-stream', os: 'centos', ecosystem: null },
  { product: 'debian', os: 'debian', ecosystem: 'Debian', isExtensionFree: true },
  { product: 'fedora', os: 'fedora', ecosystem: null },
  { product: 'opensuse', os: 'opensuse-leap', ecosystem: 'openSUSE' },
  { product: 'oracle-linux', os: 'ol', ecosystem: null },
  { product: 'photon', os: 'photon', ecosystem: 'Photon OS' },
  { product: 'rhel', os: 'rhel', ecosystem: 'Red Hat' },
  { product: 'rocky-linux', os: 'rocky', ecosystem: 'Rocky Linux' },
  { product: 'sles', os: 'sles', ecosystem: 'SUSE' },
  { product: 'ubuntu', os: 'ubuntu', ecosystem: 'Ubuntu' },
];
const PRODUCTS: ReadonlyMap<string, SupportedSystem> = new Map(
  SUPPORTED_SYSTEMS.map((system) => [system.product, system]),
);

function isProduct(start: string): boolean {
  return /^\s*\{/.test(start) && start.includes('"schema_version"') && start.includes('"result"');
}

/** A product as the API of endoflife.date (version 1) gives it. */
function readProduct(text: string): Result<SupportData> {
  const json = parseJson(text, { bytesMax: LIMITS.supportFileBytesMax });
  if (!json.ok) return json;
  const result = isJsonObject(json.value) ? json.value['result'] : undefined;
  if (result === undefined || !isJsonObject(result)) return malformed('it has no product');
  const { name, releases } = result;
  const system = PRODUCTS.get(typeof name === 'string' ? name : '');
  if (system === undefined)
    return fail(
      'UNSUPPORTED',
      'the product is no operating system that is looked up here',
      `Take one of ${[...PRODUCTS.keys()].join(', ')}.`,
    );
  if (!Array.isArray(releases) || releases.length > LIMITS.supportTermsMax)
    return malformed('it has no list of releases, or a very long one');
  const terms: SupportTerm[] = [];
  for (const release of releases) {
    const term = isJsonObject(release) ? readRelease(system, release) : null;
    // mutant support-release-passed-over by read-support: condition -> false
    if (term === null) return malformed(`release ${terms.length + 1} cannot be read`);
    if (term !== 'open') terms.push(term);
  }
  return ok({ source: `endoflife.date (${system.os})`, terms });
}

/** Open: the publisher has set no day yet. Null: it cannot be read. */
function readRelease(
  { os, isExtensionFree = false }: SupportedSystem,
  release: JsonObject,
): SupportTerm | 'open' | null {
  const { name, eolFrom = null, eoesFrom = null } = release;
  if (typeof name !== 'string' || name === '' || name.length > 40) return null;
  if (!isDayOrNone(eolFrom) || !isDayOrNone(eoesFrom)) return null;
  if (eolFrom === null) return 'open';
  const named = { os, release: name };
  // mutant support-of-debian-ends-before-lts by read-support: operand 1 -> false
  if (isExtensionFree && eoesFrom !== null && eoesFrom > eolFrom)
    return { ...named, endsOn: eoesFrom, extendedTo: null };
  return { ...named, endsOn: eolFrom, extendedTo: eoesFrom };
}

function isDayOrNone(value: JsonValue): value is string | null {
  return value === null || (typeof value === 'string' && toDay(value) !== null);
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not the days of support of an operating system: ${why}`,
    'Take the file from its publisher again.',
  );
}
