import { Failure, toFailure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import { checkInt, checkUint } from './arithmetic.ts';
import { toValue } from './bind.ts';
import { compileCall } from './call.ts';
import { type CompiledExpression, type CompilerContext, Flaw } from './compiler-context.ts';
import { evaluationError } from './errors.ts';
import { compileLoop } from './macro.ts';
import { parseExpression, refuseAt } from './parse.ts';
import type { Run } from './run.ts';
import type { Constant, Node } from './syntax.ts';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DYN,
  type FieldTypes,
  formatType,
  INT,
  makeListType,
  NULL,
  TYPE,
  UINT,
  uniteTypes,
} from './type.ts';
import { CelError, CelMap, FactRecord, formatKey, List, TypeName, type Value } from './value.ts';

export interface CompileOptions {
  readonly variables: FieldTypes;
  readonly message?: boolean;
  /** Sees each part when it is compiled, and may put another run in its place. */
  readonly watch?: (node: Node, compiled: CompiledExpression) => CompiledExpression;
}

export interface Expression extends CompiledExpression {
  /** Variables that the expression reads. */
  readonly reads: ReadonlySet<string>;
  /**
   * Slots that a run needs: the variables in the order of their declaration, then those of loops.
   */
  readonly slots: number;
}

interface Variable {
  readonly slot: number;
  readonly type: CelType;
}

/**
 * One expression during compilation. Names are resolved here, so an unknown name is an error of the
 * policy, not of a run.
 */
class Compiler implements CompilerContext {
  readonly reads = new Set<string>();
  readonly message: boolean;
  slots: number;
  private readonly scope = new Map<string, Variable>();
  private readonly watch: CompileOptions['watch'];
  private depth = 0;

  constructor({ variables, message, watch }: CompileOptions) {
    this.message = message === true;
    this.watch = watch;
    for (const [slot, [name, type]] of Object.entries(variables).entries())
      this.scope.set(name, { slot, type });
    this.slots = this.scope.size;
  }

  compile(node: Node): CompiledExpression {
    this.depth++;
    if (this.depth > 2 * LIMITS.policyExpressionDepthMax)
      throw new Flaw(node, 'the expression is nested too deeply');
    const compiled = this.compileKind(node);
    this.depth--;
    return this.watch === undefined ? compiled : this.watch(node, compiled);
  }

  withVariable<T>(name: string, type: CelType, work: (slot: number) => T): T {
    const outer = this.scope.get(name);
    const slot = this.slots++;
    this.scope.set(name, { slot, type });
    const result = work(slot);
    if (outer === undefined) this.scope.delete(name);
    else this.scope.set(name, outer);
    return result;
  }

  private compileKind(node: Node): CompiledExpression {
    const { content } = node;
    switch (content.kind) {
      case 'constant':
        return compileConstant(node, content.constant);
      case 'name':
        return this.variable(node, content.name);
      case 'presence':
        throw new Flaw(
          node,
          'has() is refused, because a missing fact is unknown and not false: use known(x)',
        );
      case 'field':
        return compileSelect(node, this.compile(content.holder), content.field);
      case 'call':
        return compileCall(this, node, content);
      case 'list':
        return compileList(content.elements.map((element) => this.compile(element)));
      case 'map':
        return this.map(content.entries);
      case 'loop':
        return compileLoop(this, node, content);
    }
  }

  private variable(node: Node, name: string): CompiledExpression {
    const variable = this.scope.get(name);
    if (variable === undefined) {
      if (TYPE_NAMES.has(name)) return { type: TYPE, run: () => new TypeName(name) };
      throw new Flaw(node, `no fact is called ${name}`);
    }
    this.reads.add(name);
    const { slot, type } = variable;
    return { type, run: (run) => run.slots[slot] ?? evaluationError(`${name} has no value`) };
  }

  private map(entries: readonly (readonly [Node, Node])[]): CompiledExpression {
    const compiled = entries.map(
      ([key, value]) => [this.compile(key), this.compile(value)] as const,
    );
    const key = compiled.map(([one]) => one.type).reduce(uniteTypes, compiled[0]?.[0].type ?? DYN);
    const value = compiled
      .map(([, one]) => one.type)
      .reduce(uniteTypes, compiled[0]?.[1].type ?? DYN);
    return { type: { kind: 'map', key, value }, run: (run) => buildMap(compiled, run) };
  }
}

const TYPE_NAMES = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
]);

/** Parses, resolves and checks an expression once. */
export function compileExpression(text: string, options: CompileOptions): Result<Expression> {
  const parsed = parseExpression(text);
  return parsed.ok ? compileTree(text, parsed.value, options) : parsed;
}

/** The same for a tree that is there already; `text` is what a message about a flaw quotes. */
export function compileTree(text: string, root: Node, options: CompileOptions): Result<Expression> {
  const compiler = new Compiler(options);
  try {
    const compiled = compiler.compile(root);
    return ok({ ...compiled, reads: compiler.reads, slots: compiler.slots });
  } catch (thrown) {
    if (thrown instanceof Flaw) return refuseAt(text, thrown.node.offset, thrown.message);
    if (thrown instanceof RangeError)
      return refuseAt(text, 0, 'the expression is nested too deeply');
    return failed(toFailure(thrown));
  }
}

/**
 * Evaluates the expression. A spent budget and a defect end it as an error, never as a value (G47).
 */
export function evaluateExpression(expression: CompiledExpression, run: Run): Value {
  try {
    return expression.run(run);
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      return new CelError(
        new Failure('BUDGET_EXCEEDED', thrown.message, 'Simplify the rule.', { cause: thrown }),
      );
    }
    return new CelError(toFailure(thrown));
  }
}

function compileConstant(node: Node, constant: Constant): CompiledExpression {
  switch (constant.kind) {
    case 'bool':
      return compileFixed(BOOL, constant.value);
    case 'int':
      return compileWhole(node, INT, checkInt(constant.value));
    case 'uint':
      return compileWhole(node, UINT, checkUint(constant.value));
    case 'double':
      return compileFixed(DOUBLE, constant.value);
    case 'string':
      return compileFixed({ kind: 'string', values: [constant.value] }, constant.value);
    case 'bytes':
      return compileFixed(BYTES, constant.value);
    case 'null':
      return compileFixed(NULL, null);
  }
}

function compileWhole(node: Node, type: CelType, value: Value): CompiledExpression {
  if (value instanceof CelError) throw new Flaw(node, 'the number is out of range');
  return compileFixed(type, value);
}

function compileFixed(type: CelType, value: Value): CompiledExpression {
  return { type, run: () => value };
}

function compileSelect(node: Node, operand: CompiledExpression, field: string): CompiledExpression {
  const { type } = operand;
  if (type.kind === 'object') {
    const fieldType = getOwn(type.fields, field);
    if (fieldType === undefined) throw new Flaw(node, `${type.name} has no field ${field}`);
    return { type: fieldType, run: (run) => readField(operand.run(run), field) };
  }
  if (type.kind !== 'dyn' && type.kind !== 'map')
    throw new Flaw(node, `${formatType(type)} has no field ${field}`);
  return {
    type: type.kind === 'map' ? type.value : DYN,
    run: (run) => readField(operand.run(run), field),
  };
}

function readField(holder: Value, field: string): Value {
  if (holder instanceof CelError) return holder;
  if (holder instanceof FactRecord) return readFact(holder, field);
  if (!(holder instanceof CelMap)) return evaluationError(`no field ${field}`);
  return (
    holder.entries.get(formatKey(field) ?? '')?.[1] ?? evaluationError(`no such key: ${field}`)
  );
}

function readFact(record: FactRecord, field: string): Value {
  const known = record.lists?.get(field);
  if (known !== undefined) return known;
  const type = getOwn(record.fields, field);
  if (type === undefined) return evaluationError(`${record.name} has no field ${field}`);
  const value = toValue(
    getOwn(record.raw as Record<string, unknown>, field),
    type,
    `${record.name}.${field}`,
  );
  if (value instanceof List) {
    record.lists ??= new Map();
    record.lists.set(field, value);
  }
  return value;
}

function compileList(elements: readonly CompiledExpression[]): CompiledExpression {
  const of = elements.map((element) => element.type).reduce(uniteTypes, elements[0]?.type ?? DYN);
  return {
    type: makeListType(of),
    run: (run) => {
      run.step(elements.length);
      run.grow(16 * elements.length);
      const items: Value[] = [];
      for (const element of elements) {
        const item = element.run(run);
        if (item instanceof CelError) return item;
        items.push(item);
      }
      return new List(items);
    },
  };
}

function buildMap(
  entries: readonly (readonly [CompiledExpression, CompiledExpression])[],
  run: Run,
): Value {
  run.step(entries.length);
  run.grow(48 * entries.length);
  const map = new Map<string, readonly [Value, Value]>();
  for (const [keyPart, valuePart] of entries) {
    const key = keyPart.run(run);
    const value = valuePart.run(run);
    if (key instanceof CelError) return key;
    if (value instanceof CelError) return value;
    const text = typeof key === 'number' ? null : formatKey(key);
    if (text === null) return evaluationError('this kind cannot be a key of a map');
    if (map.has(text)) return evaluationError('a map names a key twice');
    map.set(text, [key, value]);
  }
  return new CelMap(map);
}
