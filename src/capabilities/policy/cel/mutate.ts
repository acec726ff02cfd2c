import type { Call, Content, Loop, Node } from './syntax.ts';

/** An expression with one change. */
export interface MutatedTree {
  /** Where the change is, in UTF-16 units from the beginning of the text. */
  readonly offset: number;
  /** `&& becomes ||`. */
  readonly change: string;
  readonly root: Node;
}

/**
 * Every expression that differs from this one in a single operator, quantifier or operand: what
 * tests of a rule should notice.
 */
export function* mutateTree(node: Node): Generator<MutatedTree> {
  for (const { change, root } of replaceNode(node)) yield { offset: node.offset, change, root };
  for (const [child, put] of listChildren(node.content))
    for (const { offset, change, root } of mutateTree(child))
      yield { offset, change, root: { offset: node.offset, content: put(root) } };
}

type Replacement = Omit<MutatedTree, 'offset'>;

const OTHER_OPERATORS: ReadonlyMap<string, readonly string[]> = new Map([
  ['_&&_', ['_||_']],
  ['_||_', ['_&&_']],
  ['_==_', ['_!=_']],
  ['_!=_', ['_==_']],
  ['_<_', ['_<=_', '_>_']],
  ['_<=_', ['_<_', '_>_']],
  ['_>_', ['_>=_', '_<_']],
  ['_>=_', ['_>_', '_<_']],
]);

const OTHER_LOOPS: Partial<Record<Loop['macro'], Loop['macro']>> = {
  all: 'exists',
  exists: 'all',
};

function* replaceNode(node: Node): Generator<Replacement> {
  const { content, offset } = node;
  if (content.kind === 'loop') {
    const macro = OTHER_LOOPS[content.macro];
    if (macro !== undefined)
      yield {
        change: `${content.macro} becomes ${macro}`,
        root: { offset, content: { ...content, macro } },
      };
    return;
  }
  if (content.kind !== 'call' || content.target !== null) return;
  const { name, args } = content;
  for (const other of OTHER_OPERATORS.get(name) ?? [])
    yield {
      change: `${showOperator(name)} becomes ${showOperator(other)}`,
      root: { offset, content: { ...content, name: other } },
    };
  const [first, second, third] = args;
  if (first === undefined) return;
  if (name === '!_') yield { change: '! is dropped', root: first };
  if (second === undefined) return;
  if (name === '_&&_' || name === '_||_') {
    yield { change: `what stands after ${showOperator(name)} is dropped`, root: first };
    yield { change: `what stands before ${showOperator(name)} is dropped`, root: second };
  }
  if (name !== '_?_:_' || third === undefined) return;
  yield { change: 'the answer before : is always taken', root: second };
  yield { change: 'the answer behind : is always taken', root: third };
}

/** `_&&_` as it is written: `&&`. */
function showOperator(name: string): string {
  return name.slice(1, -1);
}

/** Each part of a node, and how the node is with another one in its place. */
function* listChildren(content: Content): Generator<readonly [Node, (child: Node) => Content]> {
  switch (content.kind) {
    case 'call':
      yield* listParts(content);
      return;
    case 'list':
      for (const [at, element] of content.elements.entries())
        yield [element, (child) => ({ ...content, elements: content.elements.with(at, child) })];
      return;
    case 'loop':
      yield [content.range, (range) => ({ ...content, range })];
      if (content.predicate !== null)
        yield [content.predicate, (predicate) => ({ ...content, predicate })];
      if (content.transform !== null)
        yield [content.transform, (transform) => ({ ...content, transform })];
      return;
    case 'field':
      yield [content.holder, (holder) => ({ ...content, holder })];
      return;
    default:
      return;
  }
}

function* listParts(content: Call): Generator<readonly [Node, (child: Node) => Content]> {
  if (content.target !== null) yield [content.target, (target) => ({ ...content, target })];
  for (const [at, arg] of content.args.entries())
    yield [arg, (child) => ({ ...content, args: content.args.with(at, child) })];
}
