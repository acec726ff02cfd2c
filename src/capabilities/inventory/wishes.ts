import type { Digest } from '../../core/digest.ts';
import { asFailure } from '../../core/failure.ts';
import type { Skip } from './component.ts';
import { type Extracted, type Extractor, skip, type TargetKind } from './extractor.ts';
import { extractorsFor } from './extractors.ts';
import { unsupportedKind } from './unsupported/markers.ts';

/** That somebody wants a file: by its own path, or by one that links lead to it. */
export interface Wish {
  readonly extractor: Extractor;
  readonly path: string;
}

/** What was read for one wish. */
export interface Reading {
  readonly wish: Wish;
  readonly extracted: Extracted;
  /** By key of a draft the layer since which it has been there without a break; null in a tree. */
  readonly since: ReadonlyMap<string, Layer> | null;
}

export interface Layer {
  readonly index: number;
  readonly diffId: Digest;
}

/** What is remembered of one file until all is known. */
export interface Held {
  readonly readings: readonly Reading[];
  /** Kinds of package database that it shows and that are not read. */
  readonly unsupported: readonly string[];
}

/** Decides which files matter. Aliases are found when the links of a target are known, for another pass over it. */
export class Wishes {
  readonly target: TargetKind;
  readonly #extractors: readonly Extractor[];
  readonly #files = new Map<string, Set<string>>();
  #aliases = 0;
  readonly #folders = new Map<string, Set<string>>();

  constructor(target: TargetKind) {
    this.target = target;
    this.#extractors = extractorsFor(target);
  }

  /** How many aliases are known: more after a pass means that another one would see more. */
  get aliases(): number {
    return this.#aliases;
  }

  for(path: string): readonly Wish[] {
    const own = this.own(path);
    if (this.#files.size === 0 && this.#folders.size === 0) return own;
    const others = this.#aliasesOf(path).flatMap((alias) => this.own(alias));
    return [...own, ...others];
  }

  own(path: string): readonly Wish[] {
    const wanting = this.#extractors.filter((extractor) => extractor.wants(path));
    return wanting.length === 0 ? NONE : wanting.map((extractor) => ({ extractor, path }));
  }

  unsupported(path: string): readonly string[] {
    const paths = this.#files.size === 0 && this.#folders.size === 0 ? [path] : [path, ...this.#aliasesOf(path)];
    return paths.map((each) => unsupportedKind(each, this.target)).filter((kind) => kind !== null);
  }

  /** True where this is news, so that another pass is worth it. */
  addFile(real: string, alias: string): boolean {
    return this.#count(remember(this.#files, real, alias));
  }

  addFolder(real: string, alias: string): boolean {
    return this.#count(remember(this.#folders, real, alias));
  }

  #count(isNews: boolean): boolean {
    if (isNews) this.#aliases++;
    return isNews;
  }

  #aliasesOf(path: string): readonly string[] {
    const aliases = [...(this.#files.get(path) ?? [])];
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      for (const folder of this.#folders.get(path.slice(0, slash)) ?? []) aliases.push(folder + path.slice(slash));
    }
    return aliases;
  }
}

const NONE: readonly Wish[] = [];
/** Aliases of one place; more would only say the same of the same file. */
const ALIASES_MAX = 8;

function remember(places: Map<string, Set<string>>, real: string, alias: string): boolean {
  const aliases = places.get(real);
  if (aliases === undefined) {
    places.set(real, new Set([alias]));
    return true;
  }
  if (aliases.has(alias) || aliases.size >= ALIASES_MAX) return false;
  aliases.add(alias);
  return true;
}

/** Runs one extractor; what it throws is a Skip. */
export function extractFor(wish: Wish, bytes: Uint8Array): Extracted {
  try {
    return wish.extractor.extract({ path: wish.path, bytes });
  } catch (thrown) {
    return { drafts: [], skips: [skipFor(wish, thrown)] };
  }
}

export function skipFor({ path }: Wish, thrown: unknown): Skip {
  const { code, message, remedy } = asFailure(thrown);
  return skip(path, code, message, remedy, thrown);
}
