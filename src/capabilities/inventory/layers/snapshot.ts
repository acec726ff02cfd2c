import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type PlainFile, PlainFiles, type PlainFolder } from './plain-files.ts';
import { createLoopFailure, tooManyNodes, tooManySteps } from './snapshot-failures.ts';
import { createNode, findFirstLayer, isBare, type Node } from './snapshot-node.ts';

/** What a path leads to when every symlink in it is followed inside the root. */
export type PathResolution<T> =
  | {
      readonly kind: 'path';
      readonly path: string;
      readonly value: T | null;
    }
  | { readonly kind: 'loop' }
  | { readonly kind: 'escape' };

export interface SnapshotOptions {
  /**
   * An absolute link, or one with too many `..`, stays inside the root, as in a container; else it
   * leads out of it.
   */
  readonly clamp: boolean;
  readonly nodesMax?: number;
  readonly stepsMax?: number;
  readonly plainMax?: number;
}

/**
 * The parts of a file system that could matter: its symlinks and the requested files, while layers
 * are applied one over the other. Of other files only size and layer are kept, and only of so many:
 * `plainFiles` is then null. Layers come lowest first.
 */
export class Snapshot<T> {
  readonly #root: Node<T> = createNode();
  readonly #clamp: boolean;
  readonly #nodesMax: number;
  readonly #stepsMax: number;
  readonly #plainMax: number;
  #plain = 0;
  /** Where the last plain file was put. */
  #filled: PlainFiles | null = null;
  #tooManyPlain = false;
  #nodes = 0;
  #links = 0;
  #steps = 0;
  #cachedFolder: string | null = null;
  #cachedReal = '';
  /** The folder that was found last, and its node: a walk puts its files one after the other. */
  #foundFolder: string | null = null;
  #foundNode: Node<T> | null = null;

  constructor(options: SnapshotOptions) {
    this.#clamp = options.clamp;
    this.#nodesMax = options.nodesMax ?? LIMITS.imageNodesMax;
    this.#stepsMax = options.stepsMax ?? LIMITS.linkStepsMax;
    this.#plainMax = options.plainMax ?? LIMITS.imageFilesMax;
  }

  /**
   * The real place of an entry with that path: links among its parents are followed, its own name
   * is not.
   */
  locateEntry(path: string): string {
    if (this.#links === 0) return path;
    const slash = path.lastIndexOf('/');
    if (slash === -1) return path;
    const folder = path.slice(0, slash);
    if (folder !== this.#cachedFolder) {
      const resolved = this.resolve(folder);
      if (resolved.kind !== 'path') throw createLoopFailure(folder);
      this.#cachedFolder = folder;
      this.#cachedReal = resolved.path;
    }
    return this.#cachedReal === ''
      ? path.slice(slash + 1)
      : `${this.#cachedReal}/${path.slice(slash + 1)}`;
  }

  /** As `place`; null where links loop or leave the root. */
  tryLocateEntry(path: string): string | null {
    try {
      return this.locateEntry(path);
    } catch (thrown) {
      if (thrown instanceof Failure && thrown.code === 'UNSAFE_PATH') return null;
      throw thrown;
    }
  }

  /** A file, link or device at a real path replaces what was there, even a whole folder. */
  put(
    path: string,
    layer: number,
    content: { readonly symlink: string } | { readonly value: T } | null,
  ): void {
    this.#replace(path);
    if (content === null) return;
    const node = this.#make(path);
    node.layer = layer;
    if ('symlink' in content) {
      node.symlink = content.symlink;
      this.#links++;
      this.#cachedFolder = null;
    } else node.value = content.value;
  }

  /** The same for a file of which only size and layer are remembered, as long as they fit. */
  putPlain(path: string, { size, layer }: PlainFile): void {
    this.#replace(path);
    // mutant snapshot-plain-files-limit by unexplained: remove
    if (this.#plain >= this.#plainMax || this.#nodes * 2 > this.#nodesMax) {
      this.#tooManyPlain = true;
      return;
    }
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? this.#root : this.#makeFolder(path.slice(0, slash));
    folder.value = null;
    folder.plain ??= new PlainFiles();
    if (folder.plain !== this.#filled) {
      this.#filled?.pack();
      this.#filled = folder.plain;
    }
    folder.plain.set(path.slice(slash + 1), { size, layer });
    this.#plain++;
  }

  /** Forgets the plain file at a real path, if it is one and `wanted` says so. */
  #dropPlain(path: string, wanted: (file: PlainFile) => boolean): void {
    if (this.#plain === 0) return;
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? this.#root : this.#findFolder(path.slice(0, slash));
    const name = path.slice(slash + 1);
    const file = folder?.plain?.get(name);
    if (file === undefined || !wanted(file)) return;
    folder?.plain?.delete(name);
    this.#plain--;
  }

  /**
   * One look-up for each of the many files of a package: a plain file with that path, up to a
   * layer, is forgotten; of a link or a value it gives the real path, of all else null.
   */
  claimEntry(path: string, layer: number): string | null {
    const real = this.tryLocateEntry(path);
    if (real === null) return null;
    const slash = real.lastIndexOf('/');
    const folder = slash === -1 ? this.#root : this.#findFolder(real.slice(0, slash));
    if (folder === null) return null;
    const name = real.slice(slash + 1);
    if (folder.plain?.deleteUpTo(name, layer) === true) this.#plain--;
    const node = folder.children?.get(name);
    return node === undefined || (node.symlink === null && node.value === null) ? null : real;
  }

  /**
   * Whether anything was put below a real path, as far as is known: without every plain file in
   * memory, anything may have been.
   */
  mayHoldFiles(path: string): boolean {
    // mutant folder-of-forgotten-files-is-empty by follow-links: operand 1 -> false
    return this.#tooManyPlain || this.#search(path) !== null;
  }

  /** The plain files that are left, folder by folder; null where there were too many to keep. */
  plainFiles(): Iterable<PlainFolder> | null {
    return this.#tooManyPlain ? null : this.#listPlain();
  }

  /** A folder replaces what is not a folder, and merges with one. */
  putFolder(path: string): void {
    this.#dropPlain(path, () => true);
    const old = this.#find(path);
    if (old === null || (old.symlink === null && old.value === null)) return;
    this.#forget(old);
  }

  /**
   * OCI image-spec, layer.md, "Whiteouts": hides the content of lower layers at the path, never
   * that of this layer.
   */
  hidePath(path: string, layer: number): void {
    this.#dropPlain(path, (file) => file.layer < layer);
    const node = this.#find(path);
    if (node !== null) this.#forgetBelow(node, layer, true);
  }

  /** "Opaque Whiteout": hides all content of lower layers in the folder. */
  hideFolder(path: string, layer: number): void {
    const node = path === '' ? this.#root : this.#find(path);
    if (node !== null) this.#forgetBelow(node, layer, false);
  }

  get(path: string): T | null {
    return this.#find(path)?.value ?? null;
  }

  /** The layer of the link or value at a real path; null where there is none. */
  findLayer(path: string): number | null {
    const node = this.#find(path);
    return node === null || (node.value === null && node.symlink === null) ? null : node.layer;
  }

  /** The target of the link at a real path; null where there is none. */
  readLink(path: string): string | null {
    return this.#find(path)?.symlink ?? null;
  }

  /**
   * Follows every link of a path. A path that is not there is its own answer: most folders are not
   * recorded here.
   */
  resolve(path: string): PathResolution<T> {
    const rest = path.split('/').reverse();
    const real: string[] = [];
    const nodes: (Node<T> | null)[] = [this.#root];
    let links = 0;
    while (rest.length > 0) {
      const segment = rest.pop() ?? '';
      if (++this.#steps > this.#stepsMax) throw tooManySteps(this.#stepsMax);
      if (segment === '' || segment === '.') continue;
      if (segment === '..') {
        if (real.length === 0 && !this.#clamp) return { kind: 'escape' };
        if (real.length > 0) {
          real.pop();
          nodes.pop();
        }
        continue;
      }
      const node: Node<T> | null = nodes.at(-1)?.children?.get(segment) ?? null;
      if (node?.symlink === undefined || node.symlink === null) {
        real.push(segment);
        nodes.push(node);
        continue;
      }
      if (++links > LIMITS.linksMax) return { kind: 'loop' };
      if (node.symlink.startsWith('/')) {
        if (!this.#clamp) return { kind: 'escape' };
        real.length = 0;
        nodes.length = 1;
      }
      const steps = node.symlink.split('/');
      if (rest.length + steps.length > LIMITS.pathBytesMax) return { kind: 'loop' };
      rest.push(...steps.reverse());
    }
    const last = nodes.at(-1) ?? null;
    return {
      kind: 'path',
      path: real.join('/'),
      value: last?.value ?? null,
    };
  }

  /** All links and values by real path, in the order of the paths. */
  *entries(): Generator<{
    readonly path: string;
    readonly layer: number;
    readonly symlink: string | null;
    readonly value: T | null;
  }> {
    const stack: { node: Node<T>; path: string }[] = [{ node: this.#root, path: '' }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { node, path } = top;
      if (node.symlink !== null || node.value !== null)
        yield { path, layer: node.layer, symlink: node.symlink, value: node.value };
      const names = [...(node.children?.keys() ?? [])].sort().reverse();
      for (const name of names) {
        const child = node.children?.get(name);
        if (child !== undefined)
          stack.push({ node: child, path: path === '' ? name : `${path}/${name}` });
      }
    }
  }

  /** The folders in a folder at a real path that have something in them, with their first layer. */
  *listFolders(path: string): Generator<{ readonly name: string; readonly layer: number }> {
    for (const [name, node] of this.#search(path)?.children ?? []) {
      const layer = node.symlink === null && node.value === null ? findFirstLayer(node) : null;
      if (layer !== null) yield { name, layer };
    }
  }

  *#listPlain(): Generator<PlainFolder> {
    const stack: { node: Node<T>; path: string }[] = [{ node: this.#root, path: '' }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { node, path } = top;
      if (node.plain !== null && node.plain.size > 0)
        yield { path, files: [...node.plain.entries()] };
      for (const [name, child] of node.children ?? [])
        stack.push({ node: child, path: path === '' ? name : `${path}/${name}` });
    }
  }

  /** Something new comes to a path: what was there goes, even a whole folder. */
  #replace(path: string): void {
    this.#dropPlain(path, () => true);
    const old = this.#find(path);
    if (old !== null) this.#forget(old);
  }

  #find(path: string): Node<T> | null {
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? this.#root : this.#findFolder(path.slice(0, slash));
    return folder?.children?.get(path.slice(slash + 1)) ?? null;
  }

  #findFolder(path: string): Node<T> | null {
    if (path === this.#foundFolder) return this.#foundNode;
    const node = this.#search(path);
    if (node !== null) [this.#foundFolder, this.#foundNode] = [path, node];
    return node;
  }

  #makeFolder(path: string): Node<T> {
    if (path === this.#foundFolder && this.#foundNode !== null) return this.#foundNode;
    let node = this.#root;
    for (const segment of path.split('/')) node = this.#makeChild(node, segment);
    [this.#foundFolder, this.#foundNode] = [path, node];
    return node;
  }

  #make(path: string): Node<T> {
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? this.#root : this.#makeFolder(path.slice(0, slash));
    return this.#makeChild(folder, path.slice(slash + 1));
  }

  /** Nodes were taken out of the tree: the one that was found last may be among them. */
  #forgetFound(): void {
    this.#foundFolder = null;
    this.#foundNode = null;
  }

  #search(path: string): Node<T> | null {
    let node: Node<T> | undefined = this.#root;
    for (let from = 0; from <= path.length && node !== undefined; ) {
      if (node.children === null) return null;
      const slash = path.indexOf('/', from);
      const end = slash === -1 ? path.length : slash;
      node = node.children.get(path.slice(from, end));
      from = end + 1;
    }
    return node ?? null;
  }

  #makeChild(node: Node<T>, name: string): Node<T> {
    // A file where a folder must be: the tar has an entry below a file, and the folder wins, as in
    // unpacking.
    node.value = null;
    if (node.plain?.delete(name) === true) this.#plain--;
    node.children ??= new Map();
    const known = node.children.get(name);
    if (known !== undefined) return known;
    if (++this.#nodes > this.#nodesMax) {
      throw tooManyNodes(this.#nodesMax);
    }
    const child = createNode<T>();
    node.children.set(name, child);
    return child;
  }

  #forget(node: Node<T>): void {
    if (node.symlink !== null) this.#links--;
    if (node.symlink !== null || node.children !== null) this.#cachedFolder = null;
    for (const child of node.children?.values() ?? []) this.#forget(child);
    if (node.children !== null) {
      this.#nodes -= node.children.size;
      this.#forgetFound();
    }
    this.#plain -= node.plain?.size ?? 0;
    node.plain = null;
    node.symlink = null;
    node.value = null;
    node.children = null;
  }

  #forgetBelow(node: Node<T>, layer: number, itself: boolean): void {
    if (itself && node.layer < layer) {
      if (node.symlink !== null) {
        this.#links--;
        this.#cachedFolder = null;
      }
      node.symlink = null;
      node.value = null;
    }
    if (node.hidden === layer) return;
    node.hidden = layer;
    for (const file of [...(node.plain?.entries() ?? [])])
      if (file.layer < layer && node.plain?.delete(file.name) === true) this.#plain--;
    for (const [name, child] of node.children ?? []) {
      this.#forgetBelow(child, layer, true);
      if (isBare(child)) {
        node.children?.delete(name);
        this.#nodes--;
        this.#forgetFound();
      }
    }
    if (node.children?.size === 0) node.children = null;
  }
}
