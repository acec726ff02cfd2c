import { printable } from './io.ts';

export interface TreeNode {
  readonly text: string;
  readonly children: readonly TreeNode[];
}

export function node(text: string, ...children: readonly (TreeNode | string)[]): TreeNode {
  return { text, children: children.map((child) => (typeof child === 'string' ? node(child) : child)) };
}

/** One line a node, whatever its text holds; a branch says by its lead where it hangs. */
export function tree(roots: readonly TreeNode[]): string {
  return roots.map((root) => `${printable(root.text)}\n${branches(root.children, '')}`).join('');
}

function branches(children: readonly TreeNode[], lead: string): string {
  return children
    .map(({ text, children: inner }, at) => {
      const last = at === children.length - 1;
      const line = `${lead}${last ? '└─ ' : '├─ '}${printable(text)}\n`;
      return line + branches(inner, `${lead}${last ? '   ' : '│  '}`);
    })
    .join('');
}
