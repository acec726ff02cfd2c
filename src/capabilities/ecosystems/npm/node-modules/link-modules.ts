import { posix } from 'node:path';
import { LIMITS } from '../../../../core/limits.ts';
import type { ExtractedFile } from '../../ecosystem.ts';
import { type Extraction, takeBaseName, takeDirectory } from '../../extractor.ts';

/** Names that an installed package asks for, as Node.js looks them up. */
export class ModuleNeeds {
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
  }
}

/**
 * Installed packages with the keys of those that they find, by their place in `files`: in the
 * nearest `node_modules` at or above their own folder (nodejs.org/api/modules.html, "Loading from
 * node_modules folders"), or behind a link there, as pnpm makes them.
 */
export function linkModules(
  files: readonly ExtractedFile[],
  readLink: (path: string) => string | null,
  bytesMax: number = LIMITS.moduleLookupBytesMax,
): ReadonlyMap<number, Extraction> {
  const keys = new Map<string, string>();
  let bytes = 0;
  const look = (place: string): string | null => {
    bytes += place.length;
    const target = keys.has(place) ? null : readLink(place);
    return keys.get(target === null ? place : posix.join(takeDirectory(place), target)) ?? null;
  };
  for (const { path, extraction } of files)
    if (extraction.document instanceof ModuleNeeds)
      for (const { key } of extraction.drafts) keys.set(takeDirectory(path), key);
  const linked = new Map<number, Extraction>();
  for (const [at, { path, extraction }] of files.entries()) {
    const { document, drafts } = extraction;
    if (!(document instanceof ModuleNeeds) || document.names.length === 0) continue;
    const home = takeDirectory(path);
    // mutant modules-without-end by link-modules: value -> true
    const isWithin = (): boolean => bytes <= bytesMax;
    const found = document.names.flatMap((name) =>
      isWithin() ? (findModule(home, name, look) ?? []) : [],
    );
    if (!isWithin()) {
      const note = `${path}: what it and others need is not listed: there is too much to look up`;
      linked.set(at, { ...extraction, notes: [...(extraction.notes ?? []), note] });
      break;
    }
    // One that asks for its own name may find itself.
    const needs = found.filter((key) => drafts.every((draft) => draft.key !== key));
    linked.set(at, { ...extraction, drafts: drafts.map((draft) => ({ ...draft, needs })) });
  }
  return linked;
}

function findModule(
  home: string,
  name: string,
  look: (place: string) => string | null,
): string | null {
  for (let folder = home; ; folder = takeDirectory(folder)) {
    if (takeBaseName(folder) !== 'node_modules') {
      const found = look(`${folder === '' ? '' : `${folder}/`}node_modules/${name}`);
      if (found !== null) return found;
    }
    if (folder === '') return null;
  }
}
