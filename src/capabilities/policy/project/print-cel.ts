import { getOwn } from '../../../core/own.ts';
import type { Constant, Node } from '../cel/syntax.ts';

/** What a name or a member of our facts is called in another engine. */
export interface Dictionary {
  /** The text there for a path such as `image.registry`; null: it has no such fact. */
  readonly find: (path: string) => string | null;
  /** The text for a call of a function that only we have; null: it has none. */
  readonly call: (name: string, args: readonly string[]) => string | null;
}

/** Why an expression cannot be said in another engine. */
export class Unsayable extends Error {}

const OPERATORS: Readonly<Record<string, string>> = {
  ...{ '_&&_': '&&', '_||_': '||', '_==_': '==', '_!=_': '!=', '_<_': '<', '_<=_': '<=' },
  ...{ '_>_': '>', '_>=_': '>=', '_+_': '+', '_-_': '-', '_*_': '*', '_/_': '/', '_%_': '%' },
  '@in': 'in',
};
/** Methods that CEL of Kubernetes has with the same meaning (its library of strings and lists). */
const METHODS = new Set([
  ...['size', 'contains', 'startsWith', 'endsWith', 'matches', 'lowerAscii', 'upperAscii'],
  ...['trim', 'split', 'join'],
]);

/** Prints an expression for another engine of CEL; throws Unsayable for what it would not mean. */
export function printCel(
  node: Node,
  dictionary: Dictionary,
  bound: readonly string[] = [],
): string {
  const print = (one: Node, more: readonly string[] = bound) => printCel(one, dictionary, more);
  const { content } = node;
  switch (content.kind) {
    case 'constant':
      return printConstant(content.constant);
    case 'name':
    case 'field': {
      const path = readPath(node);
      const root = path?.split('.')[0] ?? '';
      if (path !== null && !bound.includes(root)) return findFact(path, dictionary);
      return content.kind === 'name' ? content.name : `${print(content.holder)}.${content.field}`;
    }
    case 'presence':
      return `has(${print(content.holder)}.${content.field})`;
    case 'list':
      return `[${content.elements.map((one) => print(one)).join(', ')}]`;
    case 'map':
      return `{${content.entries.map(([key, one]) => `${print(key)}: ${print(one)}`).join(', ')}}`;
    case 'loop':
      return printLoop(node, dictionary, bound);
    case 'call': {
      const { name, target, args } = content;
      const operator = getOwn(OPERATORS, name);
      const [one = '', two = '', three = ''] = args.map((arg) => print(arg));
      if (operator !== undefined) return `(${one} ${operator} ${two})`;
      if (name === '!_') return `!(${one})`;
      if (name === '-_') return `-(${one})`;
      if (name === '_?_:_') return `(${one} ? ${two} : ${three})`;
      if (name === '_[_]') return `${one}[${two}]`;
      if (target === null && name === 'size') return `size(${one})`;
      if (target !== null && METHODS.has(name))
        return `${print(target)}.${name}(${args.map((arg) => print(arg)).join(', ')})`;
      const own =
        target === null
          ? dictionary.call(
              name,
              args.map((arg) => print(arg)),
            )
          : null;
      // mutant function-that-no-other-engine-has by print-cel: condition -> false
      if (own === null) throw new Unsayable(`it calls ${name}()`);
      return own;
    }
    default:
      return content satisfies never;
  }
}

function printLoop(node: Node, dictionary: Dictionary, bound: readonly string[]): string {
  if (node.content.kind !== 'loop') return '';
  const { macro, range, variable, predicate, transform } = node.content;
  const inner = [...bound, variable];
  const over = printCel(range, dictionary, bound);
  const print = (one: Node | null) => (one === null ? '' : printCel(one, dictionary, inner));
  if (macro !== 'list') return `${over}.${macro}(${variable}, ${print(predicate)})`;
  if (transform === null) return `${over}.filter(${variable}, ${print(predicate)})`;
  const kept = predicate === null ? over : `${over}.filter(${variable}, ${print(predicate)})`;
  return `${kept}.map(${variable}, ${print(transform)})`;
}

function findFact(path: string, { find }: Dictionary): string {
  const text = find(path);
  // mutant fact-that-no-object-has by print-cel: condition -> false
  if (text === null) throw new Unsayable(`it reads ${path}`);
  return text;
}

/** `image.registry`; null for a field of something else than a name. */
function readPath({ content }: Node): string | null {
  if (content.kind === 'name') return content.name;
  if (content.kind !== 'field') return null;
  const holder = readPath(content.holder);
  return holder === null ? null : `${holder}.${content.field}`;
}

function printConstant(constant: Constant): string {
  switch (constant.kind) {
    case 'null':
      return 'null';
    case 'string':
      return printText(constant.value);
    case 'uint':
      return `${constant.value}u`;
    case 'double':
      return Number.isInteger(constant.value) ? `${constant.value}.0` : String(constant.value);
    case 'bytes':
      throw new Unsayable('it has bytes');
    default:
      return String(constant.value);
  }
}

/** A literal that has the same meaning in each engine: only what is plain stays as it is. */
export function printText(text: string): string {
  const plain = text.replace(/[^ !#-&(-[\]-~]/gu, (one) => {
    const code = one.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `'${plain}'`;
}
