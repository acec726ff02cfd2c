import type { Run } from './run.ts';
import type { Node } from './syntax.ts';
import type { CelType } from './type.ts';
import type { Value } from './value.ts';

/** A checked expression, ready to be evaluated. */
export interface CompiledExpression {
  readonly type: CelType;
  readonly run: (run: Run) => Value;
}

/** What operators, functions and loops need from the compiler. */
export interface CompilerContext {
  /** A message may show unknown values as text; a rule may not, because it could decide by them. */
  readonly message: boolean;
  compile(node: Node): CompiledExpression;
  /** Runs `work` while `name` is the element of a loop. */
  withVariable<T>(name: string, type: CelType, work: (slot: number) => T): T;
}

/** Why an expression cannot be compiled, and where; thrown inside the compiler only. */
export class Flaw extends Error {
  readonly node: Node;
  constructor(node: Node, message: string) {
    super(message);
    this.node = node;
  }
}
