import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { parseToml } from '../../../../formats/toml/parse.ts';
import { takeBaseName } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { isCoordinate } from '../lock/java-lock.ts';

/** One library of a version catalogue. */
export interface CatalogueLibrary {
  /** As scripts call it after `libs.`: `groovy.core` for `groovy-core`. */
  readonly accessor: string;
  readonly group: string;
  readonly artifact: string;
  /** Null where it has none or allows several. */
  readonly version: string | null;
  /** As it is written; null without one. */
  readonly requested: string | null;
  /** The name under `[versions]`, where the version is there. */
  readonly versionName: string | null;
  /** From 1. */
  readonly line: number;
}

/** A version catalogue of Gradle (docs.gradle.org, "Version catalogs"). */
export interface Catalogue {
  readonly path: string;
  /** The name that scripts use: `libs`. */
  readonly name: string;
  readonly libraries: readonly CatalogueLibrary[];
  /** The accessors of the libraries in each bundle, by its own. */
  readonly bundles: ReadonlyMap<string, readonly string[]>;
}

export const isCatalogue = wantFiles({
  endings: ['.versions.toml'],
  where: /[^/]\.versions\.toml$/,
});

export function readCatalogue(path: string, bytes: Uint8Array): Result<Catalogue> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const parsed = parseToml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!parsed.ok) return parsed;
  const tables = isJsonObject(parsed.value) ? parsed.value : {};
  const versions = takeTable(tables, 'versions');
  const lines = findLines(text.value);
  const libraries = Object.entries(takeTable(tables, 'libraries')).flatMap(
    ([alias, value]) => readLibrary({ alias, value, versions, line: lines.get(alias) ?? 1 }) ?? [],
  );
  const bundles = new Map(
    Object.entries(takeTable(tables, 'bundles')).map(([alias, members]) => [
      toAccessor(alias),
      (Array.isArray(members) ? members : []).flatMap((one) =>
        typeof one === 'string' ? [toAccessor(one)] : [],
      ),
    ]),
  );
  const name = takeBaseName(path).replace('.versions.toml', '');
  return ok({ path, name, libraries, bundles });
}

function takeTable(tables: JsonObject, name: string): JsonObject {
  const table = getOwn(tables, name);
  return isJsonObject(table) ? table : {};
}

function toAccessor(alias: string): string {
  return alias.replace(/[-_]/g, '.');
}

interface LibraryEntry {
  readonly alias: string;
  readonly value: JsonValue | undefined;
  readonly versions: JsonObject;
  readonly line: number;
}

function readLibrary({ alias, value, versions, line }: LibraryEntry): CatalogueLibrary | null {
  const accessor = toAccessor(alias);
  if (typeof value === 'string') {
    const [group, artifact, version = null] = value.split(':');
    if (!isCoordinate(group) || !isCoordinate(artifact)) return null;
    return { accessor, group, artifact, ...judge(version), versionName: null, line };
  }
  if (!isJsonObject(value)) return null;
  const [group, artifact] =
    typeof value['module'] === 'string'
      ? value['module'].split(':')
      : [value['group'], value['name']];
  if (!isCoordinate(group) || !isCoordinate(artifact)) return null;
  const own = getOwn(value, 'version');
  const name = isJsonObject(own) ? getOwn(own, 'ref') : undefined;
  const versionName = typeof name === 'string' ? name : null;
  const given = versionName === null ? own : getOwn(versions, versionName);
  return { accessor, group, artifact, ...judge(takeVersion(given)), versionName, line };
}

/** Of a rich version what Gradle asks for; nothing where it rejects versions or is not plain. */
function takeVersion(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (!isJsonObject(value) || value['reject'] !== undefined || value['rejectAll'] === true)
    return null;
  const found = value['strictly'] ?? value['require'] ?? value['prefer'];
  return typeof found === 'string' ? found : null;
}

function judge(requested: string | null): Pick<CatalogueLibrary, 'version' | 'requested'> {
  const plain = requested?.replace(/!!$/, '') ?? null;
  return { requested, version: plain !== null && isExact(plain) ? plain : null };
}

/** Whether Gradle takes this version, and not the newest of several. */
export function isExact(version: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(version) && !/^latest\./.test(version);
}

/** The lines on which keys of `[libraries]` begin. */
function findLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let isInside = false;
  for (const [at, line] of text.split('\n').entries()) {
    const table = /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim();
    if (table !== undefined) isInside = table === 'libraries';
    const key = /^\s*["']?([A-Za-z0-9_-]+)["']?\s*(?:=|\.)/.exec(line)?.[1];
    if (isInside && key !== undefined && !lines.has(key)) lines.set(key, at + 1);
  }
  return lines;
}
