/**
 * The syntax tree of an expression (CEL specification, "Syntax"). Macros that loop are nodes of
 * their own: `all`, `exists`, `exists_one`, `map` and `filter`.
 */
export interface Node {
  /** Where it is, in UTF-16 units from the beginning of the text. */
  readonly offset: number;
  readonly content: Content;
}

export type Content =
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly holder: Node; readonly field: string }
  /** `has(holder.field)` */
  | { readonly kind: 'presence'; readonly holder: Node; readonly field: string }
  | Call
  | { readonly kind: 'list'; readonly elements: readonly Node[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Node, Node])[] }
  | Loop;

export interface Call {
  readonly kind: 'call';
  /** The name of a function, or of an operator: `_+_`, `!_`, `_?_:_`, `_[_]`, `@in`. */
  readonly name: string;
  /** The value whose method is called. */
  readonly target: Node | null;
  readonly args: readonly Node[];
}

export interface Loop {
  readonly kind: 'loop';
  readonly macro: 'all' | 'exists' | 'exists_one' | 'list';
  readonly range: Node;
  readonly variable: string;
  readonly predicate: Node | null;
  /** What `map` and `filter` make of an element. */
  readonly transform: Node | null;
}

export type Constant =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'uint'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'null' };

/** Why a text is no expression, and where; thrown inside the parser only. */
export class SyntaxFlaw extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}
