import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';

interface Node<T> {
  children: Map<string, Node<T>> | null;
  symlink: string | null;
  value: T | null;
  layer: number;
  /**
   * The layer that last hid all content of lower layers below this node: to hide it twice would
   * only cost time.
   */
  hidden: number;
}

/** What a path leads to when every symlink in it is followed inside the root. */
export type PathResolution<T> =
  | {
      readonly kind: 'path';
      readonly path: string;
      readonly value: T | null;
      readonly isFolder: boolean;
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
}

/**
 * The parts of a file system that could matter: its symlinks and the requested files, while layers
 * are applied one over the other. Other files leave nothing behind, so millions of them cost no
 * memory; they only remove what they replace. Layers come lowest first.
 */
export class Snapshot<T> {
  readonly #root: Node<T> = { children: null, symlink: null, value: null, layer: 0, hidden: -1 };
  readonly #clamp: boolean;
  readonly #nodesMax: number;
  readonly #stepsMax: number;
  #nodes = 0;
  #links = 0;
  #steps = 0;
  #cachedFolder: string | null = null;
  #cachedReal = '';

  constructor(options: SnapshotOptions) {
    this.#clamp = options.clamp;
    this.#nodesMax = options.nodesMax ?? LIMITS.imageNodesMax;
    this.#stepsMax = options.stepsMax ?? LIMITS.linkStepsMax;
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
    const old = this.#find(path);
    if (old !== null) this.#forget(old);
    if (content === null) return;
    const node = this.#make(path);
    node.layer = layer;
    if ('symlink' in content) {
      node.symlink = content.symlink;
      this.#links++;
      this.#cachedFolder = null;
    } else node.value = content.value;
  }

  /** A folder replaces what is not a folder, and merges with one. */
  putFolder(path: string): void {
    const old = this.#find(path);
    if (old === null || (old.symlink === null && old.value === null)) return;
    this.#forget(old);
  }

  /**
   * OCI image-spec, layer.md, "Whiteouts": hides the content of lower layers at the path, never
   * that of this layer.
   */
  hidePath(path: string, layer: number): void {
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
      isFolder: last?.children != null,
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

  #find(path: string): Node<T> | null {
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

  #make(path: string): Node<T> {
    let node = this.#root;
    for (const segment of path.split('/')) {
      // A file where a folder must be: the tar has an entry below a file, and the folder wins, as
      // in unpacking.
      node.value = null;
      node.children ??= new Map();
      let child = node.children.get(segment);
      if (child === undefined) {
        if (++this.#nodes > this.#nodesMax) {
          throw new Failure(
            'LIMIT_EXCEEDED',
            `over ${this.#nodesMax} links and package files`,
            'Split the image.',
          );
        }
        child = { children: null, symlink: null, value: null, layer: 0, hidden: -1 };
        node.children.set(segment, child);
      }
      node = child;
    }
    return node;
  }

  #forget(node: Node<T>): void {
    if (node.symlink !== null) this.#links--;
    if (node.symlink !== null || node.children !== null) this.#cachedFolder = null;
    for (const child of node.children?.values() ?? []) this.#forget(child);
    if (node.children !== null) this.#nodes -= node.children.size;
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
    for (const [name, child] of node.children ?? []) {
      this.#forgetBelow(child, layer, true);
      if (child.children === null && child.symlink === null && child.value === null) {
        node.children?.delete(name);
        this.#nodes--;
      }
    }
    if (node.children?.size === 0) node.children = null;
  }
}

function createLoopFailure(folder: string): Failure {
  return new Failure(
    'UNSAFE_PATH',
    `${folder}: its links loop or leave the root`,
    'Repair the links, then build again.',
  );
}

function tooManySteps(max: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `over ${max} steps through links`,
    'Shorten the chains of links.',
  );
}
