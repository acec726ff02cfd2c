import type { PlainFiles } from './plain-files.ts';

/** One name in a snapshot: a folder, a link or a file that matters. */
export interface Node<T> {
  children: Map<string, Node<T>> | null;
  plain: PlainFiles | null;
  symlink: string | null;
  value: T | null;
  layer: number;
  /**
   * The layer that last hid all content of lower layers below this node: to hide it twice would
   * only cost time.
   */
  hidden: number;
}

export function createNode<T>(): Node<T> {
  return { children: null, plain: null, symlink: null, value: null, layer: 0, hidden: -1 };
}

export function isBare<T>({ children, plain, symlink, value }: Node<T>): boolean {
  return children === null && (plain?.size ?? 0) === 0 && symlink === null && value === null;
}
