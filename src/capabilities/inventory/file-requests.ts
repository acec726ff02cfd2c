import type { Digest } from '../../core/digest.ts';
import { toFailure } from '../../core/failure.ts';
import { type ReadingBudget, readWithin } from '../../core/reading-budget.ts';
import type { Skip } from '../ecosystems/index.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  FILE_RECORDS,
  type FileAlgorithm,
  FileTable,
  findUnreadKind,
  INSTALL_FOLDERS,
  selectExtractors,
  type TargetKind,
  takeDirectory,
} from '../ecosystems/index.ts';

/** A request for a file: by its own path, or by a path that links lead to it. */
export interface FileRequest {
  readonly extractor: Extractor;
  readonly path: string;
}

/** So many bytes show what a file is. */
export const HEAD_BYTES = 8;

type FilePlace = Pick<FileRequest, 'path'>;

/** What was read for one request. */
export interface FileResult {
  readonly request: FileRequest;
  readonly extracted: Extraction;
  /** By key of a draft, the layer since which it is always present; null in a tree. */
  readonly since: ReadonlyMap<string, Layer> | null;
}

export interface Layer {
  readonly index: number;
  readonly diffId: Digest;
}

/** What is remembered of one file until the whole target is read. */
export interface FileRecord {
  readonly readings: readonly FileResult[];
  /** Kinds of package database that it shows and that are not read. */
  readonly unsupported: readonly string[];
  readonly size: number;
  /** Whether it is machine code: a program, library or plug-in. */
  readonly isProgram: boolean;
  /** As package managers record them, to find out whether a package installed just these bytes. */
  readonly digests: FileDigests;
}

/** In hex, those that were computed. */
export type FileDigests = Readonly<Partial<Record<FileAlgorithm, string>>>;

export const NO_DIGESTS: FileDigests = {};

export const EMPTY_RECORD: FileRecord = {
  readings: [],
  unsupported: [],
  size: 0,
  isProgram: false,
  digests: NO_DIGESTS,
};

/** Whether a file matters at the end; else only its size is kept. */
export function isRemembered({ readings, unsupported, isProgram }: FileRecord): boolean {
  return readings.length > 0 || unsupported.length > 0 || isProgram;
}

/** A file that was only recognised by its bytes, and holds nothing, is not explained by that. */
export function dropEmpty(record: FileRecord): FileRecord {
  const readings = record.readings.filter(
    ({ extracted: { drafts, skips, complete } }) =>
      drafts.length > 0 || skips.length > 0 || complete !== undefined,
  );
  return { ...record, readings };
}

/**
 * Decides which files are read. Aliases are found when the links of a target are known, for another
 * pass over it.
 */
export class FileRequests {
  readonly target: TargetKind;
  readonly #extractors: readonly Extractor[];
  readonly #byName: FileTable<Extractor>;
  readonly #programReaders: readonly Extractor[];
  readonly #files = new Map<string, Map<string, string>>();
  /** The folders of those files. */
  readonly #linked = new Set<string>();
  #aliases = 0;
  readonly #folders = new Map<string, Map<string, string>>();
  #algorithms: readonly FileAlgorithm[] = [];

  constructor(target: TargetKind) {
    this.target = target;
    this.#extractors = selectExtractors(target);
    this.#byName = new FileTable(
      this.#extractors.map((extractor) => [extractor, extractor.wants.names] as const),
    );
    this.#programReaders = this.#extractors.filter(({ readProgram }) => readProgram !== undefined);
  }

  /** The number of known aliases: more after a pass means that another pass finds more. */
  get aliases(): number {
    return this.#aliases;
  }

  /**
   * The digests that tell whether a package installed a file. Until a path shows which package
   * manager is used here, these are all.
   */
  get algorithms(): readonly FileAlgorithm[] {
    return this.#algorithms.length === 0 ? ALL_ALGORITHMS : this.#algorithms;
  }

  notePath(path: string): void {
    for (const { algorithm, sign } of FILE_RECORDS)
      if (!this.#algorithms.includes(algorithm) && sign.test(path))
        this.#algorithms = [...this.#algorithms, algorithm];
  }

  listRequests(path: string): readonly FileRequest[] {
    return this.#hasAliases()
      ? this.listNames(path).flatMap((name) => this.listOwnRequests(name))
      : this.listOwnRequests(path);
  }

  /** The path itself, and every other path by which links lead to it. */
  listNames(path: string): readonly string[] {
    return this.#hasAliases() ? [path, ...this.#listAliases(path)] : [path];
  }

  /** Whether links may have given the files of a folder other names. */
  reaches(folder: string): boolean {
    if (this.#linked.has(folder)) return true;
    for (let slash = folder.length; slash > 0; slash = folder.lastIndexOf('/', slash - 1))
      if (this.#folders.has(folder.slice(0, slash))) return true;
    return false;
  }

  #hasAliases(): boolean {
    return this.#files.size > 0 || this.#folders.size > 0;
  }

  listOwnRequests(path: string): readonly FileRequest[] {
    const wanting = this.#byName.find(path);
    return wanting.length === 0 ? NONE : wanting.map((extractor) => ({ extractor, path }));
  }

  /** The request for a file that no extractor wants by its name, by its first bytes. */
  recognise(path: string, size: number, head: Uint8Array): FileRequest | null {
    const extractor = this.#extractors.find(({ recognises }) => recognises?.(head, size) === true);
    return extractor === undefined ? null : { extractor, path };
  }

  /** The same, unless its name already led to that reader: an archive may be called like a text. */
  recogniseOthers(
    known: readonly FileRequest[],
    { path, size, head }: { readonly head: Uint8Array } & Pick<FileRecord, 'size'> & FilePlace,
  ): readonly FileRequest[] {
    const request = this.recognise(path, size, head.subarray(0, HEAD_BYTES));
    const isKnown = known.some(({ extractor }) => extractor === request?.extractor);
    return request === null || isKnown ? [] : [request];
  }

  /** Those that go by names of folders. */
  get folderReaders(): readonly Extractor[] {
    return this.target === 'root-file-system'
      ? this.#extractors.filter(({ namedFolders }) => namedFolders !== undefined)
      : [];
  }

  /** Those that read machine code. */
  get programReaders(): readonly Extractor[] {
    return this.#programReaders;
  }

  unsupported(path: string): readonly string[] {
    if (this.#hasAliases())
      return this.listNames(path).flatMap((each) => findUnreadKind(each, this.target) ?? []);
    const kind = findUnreadKind(path, this.target);
    return kind === null ? NO_KINDS : [kind];
  }

  /** True where it is new, so that another pass is needed. */
  addFile(real: string, alias: string): boolean {
    const kind = this.listOwnRequests(alias)
      .map(({ extractor }) => extractor.name)
      .join();
    this.#linked.add(takeDirectory(real));
    return this.#count(addAlias(this.#files, { real, alias, kind }));
  }

  addFolder(real: string, alias: string): boolean {
    return this.#count(addAlias(this.#folders, { real, alias, kind: classifyFolder(alias) }));
  }

  #count(isNews: boolean): boolean {
    if (isNews) this.#aliases++;
    return isNews;
  }

  #listAliases(path: string): readonly string[] {
    const aliases = [...(this.#files.get(path)?.keys() ?? [])];
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      for (const folder of this.#folders.get(path.slice(0, slash))?.keys() ?? [])
        aliases.push(folder + path.slice(slash));
    }
    return aliases;
  }
}

const NONE: readonly FileRequest[] = [];
const NO_KINDS: readonly string[] = [];
const ALL_ALGORITHMS: readonly FileAlgorithm[] = [
  ...new Set(FILE_RECORDS.map(({ algorithm }) => algorithm)),
];
/** Aliases of one kind for one place; more of them would give the same files again. */
const ALIASES_MAX = 8;

/**
 * How files below a link to a folder are read: by the link alone, or also by the path behind it.
 */
function classifyFolder(alias: string): string {
  for (const folder of INSTALL_FOLDERS) {
    const kind = folder.classifyLink(alias);
    if (kind !== null) return kind;
  }
  return alias;
}

interface Alias {
  readonly real: string;
  readonly alias: string;
  readonly kind: string;
}

function addAlias(places: Map<string, Map<string, string>>, { real, alias, kind }: Alias): boolean {
  const aliases = places.get(real) ?? new Map<string, string>();
  if (aliases.has(alias)) return false;
  const alike = [...aliases.values()].filter((other) => other === kind).length;
  if (alike >= ALIASES_MAX) return false;
  places.set(real, aliases.set(alias, kind));
  return true;
}

/** Runs one extractor; a thrown Failure, and a budget that is used up, become a Skip. */
export function runExtractor(
  request: FileRequest,
  bytes: Uint8Array,
  reading: ReadingBudget,
): Extraction {
  const { extractor, path } = request;
  // mutant extractor-without-a-deadline by hostile-source: argument 1 ->
  //   (_, read) => read()
  const read = readWithin(reading, bytes, () => extractor.extract({ path, bytes }));
  return read.ok ? read.value : { drafts: [], skips: [toSkip(request, read.failure)] };
}

export function toSkip({ path }: FileRequest, thrown: unknown): Skip {
  const { code, message, remedy } = toFailure(thrown);
  return createSkip(path, code, message, remedy, thrown);
}
