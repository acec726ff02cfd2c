import type { ExtractedFile } from '../ecosystem.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type ProjectManifest,
  takeBaseName,
  takeDirectory,
} from '../extractor.ts';
import { quoteName } from '../locked/locked-package.ts';
import { createPortDraft } from './port.ts';
import { type PortParagraph, PortParagraphs } from './status.ts';

/** Ports that are installed into one folder. */
interface Installation {
  readonly drafts: readonly Draft[];
  /** The first file of its database. */
  readonly first: string;
}

/** What `status` and the files of `updates` say together, as vcpkg itself reads them. */
export function combinePorts(files: readonly ExtractedFile[]): readonly Extraction[] {
  const installations = new Map<string, Installation>();
  const groups = Map.groupBy(files.filter(isDatabase), ({ path }) => findRoot(path));
  for (const [root, group] of groups) installations.set(root, readInstallation(group));
  const manifests = new Set(
    files.flatMap(({ path, extraction }) => (extraction.declares ? [takeDirectory(path)] : [])),
  );
  return files.map((file) => {
    const { path, extraction } = file;
    if (!isDatabase(file)) return extraction;
    const root = findRoot(path);
    const installation = installations.get(root);
    if (installation === undefined) return extraction;
    const drafts = installation.drafts.filter(({ locations }) => locations[0] === path);
    if (path !== installation.first) return { ...extraction, drafts };
    return { ...extraction, drafts, ...coverManifest(root, installation, manifests) };
  });
}

function isDatabase({ extraction }: ExtractedFile): boolean {
  return extraction.document instanceof PortParagraphs;
}

/** The folder with `vcpkg/status` in it. */
function findRoot(path: string): string {
  const folder = takeDirectory(path);
  const home = takeBaseName(folder) === 'updates' ? takeDirectory(folder) : folder;
  return takeDirectory(home);
}

/** `status` is the oldest; `updates` are in the order of their names. */
function readInstallation(group: readonly ExtractedFile[]): Installation {
  const sorted = group.toSorted((one, other) => compareAge(one.path, other.path));
  // The last word on each port, and on each of its features.
  const paragraphs = new Map<string, PortParagraph>();
  for (const { extraction } of sorted)
    if (extraction.document instanceof PortParagraphs)
      for (const one of extraction.document.paragraphs)
        paragraphs.set(`${one.name}:${one.triplet}[${one.feature ?? ''}]`, one);
  const installed = [...paragraphs.values()].filter(({ isInstalled }) => isInstalled);
  const needs = new Map<string, string[]>();
  for (const one of installed) {
    const key = `${one.name}:${one.triplet}`;
    const known = needs.get(key) ?? [];
    needs.set(key, known);
    known.push(...one.needs.filter((need) => need !== key));
  }
  const drafts = installed.flatMap((one) => {
    if (one.feature !== null) return [];
    const key = `${one.name}:${one.triplet}`;
    return [createPortDraft({ ...one, key, location: one.path, needs: needs.get(key) ?? [] })];
  });
  return { drafts: scopeKeys(drafts, sorted), first: sorted[0]?.path ?? '' };
}

/** Two installations of one tree may have the same ports: keys are unique to each. */
function scopeKeys(drafts: readonly Draft[], [first]: readonly ExtractedFile[]): readonly Draft[] {
  const root = findRoot(first?.path ?? '');
  const scope = (key: string): string => `${root} ${key}`;
  return drafts.map((draft) => ({
    ...draft,
    key: scope(draft.key),
    needs: draft.needs.map(scope),
  }));
}

function compareAge(one: string, other: string): number {
  const [mine, its] = [toAge(one), toAge(other)];
  if (mine === its) return 0;
  return mine < its ? -1 : 1;
}

function toAge(path: string): string {
  const base = takeBaseName(path);
  return /^\d/.test(base) ? base.padStart(20, '0') : '';
}

/** What is installed is for the nearest manifest at or above it: `build/vcpkg_installed`. */
function coverManifest(
  root: string,
  { drafts }: Installation,
  manifests: ReadonlySet<string>,
): Pick<Extraction, 'locks' | 'lockFolder'> {
  if (takeBaseName(root) !== 'vcpkg_installed') return {};
  const names = new Set(drafts.map(({ name }) => name));
  for (let folder = takeDirectory(root); ; folder = takeDirectory(folder)) {
    if (manifests.has(folder)) {
      const locks = (manifest: ProjectManifest): ReturnType<typeof listMissing> | null =>
        takeDirectory(manifest.path) === folder ? listMissing(manifest, names) : null;
      return { lockFolder: folder, locks };
    }
    if (folder === '') return {};
  }
}

function listMissing(
  { path, requests }: ProjectManifest,
  installed: ReadonlySet<string>,
): readonly ReturnType<typeof createSkip>[] {
  return requests.flatMap(({ name, kind }) => {
    // mutant port-that-is-not-installed by vcpkg: condition -> true
    if (kind !== 'required' || installed.has(name)) return [];
    const why = `it requires ${quoteName(name)}, which vcpkg did not install here`;
    return [createSkip(path, 'FACT_UNKNOWN', why, 'Install it: vcpkg install.')];
  });
}
