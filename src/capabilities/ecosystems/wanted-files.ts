/** The paths of one kind of file, in words that a table can look up. */
export interface FileNames {
  /** Base names; with folders before them, ends of paths: `vendor/modules.txt`. */
  readonly names?: readonly string[];
  /** Ends of base names, each with a dot in it: `.jar`, `.versions.toml`. */
  readonly endings?: readonly string[];
  /** Folders in which a file may have any name; `where` is then asked for each of their files. */
  readonly folders?: RegExp;
  /** Names that no table can hold: asked for every file of a target, so there are few. */
  readonly anyName?: true;
  readonly ignoresCase?: true;
  /** What else is true of such a path; it need not be true of other paths. */
  readonly where?: RegExp | ((path: string) => boolean);
}

/** Tells of one path whether it is wanted; a `FileTable` asks the same of many at once. */
export interface WantedFiles {
  (path: string): boolean;
  readonly names: readonly FileNames[];
}

/**
 * Files of any of those names.
 *
 * @example wantFiles({ names: ['go.mod'], where: isOwn })('web/go.mod') // true
 */
export function wantFiles(...names: readonly FileNames[]): WantedFiles {
  let patterns: readonly PathTest[] | null = null;
  const wants = (path: string): boolean => {
    patterns ??= names.map(compileNames);
    return patterns.some((matches) => matches(path));
  };
  wants.names = names;
  return wants;
}

/** For what is found in other ways, such as by its first bytes. */
export const NO_FILES: WantedFiles = wantFiles();

type PathTest = (path: string) => boolean;

function compileNames(names: FileNames): PathTest {
  const places = listPlaces(names);
  const [first = () => false, ...rest] = places;
  const isThere: PathTest =
    rest.length === 0 ? first : (path) => places.some((matches) => matches(path));
  const { where } = names;
  if (where === undefined) return isThere;
  const isRight: PathTest = where instanceof RegExp ? (path) => where.test(path) : where;
  return (path) => isThere(path) && isRight(path);
}

function listPlaces({
  names = [],
  endings = [],
  folders,
  anyName,
  ignoresCase,
}: FileNames): readonly PathTest[] {
  const fold = (test: (path: string, text: string) => boolean, text: string): PathTest => {
    if (ignoresCase !== true) return (path) => test(path, text);
    const folded = text.toLowerCase();
    return (path) => test(path.toLowerCase(), folded);
  };
  return [
    ...names.map((name) => fold(endsWithSegments, name)),
    ...endings.map((ending) => fold((path, text) => path.endsWith(text), ending)),
    ...(folders === undefined ? [] : [(path: string) => folders.test(takeFolder(path))]),
    ...(anyName === true ? [() => true] : []),
  ];
}

function endsWithSegments(path: string, name: string): boolean {
  if (!path.endsWith(name)) return false;
  return path.length === name.length || path[path.length - name.length - 1] === '/';
}

function takeFolder(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** One kind of file, and who wants it. Most kinds are never met: a test is made for the first. */
class Entry<T> {
  readonly value: T;
  /** Its place among the values. */
  readonly order: number;
  readonly #names: FileNames;
  #test: PathTest | null = null;

  constructor(value: T, order: number, names: FileNames) {
    this.value = value;
    this.order = order;
    this.#names = names;
  }

  matches(path: string): boolean {
    this.#test ??= compileNames(this.#names);
    return this.#test(path);
  }
}

interface FolderEntry<T> {
  readonly folders: RegExp;
  readonly entry: Entry<T>;
}

/**
 * Who wants a file: one look-up by its name and one by its suffix, whatever the number of those who
 * may want it. Patterns of folders are tested once for each folder of a walk.
 */
export class FileTable<T> {
  readonly #byName = new Map<string, Entry<T>[]>();
  readonly #bySuffix = new Map<string, Entry<T>[]>();
  readonly #byFolder: FolderEntry<T>[] = [];
  readonly #others: Entry<T>[] = [];
  #folder: string | null = null;
  #inFolder: readonly Entry<T>[] = [];
  #wanted: Iterable<readonly [T, readonly FileNames[]]> | null;

  /** `find` gives values in this order. Nothing is done before: not every command reads files. */
  constructor(wanted: Iterable<readonly [T, readonly FileNames[]]>) {
    this.#wanted = wanted;
  }

  #fill(wanted: Iterable<readonly [T, readonly FileNames[]]>): void {
    let order = 0;
    for (const [value, kinds] of wanted) {
      for (const kind of kinds) this.#add(kind, value, order);
      order++;
    }
    this.#wanted = null;
  }

  /** Each part with a test of its own, so that no other name is compared. */
  #add(
    { names = [], endings = [], folders, anyName, ...rest }: FileNames,
    value: T,
    order: number,
  ): void {
    const make = (part: FileNames): Entry<T> => new Entry(value, order, { ...rest, ...part });
    for (const name of names) append(this.#byName, takeBase(name), make({ names: [name] }));
    for (const ending of endings)
      append(this.#bySuffix, takeSuffix(ending), make({ endings: [ending] }));
    if (folders !== undefined) this.#byFolder.push({ entry: make({ folders }), folders });
    if (anyName === true) this.#others.push(make({ anyName }));
  }

  find(path: string): readonly T[] {
    if (this.#wanted !== null) this.#fill(this.#wanted);
    const slash = path.lastIndexOf('/');
    this.#enterFolder(path, Math.max(slash, 0));
    const base = path.slice(slash + 1).toLowerCase();
    const named = this.#byName.get(base);
    const dot = base.lastIndexOf('.');
    const suffixed = dot === -1 ? undefined : this.#bySuffix.get(base.slice(dot));
    let found: Entry<T>[] | null = null;
    for (const entries of [named, suffixed, this.#inFolder, this.#others])
      for (const entry of entries ?? [])
        if (entry.matches(path)) {
          found ??= [];
          found.push(entry);
        }
    return found === null ? NONE : listInOrder(found);
  }

  /** A walk gives all files of one folder, then those of another. */
  #enterFolder(path: string, length: number): void {
    if (length === this.#folder?.length && path.startsWith(this.#folder)) return;
    const folder = path.slice(0, length);
    this.#folder = folder;
    this.#inFolder = this.#byFolder.flatMap(({ folders, entry }) =>
      folders.test(folder) ? entry : [],
    );
  }
}

const NONE: readonly never[] = [];

/** Each value once: several of its names may fit. */
function listInOrder<T>(found: readonly Entry<T>[]): readonly T[] {
  if (found.length === 1) return found.map(({ value }) => value);
  const sorted = found.toSorted((a, b) => a.order - b.order);
  return [...new Set(sorted.map(({ value }) => value))];
}

function append<T>(map: Map<string, Entry<T>[]>, key: string, entry: Entry<T>): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [entry]);
  else known.push(entry);
}

function takeBase(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}

function takeSuffix(ending: string): string {
  return ending.slice(ending.lastIndexOf('.')).toLowerCase();
}
