import type { DeclaredDependency } from '../../dependency.ts';
import type { FileText } from '../../fix.ts';
import { isCatalogue } from '../gradle/catalogue.ts';
import { isIvyFile } from '../ivy/ivy-file.ts';
import type { JavaTree } from '../source-tree/java-tree.ts';

/** The characters that are a version, and the property that holds it, if one does. */
export interface VersionSpot {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly property: string | null;
}

type Texts = ReadonlyMap<string, FileText>;

/**
 * Where the version of a dependency is written as one text; null where it is managed elsewhere, or
 * where the line does not show which text it is.
 */
export function findVersionText(
  tree: JavaTree,
  files: Texts,
  dependency: DeclaredDependency,
): VersionSpot | null {
  const { file } = dependency.place;
  if (isIvyFile(file)) return findInScript(tree, files, dependency);
  if (/\.(?:xml|pom)$/.test(file)) return findInPom(tree, files, dependency);
  if (isCatalogue(file)) return findInCatalogue(tree, files, dependency);
  return findInScript(tree, files, dependency);
}

function findInPom(
  tree: JavaTree,
  files: Texts,
  { name, place, purl }: DeclaredDependency,
): VersionSpot | null {
  const project = tree
    .listProjects()
    .find(({ effective }) => effective?.dependencies.some((one) => isAt(one, name, place)));
  const found = project?.effective?.dependencies.find((one) => isAt(one, name, place));
  const spot = found?.versionPlace ?? null;
  if (spot !== null && found?.version != null) {
    const { property } = spot;
    const element = property ?? 'version';
    return findElement(files, { ...spot, property }, element, found.version);
  }
  if (purl?.includes('type=pom') !== true) return null;
  return findOuter(tree, files, place);
}

function isAt(
  {
    group,
    artifact,
    place,
  }: { group: string; artifact: string; place: { file: string; line: number } },
  name: string,
  wanted: { readonly file: string; readonly line: number },
): boolean {
  return (
    `${group}:${artifact}` === name && place.file === wanted.file && place.line === wanted.line
  );
}

/** A parent or BOM that is fetched: its version is in the lines of its own element. */
function findOuter(
  tree: JavaTree,
  files: Texts,
  { file, line }: { readonly file: string; readonly line: number },
): VersionSpot | null {
  const pom = tree.poms.get(file);
  const text = files.get(file)?.text;
  if (pom === null || text === undefined) return null;
  const isParent = pom.parent?.line === line;
  const version = isParent
    ? pom.parent?.version
    : pom.managed.find((one) => one.line === line)?.version;
  if (version == null || version.includes('${')) return null;
  const from = findLineStart(text, line);
  const written = `<version>${version}</version>`;
  const at = text.indexOf(written, from);
  const end = text.indexOf(isParent ? '</parent>' : '</dependency>', from);
  if (at === -1 || at > end) return null;
  const start = at + '<version>'.length;
  return { file, line: countLine(text, start), start, end: start + version.length, property: null };
}

/** The only element of that name and content on its line. */
function findElement(
  files: Texts,
  { file, line, property }: { file: string; line: number; property: string | null },
  element: string,
  version: string,
): VersionSpot | null {
  const text = files.get(file)?.text;
  if (text === undefined) return null;
  const from = findLineStart(text, line);
  const next = text.indexOf('\n', from);
  const until = next === -1 ? text.length : next;
  const row = text.slice(from, until);
  const written = `<${element}>${version}</${element}>`;
  const at = row.indexOf(written);
  if (at === -1 || row.indexOf(written, at + 1) !== -1) return null;
  const start = from + at + element.length + 2;
  return { file, line, start, end: start + version.length, property };
}

function findInCatalogue(
  tree: JavaTree,
  files: Texts,
  { name, place, version }: DeclaredDependency,
): VersionSpot | null {
  const text = files.get(place.file)?.text;
  const library = tree.findLibrary(place.file, name);
  const written = library?.version ?? null;
  if (text === undefined || library === null || written === null || version === null) return null;
  if (library.versionName === null)
    return findQuoted(text, { file: place.file, line: library.line, property: null }, written);
  const lines = text.split('\n');
  let table = '';
  for (const [at, line] of lines.entries()) {
    table = /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim() ?? table;
    const key = /^\s*["']?([A-Za-z0-9_-]+)["']?\s*=/.exec(line)?.[1];
    if (table === 'versions' && key === library.versionName)
      return findQuoted(text, { file: place.file, line: at + 1, property: key }, written);
  }
  return null;
}

function findInScript(
  tree: JavaTree,
  files: Texts,
  { name, place, requested }: DeclaredDependency,
): VersionSpot | null {
  const text = files.get(place.file)?.text;
  const script = tree.scripts.find(({ path }) => path === place.file);
  const found = script?.dependencies.find(
    ({ group, artifact, line }) => `${group}:${artifact}` === name && line === place.line,
  );
  if (text === undefined || found?.version == null || requested === null) return null;
  if (requested.includes('$')) return null;
  const from = findLineStart(text, place.line);
  const written = `${name}:${found.version}`;
  const next = text.indexOf('\n', from);
  const at = text.slice(from, next === -1 ? text.length : next).indexOf(written);
  if (at === -1) return findQuoted(text, { ...place, property: null }, found.version);
  const start = from + at + name.length + 1;
  return { ...place, start, end: start + found.version.length, property: null };
}

/** The only text in quotes on a line that ends with this version. */
function findQuoted(
  text: string,
  { file, line, property }: { file: string; line: number; property: string | null },
  version: string,
): VersionSpot | null {
  const from = findLineStart(text, line);
  const next = text.indexOf('\n', from);
  const row = text.slice(from, next === -1 ? text.length : next);
  const ends = ['"', "'"].flatMap((quote) => {
    const at = row.indexOf(version + quote);
    return at > 0 && /["':]/.test(row.charAt(at - 1)) ? [at] : [];
  });
  const [at] = ends;
  if (at === undefined || ends.length > 1 || row.indexOf(version, at + 1) !== -1) return null;
  return { file, line, start: from + at, end: from + at + version.length, property };
}

function findLineStart(text: string, line: number): number {
  let at = 0;
  for (let number = 1; number < line; number++) {
    const next = text.indexOf('\n', at);
    if (next === -1) return text.length;
    at = next + 1;
  }
  return at;
}

function countLine(text: string, place: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < place; at = text.indexOf('\n', at + 1))
    line++;
  return line;
}
