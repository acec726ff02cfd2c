import { takeDirectory } from '../../extractor.ts';
import { foldNugetName } from '../nuget-draft.ts';
import { parseRange } from '../version-range.ts';
import { joinPath, listFoldersUp } from './paths.ts';
import type { CentralVersion, Import, PackageItem, ProjectFile } from './read-project.ts';

/** A package that a project asks for, with what the tree says of its version. */
export interface ResolvedReference {
  readonly name: string;
  readonly item: PackageItem;
  /** Where it is asked for. */
  readonly file: string;
  /** A range; null where the tree does not show it, with the reason in `doubt`. */
  readonly version: string | null;
  readonly doubt: string | null;
  /** Where the version is written, which a fix changes. */
  readonly versionPlace: { readonly file: string; readonly line: number };
}

const IMPORTS_MAX = 200;

/**
 * The files of MSBuild that count for one project. Nothing is run: properties and imports are
 * followed only where the tree alone decides them.
 */
export class ProjectScope {
  readonly files: readonly ProjectFile[];
  readonly #properties: ReadonlyMap<string, readonly { value: string; conditional: boolean }[]>;

  #central: ReadonlyMap<string, readonly WrittenVersion[]> | null = null;

  constructor(project: ProjectFile, tree: ReadonlyMap<string, ProjectFile>) {
    this.files = gatherFiles(project, tree);
    const all = this.files.flatMap(({ properties }) => properties);
    this.#properties = Map.groupBy(all, ({ name }) => name.toLowerCase());
  }

  listReferences(): readonly ResolvedReference[] {
    return this.files.flatMap((file) =>
      file.items
        .filter(({ kind, action }) => kind !== 'download' && action === 'include')
        .map((item) => this.#resolve(file, item)),
    );
  }

  /** Where its lock is, with properties as written; null where nothing says it. */
  findLockSetting(): string | null {
    const set = this.#properties.get('nugetlockfilepath') ?? [];
    return set[0]?.value || null;
  }

  #resolve({ file }: ProjectFile, item: PackageItem): ResolvedReference {
    const name = this.expand(item.name);
    const written = item.override ?? item.version;
    const base = { name: name ?? item.name, item, file };
    const place = { file, line: item.line };
    if (name === null) return { ...base, ...doubt('its name is not a plain one', place) };
    if (written !== null) return { ...base, ...this.#read(written, place) };
    return { ...base, ...this.#findCentral(name, place) };
  }

  #read(written: string, versionPlace: ResolvedReference['versionPlace']): Answer {
    const version = this.expand(written);
    if (version === null || parseRange(version) === null)
      return doubt(`${written.slice(0, 80)} is set in several ways or not here`, versionPlace);
    return { version, doubt: null, versionPlace };
  }

  /** By `PackageVersion`, or by an update of the reference in another file. */
  #findCentral(name: string, place: ResolvedReference['versionPlace']): Answer {
    this.#central ??= this.#gatherCentral();
    const found = this.#central.get(foldNugetName(name)) ?? [];
    const [first] = found;
    if (first === undefined) return doubt('no version is written for it', place);
    const versions = new Set(found.map(({ version }) => version));
    const versionPlace = { file: first.file, line: first.line };
    // mutant version-of-some-builds-only by nuget-inventory: condition -> versions.size > 1
    if (versions.size > 1 || first.conditional)
      return doubt('its version depends on the build', versionPlace);
    if (first.version === null) return doubt('no version is written for it', versionPlace);
    return this.#read(first.version, versionPlace);
  }

  #gatherCentral(): ReadonlyMap<string, readonly WrittenVersion[]> {
    const all = this.files.flatMap(({ file, versions, items }) => {
      const updates = items.filter(
        ({ action, version }) => action === 'update' && version !== null,
      );
      return [...versions, ...updates].map((one): WrittenVersion => ({ ...one, file }));
    });
    return Map.groupBy(all, ({ name }) => foldNugetName(this.expand(name) ?? ''));
  }

  /** Null where a property is not set here, or not in one way only. */
  expand(text: string, depth = 0): string | null {
    if (!text.includes('$(') && !text.includes('@(') && !text.includes('%(')) return text;
    if (depth > DEPTH_MAX || text.length > TEXT_MAX) return null;
    let whole = '';
    for (let at = 0; at < text.length; ) {
      const start = text.indexOf('$(', at);
      if (start === -1) {
        whole += text.slice(at);
        break;
      }
      const end = text.indexOf(')', start);
      const name = end === -1 ? '' : text.slice(start + 2, end);
      const value = /^\w+$/.test(name) ? this.#find(name) : null;
      const inner = value === null ? null : this.expand(value, depth + 1);
      if (inner === null) return null;
      whole += text.slice(at, start) + inner;
      // Properties that repeat each other would grow without end.
      if (whole.length > TEXT_MAX) return null;
      at = end + 1;
    }
    return whole.includes('@(') || whole.includes('%(') ? null : whole;
  }

  #find(name: string): string | null {
    const set = this.#properties.get(name.toLowerCase()) ?? [];
    const [first] = set;
    const isOne = set.every(({ value, conditional }) => value === first?.value && !conditional);
    // mutant property-of-some-builds-only by nuget-inventory: condition -> false
    if (!isOne) return null;
    return first?.value ?? null;
  }
}

interface WrittenVersion extends CentralVersion {
  readonly file: string;
}

const DEPTH_MAX = 10;
const TEXT_MAX = 1_024;

type Answer = Pick<ResolvedReference, 'version' | 'doubt' | 'versionPlace'>;

function doubt(why: string, versionPlace: ResolvedReference['versionPlace']): Answer {
  return { version: null, doubt: why, versionPlace };
}

/** Files that MSBuild takes from the nearest folder that has them. */
const NEAREST = ['Directory.Build.props', 'Directory.Packages.props', 'Directory.Build.targets'];

function gatherFiles(
  project: ProjectFile,
  tree: ReadonlyMap<string, ProjectFile>,
): readonly ProjectFile[] {
  const found = new Map<string, ProjectFile>([[project.file, project]]);
  const folders = listFoldersUp(takeDirectory(project.file));
  for (const name of NEAREST) {
    const nearest = findAbove(name, folders, tree);
    if (nearest !== null) found.set(nearest.file, nearest);
  }
  // A map gives what is added while it is read.
  for (const file of found.values())
    for (const one of file.imports) {
      const imported = findImport(file.file, one, tree);
      if (imported !== null && found.size < IMPORTS_MAX) found.set(imported.file, imported);
    }
  return [...found.values()];
}

function findAbove(
  name: string,
  folders: readonly string[],
  tree: ReadonlyMap<string, ProjectFile>,
): ProjectFile | null {
  for (const folder of folders) {
    const found = tree.get(joinPath(folder, name) ?? '');
    if (found !== undefined) return found;
  }
  return null;
}

const THIS_FOLDER = '$(MSBuildThisFileDirectory)';
const ABOVE = '$([MSBuild]::GetPathOfFileAbove(';

/** A path from the folder of the file, or the same file of a folder above; else unknown. */
function findImport(
  file: string,
  { project }: Import,
  tree: ReadonlyMap<string, ProjectFile>,
): ProjectFile | null {
  const folder = takeDirectory(file);
  if (project.startsWith(ABOVE)) {
    const [name = '', from = ''] = project
      .slice(ABOVE.length)
      .split(',')
      .map((part) => part.replaceAll(/[\s'")]/g, ''));
    const isAbove = from.includes('..');
    const folders = listFoldersUp(folder).slice(isAbove ? 1 : 0);
    return /^[\w.-]+$/.test(name) ? findAbove(name, folders, tree) : null;
  }
  const path = project.startsWith(THIS_FOLDER) ? project.slice(THIS_FOLDER.length) : project;
  if (path.includes('$(')) return null;
  return tree.get(joinPath(folder, path.replaceAll('\\', '/')) ?? '') ?? null;
}
