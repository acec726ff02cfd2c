import type { CompiledExpression } from '../cel/compiler-context.ts';
import type { Node } from '../cel/syntax.ts';

/** A condition of an expression, and the answers that it has given. */
export interface WatchedCondition {
  readonly offset: number;
  readonly seen: Set<boolean>;
}

/** Counts what the conditions of one expression answer: both answers of each are its branches. */
export class ConditionWatch {
  readonly conditions: WatchedCondition[] = [];

  /** For `CompileOptions.watch`. */
  readonly watch = (node: Node, compiled: CompiledExpression): CompiledExpression => {
    if (compiled.type.kind !== 'bool' || !isCondition(node)) return compiled;
    const seen = new Set<boolean>();
    this.conditions.push({ offset: findStart(node), seen });
    return {
      type: compiled.type,
      run: (run) => {
        const value = compiled.run(run);
        if (typeof value === 'boolean') seen.add(value);
        return value;
      },
    };
  };
}

const JOINS = new Set(['_&&_', '_||_', '!_', '_?_:_']);

/** What only joins conditions has the branches of its parts; what is written out has none. */
function isCondition({ content }: Node): boolean {
  if (content.kind === 'constant') return false;
  return content.kind !== 'call' || content.target !== null || !JOINS.has(content.name);
}

/** The offset of an operator or a method is behind its first operand. */
function findStart({ offset, content }: Node): number {
  const first =
    content.kind === 'call'
      ? (content.target ?? content.args[0])
      : content.kind === 'field' || content.kind === 'presence'
        ? content.holder
        : content.kind === 'loop'
          ? content.range
          : undefined;
  return first === undefined ? offset : Math.min(offset, findStart(first));
}
