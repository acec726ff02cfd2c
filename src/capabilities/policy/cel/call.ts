import { getOwn } from '../../../core/own.ts';
import { ARITHMETIC, negate } from './arithmetic.ts';
import { contains, isOrder, testOrder } from './compare.ts';
import { type CompiledExpression, type CompilerContext, Flaw } from './compiler-context.ts';
import { displayValue } from './display.ts';
import { evaluationError } from './errors.ts';
import { canTake, FUNCTIONS, formatFunctionKey, type Overload, takes } from './functions.ts';
import { checkPackagePrefix, chooseSameness } from './packages.ts';
import { compilePattern } from './pattern.ts';
import type { Run } from './run.ts';
import type { Call, Node } from './syntax.ts';
import {
  BOOL,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  findImpossibleText,
  formatType,
  INT,
  isCompatible,
  makeListType,
  STRING,
  TIMESTAMP,
  uniteTypes,
} from './type.ts';
import { CelError, CelMap, formatKey, List, Uint, type Value } from './value.ts';

type Work = (run: Run) => Value;

/** Operators, functions and methods. */
export function compileCall(compiler: CompilerContext, node: Node, call: Call): CompiledExpression {
  const { name } = call;
  if (name === 'known' && call.target === null) return compileKnown(compiler, node, call);
  if (name === 'text' && call.target === null) return compileText(compiler, node, call);
  if (name === 'matches') return compileMatches(compiler, node, call);
  const parts = [...(call.target === null ? [] : [call.target]), ...call.args];
  const args = parts.map((part) => compiler.compile(part));
  if (call.target === null && /^(?:[_!@-]|@in$)/.test(name))
    return compileOperator(node, name, args);
  return compileFunctionCall(node, name, args, call.target !== null);
}

/**
 * Whether there is a value: the only function with which a policy can accept an unknown, by name
 * (foundation 1).
 */
function compileKnown(compiler: CompilerContext, node: Node, call: Call): CompiledExpression {
  const [only] = call.args;
  if (only === undefined || call.args.length !== 1) throw new Flaw(node, 'known() takes one fact');
  const { run } = compiler.compile(only);
  return {
    type: BOOL,
    run: (state) => {
      const value = run(state);
      return !(value instanceof CelError) && !(value instanceof List && value.rest !== null);
    },
  };
}

function compileText(compiler: CompilerContext, node: Node, call: Call): CompiledExpression {
  if (!compiler.message)
    throw new Flaw(node, 'text() shows unknown values, so it is allowed in messages only');
  const [only] = call.args;
  if (only === undefined || call.args.length !== 1) throw new Flaw(node, 'text() takes one value');
  const { run } = compiler.compile(only);
  return { type: STRING, run: (state) => displayValue(run(state), state) };
}

function compileMatches(compiler: CompilerContext, node: Node, call: Call): CompiledExpression {
  const [subject, pattern] = call.target === null ? call.args : [call.target, ...call.args];
  const literal = pattern?.content.kind === 'constant' ? pattern.content.constant : null;
  if (subject === undefined || literal?.kind !== 'string')
    throw new Flaw(node, 'matches() takes a text and a literal pattern');
  const compiled = compilePattern(literal.value);
  if (!compiled.ok) throw new Flaw(pattern ?? node, compiled.failure.message);
  const { type, run } = compiler.compile(subject);
  if (type.kind !== 'string' && type.kind !== 'dyn')
    throw new Flaw(node, `matches() of ${formatType(type)}`);
  return {
    type: BOOL,
    run: (state) => {
      const value = run(state);
      if (value instanceof CelError) return value;
      return typeof value === 'string'
        ? compiled.value(value, state)
        : evaluationError('matches() needs a text');
    },
  };
}

function compileFunctionCall(
  node: Node,
  name: string,
  args: readonly CompiledExpression[],
  method: boolean,
): CompiledExpression {
  const overloads = FUNCTIONS.get(formatFunctionKey(name, args.length, method));
  const types = args.map((arg) => arg.type);
  const shown = `${name}(${types.map(formatType).join(', ')})`;
  const fitting = overloads?.filter(({ args: wanted }) =>
    wanted.every((one, at) => canTake(one, types[at] ?? DYN)),
  );
  const first = fitting?.[0];
  if (fitting === undefined || first === undefined)
    throw new Flaw(node, `there is no function ${shown}`);
  checkPackagePrefix(node, name, args);
  const works = args.map((arg) => arg.run);
  return {
    type: fitting.length === 1 ? first.result : DYN,
    run: (run) => invoke(shown, fitting, works, run),
  };
}

function invoke(
  shown: string,
  overloads: readonly Overload[],
  works: readonly Work[],
  run: Run,
): Value {
  run.step();
  const values: Value[] = [];
  for (const work of works) {
    const value = work(run);
    if (value instanceof CelError) return value;
    values.push(value);
  }
  for (const overload of overloads) {
    if (overload.args.every((wanted, at) => takes(wanted, values[at] ?? null)))
      return overload.run(values, run);
  }
  return evaluationError(`no value for ${shown}`);
}

function compileOperator(
  node: Node,
  name: string,
  args: readonly CompiledExpression[],
): CompiledExpression {
  const [one, two, three] = args;
  if (one === undefined) throw new Flaw(node, 'an operand is missing');
  if (name === '!_') return compileCondition(node, [one], (run) => negateBool(one.run(run)));
  if (name === '-_') return { type: one.type, run: (run) => negate(one.run(run)) };
  if (two === undefined) throw new Flaw(node, 'an operand is missing');
  if (name === '_&&_')
    return compileCondition(node, [one, two], (run) => evaluateLogic(one.run, two.run, false, run));
  if (name === '_||_')
    return compileCondition(node, [one, two], (run) => evaluateLogic(one.run, two.run, true, run));
  if (name === '_?_:_' && three !== undefined) return compileConditional(node, one, two, three);
  if (name === '_==_' || name === '_!=_') return compileEquality(node, one, two, name === '_!=_');
  if (name === '@in' || name === '_in_') return compileMembership(node, one, two);
  if (name === '_[_]') return compileIndex(node, one, two);
  return compileBinary(node, name, one, two);
}

function compileCondition(
  node: Node,
  args: readonly CompiledExpression[],
  run: Work,
): CompiledExpression {
  const other = args.find(({ type }) => type.kind !== 'bool' && type.kind !== 'dyn');
  if (other !== undefined)
    throw new Flaw(node, `a condition is needed, not ${formatType(other.type)}`);
  return { type: BOOL, run };
}

function negateBool(value: Value): Value {
  return value instanceof CelError || typeof value === 'boolean'
    ? flip(value)
    : evaluationError('! needs a bool');
}

function flip(value: CelError | boolean): Value {
  return value instanceof CelError ? value : !value;
}

/**
 * CEL's && and ||: an operand that decides wins over an error on either side; otherwise the result
 * is the error.
 */
function evaluateLogic(one: Work, two: Work, decisive: boolean, run: Run): Value {
  run.step();
  const first = one(run);
  if (first === decisive) return decisive;
  const second = two(run);
  if (second === decisive) return decisive;
  if (first instanceof CelError) return first;
  if (second instanceof CelError) return second;
  return first === !decisive && second === !decisive
    ? !decisive
    : evaluationError('&& and || need bools');
}

function compileConditional(
  node: Node,
  test: CompiledExpression,
  yes: CompiledExpression,
  no: CompiledExpression,
): CompiledExpression {
  if (test.type.kind !== 'bool' && test.type.kind !== 'dyn')
    throw new Flaw(node, '? needs a condition');
  return {
    type: uniteTypes(yes.type, no.type),
    run: (run) => {
      run.step();
      const answer = test.run(run);
      if (answer === true) return yes.run(run);
      if (answer === false) return no.run(run);
      return answer instanceof CelError ? answer : evaluationError('? needs a bool');
    },
  };
}

const NUMERIC = new Set(['int', 'uint', 'double']);

function isComparable(one: CelType, two: CelType): boolean {
  if (one.kind === 'list' && two.kind === 'list') return isComparable(one.of, two.of);
  return isCompatible(one, two) || (NUMERIC.has(one.kind) && NUMERIC.has(two.kind));
}

function compileEquality(
  node: Node,
  one: CompiledExpression,
  two: CompiledExpression,
  negative: boolean,
): CompiledExpression {
  const sides = `${formatType(one.type)} and ${formatType(two.type)}`;
  if (!isComparable(one.type, two.type)) throw new Flaw(node, `${sides} are never equal`);
  refuseImpossible(node, one.type, two.type);
  const isSame = chooseSameness(node, one.type, two.type);
  return {
    type: BOOL,
    run: (run) => {
      const same = isSame(one.run(run), two.run(run), run);
      return same instanceof CelError ? same : same !== negative;
    },
  };
}

function refuseImpossible(node: Node, one: CelType, two: CelType): void {
  const impossible = findImpossibleText(one, two);
  if (impossible !== null) throw new Flaw(node, `it can never be ${JSON.stringify(impossible)}`);
}

function compileMembership(
  node: Node,
  one: CompiledExpression,
  two: CompiledExpression,
): CompiledExpression {
  const held =
    two.type.kind === 'list' ? two.type.of : two.type.kind === 'map' ? two.type.key : DYN;
  if (!['list', 'map', 'dyn'].includes(two.type.kind))
    throw new Flaw(node, `in needs a list, not ${formatType(two.type)}`);
  if (!isComparable(one.type, held))
    throw new Flaw(node, `${formatType(one.type)} is never in ${formatType(two.type)}`);
  refuseImpossible(node, one.type, held);
  const isSame = chooseSameness(node, one.type, held);
  return {
    type: BOOL,
    run: (run) => {
      const value = one.run(run);
      const holder = two.run(run);
      if (value instanceof CelError) return value;
      return holder instanceof CelError ? holder : contains(value, holder, run, isSame);
    },
  };
}

function compileIndex(
  node: Node,
  one: CompiledExpression,
  two: CompiledExpression,
): CompiledExpression {
  const { type } = one;
  if (!['list', 'map', 'dyn'].includes(type.kind))
    throw new Flaw(node, `${formatType(type)} has no elements`);
  return {
    type: type.kind === 'list' ? type.of : type.kind === 'map' ? type.value : DYN,
    run: (run) => {
      run.step();
      const holder = one.run(run);
      const index = two.run(run);
      if (holder instanceof CelError) return holder;
      return index instanceof CelError ? index : readElement(holder, index);
    },
  };
}

function readElement(holder: Value, index: Value): Value {
  if (holder instanceof CelMap) {
    const key = formatKey(index);
    const entry = key === null ? undefined : holder.entries.get(key);
    return entry === undefined ? evaluationError('no such key') : entry[1];
  }
  if (!(holder instanceof List)) return evaluationError('only lists and maps have elements');
  if (holder.rest !== null) return holder.rest;
  const at = index instanceof Uint ? index.value : index;
  const whole = typeof at === 'bigint' || (typeof at === 'number' && Number.isInteger(at));
  const item = whole && at >= 0 ? holder.items[Number(at)] : undefined;
  return item === undefined ? evaluationError('index out of range') : item;
}

function compileBinary(
  node: Node,
  name: string,
  one: CompiledExpression,
  two: CompiledExpression,
): CompiledExpression {
  const type = isOrder(name)
    ? resolveOrderType(one.type, two.type)
    : resolveArithmeticType(name, one.type, two.type);
  if (type === null)
    throw new Flaw(
      node,
      `no ${name.replaceAll('_', '')} of ${formatType(one.type)} and ${formatType(two.type)}`,
    );
  const work = getOwn(ARITHMETIC, name);
  return {
    type,
    run: (run) => {
      const first = one.run(run);
      if (first instanceof CelError) return first;
      const second = two.run(run);
      if (second instanceof CelError) return second;
      if (isOrder(name)) return testOrder(name, first, second, run);
      run.step();
      return (
        work?.(first, second, run) ?? evaluationError(`${name} has operands of different kinds`)
      );
    },
  };
}

const ORDERED = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'timestamp',
  'duration',
  'dyn',
]);

/** Severities have no order as texts: `f.severity < 'high'` would be the order of the alphabet. */
function resolveOrderType(one: CelType, two: CelType): CelType | null {
  const closed = [one, two].some((type) => type.kind === 'string' && type.closed === true);
  return !closed && ORDERED.has(one.kind) && ORDERED.has(two.kind) && isComparable(one, two)
    ? BOOL
    : null;
}

function resolveArithmeticType(name: string, one: CelType, two: CelType): CelType | null {
  if (!Object.hasOwn(ARITHMETIC, name)) return null;
  if (one.kind === 'dyn' || two.kind === 'dyn') return DYN;
  if (one.kind === 'list' && two.kind === 'list' && name === '_+_')
    return makeListType(uniteTypes(one.of, two.of));
  const kinds = `${one.kind}${name}${two.kind}`;
  if (kinds === 'string_+_string') return STRING;
  if (kinds === 'bytes_+_bytes') return one;
  const time = getOwn(TIME_RESULTS, kinds);
  if (time !== undefined) return time;
  if (one.kind !== two.kind || !NUMERIC.has(one.kind)) return null;
  return one.kind === 'int' ? INT : one.kind === 'double' ? (name === '_%_' ? null : DOUBLE) : one;
}

const TIME_RESULTS: Readonly<Record<string, CelType>> = {
  'timestamp_+_duration': TIMESTAMP,
  'duration_+_timestamp': TIMESTAMP,
  'duration_+_duration': DURATION,
  'timestamp_-_timestamp': DURATION,
  'timestamp_-_duration': TIMESTAMP,
  'duration_-_duration': DURATION,
};
