import { getOwn } from '../../core/own.ts';
import type { Purl, PurlParts } from '../../core/purl.ts';
import type { Ecosystem, InstallFolder } from './ecosystem.ts';
import type { Extractor, TargetKind } from './extractor.ts';
import { ECOSYSTEMS } from './list.ts';
import { type AdvisoryNaming, joinName } from './package-address.ts';
import { ANY_LOCK } from './unsupported/find-declared.ts';
import { findUnsupportedKind } from './unsupported/markers.ts';

const BY_TYPE: ReadonlyMap<string, Ecosystem> = new Map(
  ECOSYSTEMS.flatMap((ecosystem) => ecosystem.purlTypes.map((type) => [type, ecosystem] as const)),
);

const BY_EXTRACTOR: ReadonlyMap<Extractor, Ecosystem> = new Map(
  ECOSYSTEMS.flatMap((ecosystem) =>
    (ecosystem.extractors ?? []).map((extractor) => [extractor, ecosystem] as const),
  ),
);

const BY_OSV: ReadonlyMap<string, AdvisoryNaming> = new Map(
  ECOSYSTEMS.flatMap(({ advisories }) =>
    advisories === undefined
      ? []
      : [advisories.osv, ...(advisories.alsoOsv ?? [])].map((osv) => [osv, advisories] as const),
  ),
);

/** The ecosystem of a purl type; null for a type that this version only passes on. */
export function findByPurlType(type: string): Ecosystem | null {
  return BY_TYPE.get(type) ?? null;
}

export function findByExtractor(extractor: Extractor): Ecosystem | null {
  return BY_EXTRACTOR.get(extractor) ?? null;
}

/** Found by the ecosystem of an OSV record, with or without its release: `Debian:12`. */
export function findNaming(ecosystem: string): AdvisoryNaming | null {
  const end = ecosystem.indexOf(':');
  return BY_OSV.get(end === -1 ? ecosystem : ecosystem.slice(0, end)) ?? null;
}

export function selectExtractors(target: TargetKind): readonly Extractor[] {
  return [...BY_EXTRACTOR.keys()].filter(({ reads }) => reads.includes(target));
}

/** Folders with a fixed place in a root file system. */
export const FIXED_FOLDERS: readonly string[] = ECOSYSTEMS.flatMap(
  ({ fixedFolders }) => fixedFolders ?? [],
);

export const INSTALL_FOLDERS: readonly InstallFolder[] = ECOSYSTEMS.flatMap(
  ({ installFolder }) => installFolder ?? [],
);

/** How package databases record the content of files: `Distribution.files`. */
export const FILE_RECORDS = ECOSYSTEMS.flatMap(({ distribution }) => distribution?.files ?? []);

/** What a path of a source tree shows about the languages and package managers there. */
export interface EcosystemMarker {
  readonly ecosystem: string;
  /** Whether an inventory reads the file; what it does not read makes it partial. */
  readonly read: boolean;
}

/**
 * Uses the marks that an inventory uses, and what readers of declarations ask for, and only the
 * name: no file is opened.
 *
 * @example findMarker('web/package-lock.json') // { ecosystem: 'npm', read: true }
 */
export function findMarker(path: string): EcosystemMarker | null {
  for (const { name, markers } of ECOSYSTEMS) {
    const marker = markers?.find(({ pattern }) => pattern.test(path));
    if (marker !== undefined) return { ecosystem: name, read: marker.means === 'read' };
  }
  // Where others are markers, a setting such as `.npmrc` shows no packages.
  const declaring = ECOSYSTEMS.find(
    ({ declarations, markers }) => markers === undefined && declarations?.wants(path) === true,
  );
  if (declaring !== undefined) return { ecosystem: declaring.name, read: true };
  const kind = findUnsupportedKind(path, 'source-tree');
  return kind === null ? null : { ecosystem: kind, read: false };
}

const UNREAD_MARKERS = ECOSYSTEMS.flatMap(({ name, markers }) =>
  (markers ?? [])
    .filter(({ means }) => means === 'unread')
    .map(({ pattern }) => ({ kind: name, pattern })),
);

/** The kind of packages that a path belongs to where this version does not read it, or null. */
export function findUnreadKind(path: string, target: TargetKind): string | null {
  const kind = findUnsupportedKind(path, target);
  // mutant read-lock-is-no-unread-lock by find-declared: condition -> false
  if (kind === ANY_LOCK && isReadHere(path)) return null;
  if (kind !== null || target !== 'source-tree') return kind;
  return UNREAD_MARKERS.find(({ pattern }) => pattern.test(path))?.kind ?? null;
}

function isReadHere(path: string): boolean {
  return ECOSYSTEMS.some(
    ({ extractors, declarations }) =>
      declarations?.wants(path) === true ||
      extractors?.some(({ reads, wants }) => reads.includes('source-tree') && wants(path)) === true,
  );
}

/**
 * The kind of packages that a file of a source tree requires where its declarations are not read:
 * those of an ecosystem without `declarations`, or of an unsupported one.
 */
export function findUndeclaredKind(path: string): string | null {
  const ecosystem = ECOSYSTEMS.find(
    ({ declarations, markers }) =>
      declarations === undefined && markers?.some(({ pattern }) => pattern.test(path)) === true,
  );
  return ecosystem?.name ?? findUnreadKind(path, 'source-tree');
}

/**
 * The name in the ecosystem's own tools and advisories: `@scope/name`, `group:artifact`, a Go
 * module's path.
 */
export function formatPackageName(parts: PurlParts): string {
  const format = findByPurlType(parts.type)?.formatName;
  return format === undefined ? joinName(parts) : format(parts);
}

/** The supplier of a package, where its purl alone shows it; null means unknown. */
export function findSupplier(purl: Purl): string | null {
  const [, type, namespace] = /^pkg:([^/]+)\/([^/]+)\//.exec(purl) ?? [];
  if (type === undefined || namespace === undefined) return null;
  const suppliers = findByPurlType(type)?.suppliers;
  return suppliers === undefined ? null : (getOwn(suppliers, namespace) ?? null);
}
