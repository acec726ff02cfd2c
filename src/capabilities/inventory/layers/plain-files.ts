/** A file of which only this is remembered. */
export interface PlainFile {
  readonly size: number;
  readonly layer: number;
}

/** The plain files of a folder at a path. */
export interface PlainFolder {
  readonly path: string;
  readonly files: readonly (PlainFile & { readonly name: string })[];
}

/** So many names are searched in the text of a packed folder. */
const SEARCHES_MAX = 8;

/**
 * The plain files of one folder, by name. A root file system has a million of them, so a folder
 * that is written through is packed into one text and one list of numbers. A few names are searched
 * in that text. If one is there, or more are asked for, it is unpacked for good, so that no order
 * of questions makes that work more than once.
 */
export class PlainFiles {
  #byName: Map<string, number> | null = new Map();
  #names = '';
  #numbers: readonly number[] = [];
  #wasPacked = false;
  #searches = 0;

  get size(): number {
    return this.#byName?.size ?? this.#numbers.length;
  }

  get(name: string): PlainFile | undefined {
    const number = this.#mayHave(name) ? this.#unpack().get(name) : undefined;
    return number === undefined ? undefined : unpackFile(number);
  }

  set(name: string, file: PlainFile): void {
    // A part of a path would keep the whole path in memory.
    this.#unpack().set(this.#wasPacked ? copyText(name) : name, packFile(file));
  }

  delete(name: string): boolean {
    return this.size > 0 && this.#mayHave(name) && this.#unpack().delete(name);
  }

  /** Deletes one that is in that layer or in a lower one. */
  deleteUpTo(name: string, layer: number): boolean {
    if (this.size === 0 || !this.#mayHave(name)) return false;
    const byName = this.#unpack();
    const number = byName.get(name);
    return number !== undefined && number % LAYERS <= layer && byName.delete(name);
  }

  *entries(): Generator<PlainFile & { readonly name: string }> {
    if (this.#byName !== null)
      for (const [name, number] of this.#byName) yield { name, ...unpackFile(number) };
    else if (this.#numbers.length > 0)
      for (const [at, name] of this.#names.split('/').entries())
        yield { name, ...unpackFile(this.#numbers[at] ?? 0) };
  }

  /** Says that nothing more is expected here for now. */
  pack(): void {
    if (this.#byName === null || this.#wasPacked) return;
    this.#wasPacked = true;
    this.#names = [...this.#byName.keys()].join('/');
    this.#numbers = [...this.#byName.values()];
    this.#byName = null;
  }

  #mayHave(name: string): boolean {
    if (this.#byName !== null || ++this.#searches > SEARCHES_MAX) return true;
    return this.#names.includes(name);
  }

  /** Its names are parts of the one text, which takes less memory than a copy of each. */
  #unpack(): Map<string, number> {
    if (this.#byName !== null) return this.#byName;
    const byName = new Map<string, number>();
    if (this.#numbers.length > 0)
      for (const [at, name] of this.#names.split('/').entries())
        byName.set(name, this.#numbers[at] ?? 0);
    this.#byName = byName;
    this.#names = '';
    this.#numbers = [];
    return byName;
  }
}

/** A part of a text keeps the whole text in memory. */
function copyText(part: string): string {
  return part.isWellFormed() ? Buffer.from(part, 'utf8').toString('utf8') : part;
}

/** The layer stands below the size: 2^36 bytes of an image times 2^10 is an exact number. */
const LAYERS = 1_024;
const SIZE_MAX = 2 ** 42;

function packFile({ size, layer }: PlainFile): number {
  return Math.min(size, SIZE_MAX) * LAYERS + layer;
}

function unpackFile(packed: number): PlainFile {
  return { size: Math.floor(packed / LAYERS), layer: packed % LAYERS };
}
