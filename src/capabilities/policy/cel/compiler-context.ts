import type { Node } from './parse.ts';
import type { Run } from './run.ts';
import type { CelType } from './type.ts';
import type { Value } from './value.ts';

/** A checked expression, ready to be asked. */
export interface CompiledExpression {
  readonly type: CelType;
  readonly run: (run: Run) => Value;
}

/** What operators, functions and loops need of the compiler that they are part of. */
export interface CompilerContext {
  /** A message may show the unknown as text; a rule may not, or it could decide on it. */
  readonly message: boolean;
  compile(node: Node): CompiledExpression;
  /** Runs `work` while `name` stands for the element of a loop. */
  withVariable<T>(name: string, type: CelType, work: (slot: number) => T): T;
}

/** What stands in the way of an expression, and where; thrown inside the compiler only. */
export class Flaw extends Error {
  readonly node: Node;
  constructor(node: Node, message: string) {
    super(message);
    this.node = node;
  }
}

export function requireNode(node: Node, part: Node | undefined): Node {
  if (part === undefined) throw new Flaw(node, 'the expression is not whole');
  return part;
}
