import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeHarmless } from './io.ts';
import { createNode, formatTree, type TreeNode } from './tree.ts';

it('shows the tree of the nodes', () => {
  expect(formatTree([createNode('a', createNode('b', 'c'), 'd'), createNode('e')])).toBe(
    'a\n├─ b\n│  └─ c\n└─ d\ne\n',
  );
});

const count = (root: TreeNode): number =>
  1 + root.children.reduce((sum, child) => sum + count(child), 0);
const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.constantFrom('\u001b[2J', 'a\nb', '\r\u001b[K', '└─ forged'),
);
const trees = fc.letrec<{ node: TreeNode }>((tie) => ({
  node: fc.record({
    text: texts,
    children: fc.oneof(
      { depthSize: 'small' },
      fc.constant([]),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  }),
})).node;

it('A76: every node is one line, and its text never controls a terminal', () => {
  fc.assert(
    fc.property(trees, (root) => {
      const text = formatTree([root]);
      expect(text.split('\n')).toHaveLength(count(root) + 1);
      expect(makeHarmless(text)).toBe(text);
    }),
  );
});
