import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { createLineCounter } from '../../../formats/json/places.ts';
import type { Skip } from '../component.ts';
import { createSkip, type Extraction, type Extractor, takeBaseName } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { createWingetDraft, isVersionText, isWingetId } from './winget-draft.ts';

/** A package that is to be installed, or that was where the list was written. */
export interface ListedPackage {
  readonly id: string;
  /** Null where the newest one is taken. */
  readonly version: string | null;
  /** The address of its source, or its name where only that is known. */
  readonly source: string | null;
  readonly line: number;
}

export interface PackageList {
  /** Null for a list of another tool. */
  readonly packages: readonly ListedPackage[] | null;
  readonly problems: readonly Skip[];
}

const EXPORT = 'Export it again: winget export --include-versions.';

/** What `winget export` writes, by the names that people give it. */
export const isPackageList = wantFiles({
  endings: ['.json'],
  ignoresCase: true,
  where: (path) => /^(?:packages|winget.*)\.json$/i.test(takeBaseName(path)),
});

/** `winget export` (winget-cli, `packages.schema`, version 1.0 and 2.0). */
export function readPackageList(file: string, bytes: Uint8Array): Result<PackageList> {
  const json = parseJson(bytes, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const sources = isJsonObject(json.value) ? json.value['Sources'] : undefined;
  const isOther = sources === undefined && takeBaseName(file).toLowerCase() === 'packages.json';
  if (isOther) return ok({ packages: null, problems: [] });
  if (!Array.isArray(sources)) return fail('MALFORMED', `${file} has no list of sources`, EXPORT);
  const findLine = createIdFinder(text.value);
  const problems: Skip[] = [];
  const packages = (sources as readonly JsonValue[]).flatMap((source) => {
    const listed = isJsonObject(source) ? source['Packages'] : undefined;
    if (!isJsonObject(source) || !Array.isArray(listed)) {
      problems.push(createSkip(file, 'MALFORMED', 'a source has no list of packages', EXPORT));
      return [];
    }
    const address = readSource(source);
    return (listed as readonly JsonValue[]).flatMap((entry) => {
      const found = isJsonObject(entry) ? readEntry(entry, address, findLine) : null;
      // mutant winget-package-without-id: remove
      if (found === null) problems.push(skipEntry(file));
      return found ?? [];
    });
  });
  return ok({ packages, problems });
}

function skipEntry(file: string): Skip {
  return createSkip(file, 'MALFORMED', 'a package has no usable PackageIdentifier', EXPORT);
}

function readSource({ SourceDetails: details }: JsonObject): string | null {
  if (!isJsonObject(details)) return null;
  const { Argument: argument, Name: name } = details;
  const address = typeof argument === 'string' && argument !== '' ? argument : name;
  return typeof address === 'string' ? address.slice(0, 1_024) : null;
}

function readEntry(
  entry: JsonObject,
  source: string | null,
  findLine: (id: string) => number,
): ListedPackage | null {
  const id = entry['PackageIdentifier'];
  const version = entry['Version'];
  if (!isWingetId(id)) return null;
  return { id, version: isVersionText(version) ? version : null, source, line: findLine(id) };
}

/** Each id is searched behind the one before: the whole text is read once. */
function createIdFinder(text: string): (id: string) => number {
  const toLine = createLineCounter(text);
  let at = 0;
  return (id) => {
    const found = text.indexOf(`"${id}"`, at);
    if (found !== -1) at = found + id.length;
    return toLine(Math.max(found, 0));
  };
}

/** Packages of a list; the newest version of one is not known here. */
export function describeListed(
  file: string,
  packages: readonly ListedPackage[],
  remedy: string,
): Extraction {
  const drafts = packages.flatMap(({ id, version, source }) =>
    version === null
      ? []
      : [createWingetDraft({ id, version, location: file, origin: takeAddress(source) })],
  );
  const open = packages.filter(({ version }) => version === null);
  const [first] = open;
  const more = open.length > 1 ? ` (and ${open.length - 1} more)` : '';
  const why = `${first?.id ?? ''}${more} is asked for in its newest version, which is not known here`;
  const skips = first === undefined ? [] : [createSkip(file, 'FACT_UNKNOWN', why, remedy)];
  return { drafts, skips, direct: drafts.map(({ key }) => key) };
}

function takeAddress(source: string | null): string | null {
  return source !== null && /^https:\/\/[^@?#]+$/.test(source) ? source : null;
}

export const wingetList: Extractor = {
  name: 'winget-list',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: isPackageList,
  extract: ({ path, bytes }): Extraction => {
    const { packages, problems } = orThrow(readPackageList(path, bytes));
    if (packages === null) {
      const why = 'a list of packages of an unknown tool is here, which this version does not read';
      const remedy = 'Attach an inventory of another tool, or rename it.';
      return { drafts: [], skips: [createSkip(path, 'UNSUPPORTED', why, remedy)] };
    }
    const listed = describeListed(path, packages, EXPORT);
    return { ...listed, skips: [...problems, ...listed.skips] };
  },
};
