import { readLiteral } from './literal.ts';
import { type Content, type Loop, type Node, SyntaxFlaw } from './syntax.ts';

const SPACE = /(?:[\t\n\f\r ]|\/\/[^\r\n]*)*/y;
const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const RELATION = /<=|>=|==|!=|<|>|in(?![_a-zA-Z0-9])/y;
const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);
/** No variable and no function can be called so (CEL specification, "Syntax"). */
const RESERVED: ReadonlySet<string> = new Set([
  ...KEYWORDS,
  ...'as break const continue else for function if import let loop package'.split(' '),
  ...'namespace return var void while'.split(' '),
]);

/**
 * Parses by descent, one method for each level of the grammar of CEL. The caller bounds length and
 * nesting. Throws a `SyntaxFlaw`.
 */
export function parseTree(text: string): Node {
  return new Parser(text).parseWhole();
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parseWhole(): Node {
    this.#skipSpace();
    if (this.#at === this.#text.length) throw new SyntaxFlaw(0, 'the expression is empty');
    const node = this.#parseConditional();
    if (this.#at < this.#text.length) throw this.#unexpected('an operator');
    return node;
  }

  #parseConditional(): Node {
    const test = this.#parseAnyOf();
    if (!this.#take('?')) return test;
    const yes = this.#parseAnyOf();
    this.#require(':');
    return makeCall(test.offset, '_?_:_', [test, yes, this.#parseConditional()]);
  }

  #parseAnyOf(): Node {
    return this.#parseChain('||', '_||_', () =>
      this.#parseChain('&&', '_&&_', () => this.#parseRelation()),
    );
  }

  /** A long chain becomes a balanced tree, so that it is not deep. */
  #parseChain(sign: string, name: string, parseTerm: () => Node): Node {
    const terms = [parseTerm()];
    while (this.#take(sign)) terms.push(parseTerm());
    return balance(name, terms);
  }

  #parseRelation(): Node {
    let node = this.#parseSum();
    for (;;) {
      const offset = this.#at;
      const sign = this.#match(RELATION);
      if (sign === null) return node;
      this.#skipSpace();
      const name = sign === 'in' ? '@in' : `_${sign}_`;
      node = makeCall(offset, name, [node, this.#parseSum()]);
    }
  }

  #parseSum(): Node {
    return this.#parseOperators('+-', () => this.#parseOperators('*/%', () => this.#parseUnary()));
  }

  #parseOperators(signs: string, parseTerm: () => Node): Node {
    let node = parseTerm();
    for (;;) {
      const offset = this.#at;
      const sign = this.#text[offset] ?? '';
      if (sign === '' || !signs.includes(sign)) return node;
      this.#at++;
      this.#skipSpace();
      node = makeCall(offset, `_${sign}_`, [node, parseTerm()]);
    }
  }

  #parseUnary(): Node {
    const offset = this.#at;
    const sign = this.#text[offset] ?? '';
    if (sign !== '!' && (sign !== '-' || readLiteral(this.#text, offset) !== null))
      return this.#parseMember();
    let count = 0;
    while (this.#text[this.#at] === sign) {
      this.#at++;
      count++;
    }
    this.#skipSpace();
    const operand = this.#parseMember();
    if (count % 2 === 0) return operand;
    const { content } = operand;
    if (content.kind === 'call' && content.name === `${sign}_`) return content.args[0] ?? operand;
    return makeCall(offset, `${sign}_`, [operand]);
  }

  #parseMember(): Node {
    let node = this.#parsePrimary();
    for (;;) {
      const offset = this.#at;
      if (this.#take('[')) {
        const index = this.#parseConditional();
        this.#require(']');
        node = makeCall(offset, '_[_]', [node, index]);
      } else if (this.#take('.')) node = this.#parseField(offset, node);
      else if (this.#text[offset] === '{' && isPath(node))
        throw new SyntaxFlaw(node.offset, 'messages cannot be built here');
      else return node;
    }
  }

  #parseField(offset: number, holder: Node): Node {
    const field = this.#parseSelector();
    if (!this.#take('(')) return { offset, content: { kind: 'field', holder, field } };
    const args = this.#parseList(')', false);
    const loop = readLoop(holder, field, args);
    return {
      offset,
      content: loop ?? { kind: 'call', name: field, target: holder, args },
    };
  }

  #parsePrimary(): Node {
    const offset = this.#at;
    const literal = readLiteral(this.#text, offset);
    if (literal !== null) {
      this.#at = literal.end;
      this.#skipSpace();
      return { offset, content: { kind: 'constant', constant: literal.constant } };
    }
    if (this.#take('(')) {
      const node = this.#parseConditional();
      this.#require(')');
      return node;
    }
    if (this.#take('['))
      return { offset, content: { kind: 'list', elements: this.#parseList(']', true) } };
    if (this.#take('{')) return { offset, content: { kind: 'map', entries: this.#parseEntries() } };
    return { offset, content: this.#parseWord(this.#take('.')) };
  }

  /** A constant, a variable or a function; `.x` is the `x` outside of all containers. */
  #parseWord(rooted: boolean): Content {
    const constant = rooted ? null : this.#takeConstant();
    if (constant !== null) return constant;
    const name = this.#parseName();
    if (!this.#take('(')) return { kind: 'name', name };
    const args = this.#parseList(')', false);
    const [only] = args;
    return name === 'has' && args.length === 1 && only?.content.kind === 'field'
      ? { ...only.content, kind: 'presence' }
      : { kind: 'call', name, target: null, args };
  }

  #takeConstant(): Content | null {
    const word = this.#peekName();
    if (word !== 'true' && word !== 'false' && word !== 'null') return null;
    this.#at += word.length;
    this.#skipSpace();
    return word === 'null'
      ? { kind: 'constant', constant: { kind: 'null' } }
      : { kind: 'constant', constant: { kind: 'bool', value: word === 'true' } };
  }

  #parseList(close: string, mayTrail: boolean): readonly Node[] {
    const items: Node[] = [];
    while (!this.#take(close)) {
      items.push(this.#parseConditional());
      if (this.#take(close)) break;
      this.#require(',');
      if (!mayTrail && this.#text[this.#at] === close) throw this.#unexpected('a value');
    }
    return items;
  }

  #parseEntries(): readonly (readonly [Node, Node])[] {
    const entries: (readonly [Node, Node])[] = [];
    while (!this.#take('}')) {
      const key = this.#parseConditional();
      this.#require(':');
      entries.push([key, this.#parseConditional()]);
      if (this.#take('}')) break;
      this.#require(',');
    }
    return entries;
  }

  /** The name of a variable or of a function. */
  #parseName(): string {
    const name = this.#peekName();
    if (name !== null && RESERVED.has(name))
      throw new SyntaxFlaw(this.#at, `${name} is a reserved word`);
    return this.#takeName(name, 'a value');
  }

  /** Behind a dot, a word of another language is a name. */
  #parseSelector(): string {
    const name = this.#peekName();
    if (name !== null && KEYWORDS.has(name))
      throw new SyntaxFlaw(this.#at, `${name} is a reserved word`);
    return this.#takeName(name, 'a name');
  }

  #takeName(name: string | null, expected: string): string {
    if (name === null) throw this.#unexpected(expected);
    this.#at += name.length;
    this.#skipSpace();
    return name;
  }

  #peekName(): string | null {
    NAME.lastIndex = this.#at;
    return NAME.exec(this.#text)?.[0] ?? null;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  /** Takes the sign and the space behind it. */
  #take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    this.#skipSpace();
    return true;
  }

  #require(sign: string): void {
    if (!this.#take(sign)) throw this.#unexpected(sign);
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #unexpected(expected: string): SyntaxFlaw {
    const found = this.#text.slice(this.#at).match(/^(?:\w{1,30}|[\s\S])/u)?.[0];
    const what = found === undefined ? 'the end' : JSON.stringify(found);
    return new SyntaxFlaw(this.#at, `found ${what}, expecting ${expected}`);
  }
}

function makeCall(offset: number, name: string, args: readonly Node[]): Node {
  return { offset, content: { kind: 'call', name, target: null, args } };
}

function balance(name: string, terms: readonly Node[]): Node {
  const [first] = terms;
  if (first === undefined) throw new SyntaxFlaw(0, 'an operand is missing');
  if (terms.length === 1) return first;
  const middle = Math.ceil(terms.length / 2);
  const [one, other] = [terms.slice(0, middle), terms.slice(middle)];
  return makeCall(first.offset, name, [balance(name, one), balance(name, other)]);
}

/** `a` or `a.b.c`, which could name a message. */
function isPath({ content }: Node): boolean {
  return content.kind === 'name' || (content.kind === 'field' && isPath(content.holder));
}

const DECIDING = new Map([
  ['all', 'all'],
  ['exists', 'exists'],
  ['exists_one', 'exists_one'],
  ['existsOne', 'exists_one'],
] as const satisfies readonly (readonly [string, Loop['macro']])[]);

/** A macro has the name of its variable as its first argument; otherwise it is a call. */
function readLoop(range: Node, name: string, args: readonly Node[]): Loop | null {
  const [first, second, third] = args;
  if (first?.content.kind !== 'name' || second === undefined) return null;
  const loop = { kind: 'loop', range, variable: first.content.name } as const;
  const decider = (DECIDING as ReadonlyMap<string, Loop['macro']>).get(name);
  if (args.length === 2 && decider !== undefined)
    return { ...loop, macro: decider, predicate: second, transform: null };
  if (args.length === 2 && name === 'filter')
    return { ...loop, macro: 'list', predicate: second, transform: first };
  if (args.length === 2 && name === 'map')
    return { ...loop, macro: 'list', predicate: null, transform: second };
  return args.length === 3 && name === 'map' && third !== undefined
    ? { ...loop, macro: 'list', predicate: second, transform: third }
    : null;
}
