import { makePrintable } from './io.ts';

export interface TreeNode {
  readonly text: string;
  readonly children: readonly TreeNode[];
}

export function createNode(text: string, ...children: readonly (TreeNode | string)[]): TreeNode {
  return {
    text,
    children: children.map((child) => (typeof child === 'string' ? createNode(child) : child)),
  };
}

/** One line for each node, whatever its text contains; the lead of a line shows its branch. */
export function formatTree(roots: readonly TreeNode[]): string {
  return roots
    .map((root) => `${makePrintable(root.text)}\n${formatBranches(root.children, '')}`)
    .join('');
}

function formatBranches(children: readonly TreeNode[], lead: string): string {
  return children
    .map(({ text, children: inner }, at) => {
      const last = at === children.length - 1;
      const line = `${lead}${last ? '└─ ' : '├─ '}${makePrintable(text)}\n`;
      return line + formatBranches(inner, `${lead}${last ? '   ' : '│  '}`);
    })
    .join('');
}
