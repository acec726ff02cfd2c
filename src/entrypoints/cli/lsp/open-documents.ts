import { dirname, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { LIMITS } from '../../../core/limits.ts';

/** A document as the editor has it. Each change makes a new value. */
export interface OpenDocument {
  readonly uri: string;
  readonly version: number | null;
  readonly text: string;
  /** The folder that is examined: of the workspace, or else the document's own. */
  readonly root: string;
  /** Relative to the root, with `/`. */
  readonly path: string;
}

/** Documents of files that are open, by their address. */
export class OpenDocuments {
  readonly #documents = new Map<string, OpenDocument>();
  readonly #folders: readonly string[];

  constructor(folders: readonly string[]) {
    this.#folders = folders.toSorted((one, other) => other.length - one.length);
  }

  get(uri: string): OpenDocument | null {
    return this.#documents.get(uri) ?? null;
  }

  /** The path of a folder of the workspace; null for any other. */
  findFolder(uri: string): string | null {
    return this.#folders.find((folder) => folder === toPath(uri)) ?? null;
  }

  list(): readonly OpenDocument[] {
    return [...this.#documents.values()];
  }

  /** Null for what is no file, and for more documents than the limit. */
  put(uri: string, version: number | null, text: string): OpenDocument | null {
    const file = toPath(uri);
    // mutant editor-documents-without-end by open-documents: operand 2 -> false
    if (file === null || this.#isFull(uri)) return null;
    const root = this.#folders.find((folder) => isBelow(file, folder)) ?? dirname(file);
    const path = relative(root, file).split(sep).join('/');
    const document = { uri, version, text, root, path };
    this.#documents.set(uri, document);
    return document;
  }

  remove(uri: string): void {
    this.#documents.delete(uri);
  }

  /** The documents below a root, as bytes by their path. */
  readEdited(root: string): ReadonlyMap<string, Uint8Array> {
    const own = this.list().filter((one) => one.root === root && !isTooLarge(one));
    return new Map(own.map(({ path, text }) => [path, new TextEncoder().encode(text)]));
  }

  #isFull(uri: string): boolean {
    return this.#documents.size >= LIMITS.editorDocumentsMax && !this.#documents.has(uri);
  }
}

export function isTooLarge({ text }: OpenDocument): boolean {
  return Buffer.byteLength(text) > LIMITS.editorDocumentBytesMax;
}

/** The path of a `file:` address; null for any other. */
export function toPath(uri: string): string | null {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : null;
  } catch {
    return null;
  }
}

export function toUri(path: string): string {
  return pathToFileURL(path).href;
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
