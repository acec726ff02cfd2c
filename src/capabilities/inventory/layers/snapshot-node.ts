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

/** The lowest layer of what is left in a folder; null where that is nothing. */
export function findFirstLayer<T>(folder: Node<T>): number | null {
  let first: number | null = null;
  const note = (layer: number): void => {
    first = first === null ? layer : Math.min(first, layer);
  };
  const stack = [folder];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.symlink !== null || node.value !== null) note(node.layer);
    for (const { layer } of node.plain?.entries() ?? []) note(layer);
    stack.push(...(node.children?.values() ?? []));
  }
  return first;
}
