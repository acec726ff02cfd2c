import type { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type CompiledExpression, type CompilerContext, Flaw } from './compiler-context.ts';
import { evaluationError } from './errors.ts';
import type { Run } from './run.ts';
import type { Loop, Node } from './syntax.ts';
import { BOOL, type CelType, DYN, formatType, makeListType } from './type.ts';
import { CelError, CelMap, List, type Value } from './value.ts';

/**
 * all, exists, exists_one, map and filter. Every element costs a step. An element that could not be
 * gathered makes the answer an error, unless a known element decides: `all` is false if a known
 * element breaks it, `exists` is true if a known element matches (foundation 1).
 */
export function compileLoop(
  compiler: CompilerContext,
  node: Node,
  { macro, range: over, variable, predicate: test, transform: make }: Loop,
): CompiledExpression {
  const range = compiler.compile(over);
  return compiler.withVariable(variable, resolveElementType(node, range.type), (slot) => {
    const predicate = test === null ? null : compiler.compile(test);
    if (predicate !== null && predicate.type.kind !== 'bool' && predicate.type.kind !== 'dyn') {
      throw new Flaw(test ?? node, `a condition is needed, not ${formatType(predicate.type)}`);
    }
    const transform = make === null ? null : compiler.compile(make);
    const loop: CompiledLoop = {
      range,
      slot,
      selects: make?.content.kind === 'name' && make.content.name === variable,
      predicate: predicate?.run ?? null,
      transform: transform?.run ?? null,
    };
    return macro === 'list'
      ? { type: makeListType(transform?.type ?? DYN), run: (run) => collect(loop, run) }
      : { type: BOOL, run: DECIDERS[macro](loop) };
  });
}

interface CompiledLoop {
  readonly range: CompiledExpression;
  readonly slot: number;
  /** It keeps elements as they are: filter. */
  readonly selects: boolean;
  readonly predicate: ((run: Run) => Value) | null;
  readonly transform: ((run: Run) => Value) | null;
}

const DECIDERS: Readonly<
  Record<Exclude<Loop['macro'], 'list'>, (loop: CompiledLoop) => (run: Run) => Value>
> = {
  all: (loop) => (run) => quantify(loop, run, false),
  exists: (loop) => (run) => quantify(loop, run, true),
  exists_one: (loop) => (run) => testExactlyOne(loop, run),
};

function resolveElementType(node: Node, type: CelType): CelType {
  if (type.kind === 'list') return type.of;
  if (type.kind === 'map') return type.key;
  if (type.kind === 'dyn') return DYN;
  throw new Flaw(node, `a loop over ${formatType(type)} is not possible`);
}

/** The known elements, and the error for the missing ones. */
function readRange(loop: CompiledLoop, run: Run): List | CelError {
  const range = loop.range.run(run);
  if (range instanceof List || range instanceof CelError) return range;
  if (range instanceof CelMap) return new List([...range.entries.values()].map(([key]) => key));
  return evaluationError('only lists and maps can be used in a loop');
}

/** `decisive` is the value that ends the loop: false for all, true for exists. */
function quantify(loop: CompiledLoop, run: Run, decisive: boolean): Value {
  const range = readRange(loop, run);
  if (range instanceof CelError) return range;
  const unknown: { item: Value; failure: Failure }[] = [];
  let count = 0;
  for (const item of range.items) {
    run.step();
    run.slots[loop.slot] = item;
    const answer = loop.predicate?.(run) ?? null;
    if (answer === decisive) return decisive;
    if (answer === !decisive) continue;
    count += 1;
    if (unknown.length < LIMITS.ruleNamesMax)
      unknown.push({ item, failure: toError(answer).failure });
  }
  const [first] = unknown;
  if (first !== undefined) return new CelError(first.failure, { first: unknown, count });
  return range.rest === null || run.lenient ? !decisive : range.rest;
}

function testExactlyOne(loop: CompiledLoop, run: Run): Value {
  const range = readRange(loop, run);
  if (range instanceof CelError) return range;
  let unknown: CelError | null = range.rest;
  let count = 0;
  for (const item of range.items) {
    run.step();
    run.slots[loop.slot] = item;
    const answer = loop.predicate?.(run) ?? null;
    if (answer === true) count++;
    else if (answer !== false) unknown ??= toError(answer);
  }
  return unknown ?? count === 1;
}

/**
 * map and filter. A message shows the known elements; for a rule a list that lacks elements is an
 * error.
 */
function collect(loop: CompiledLoop, run: Run): Value {
  const range = readRange(loop, run);
  if (range instanceof CelError) return range;
  if (run.lenient) return collectShown(loop, range, run);
  let unknown: CelError | null = range.rest;
  const items: Value[] = [];
  for (const item of range.items) {
    run.step();
    const made = collectOne(loop, item, run);
    if (made === null) continue;
    if (made.value instanceof CelError) unknown ??= made.value;
    else {
      run.grow(16);
      items.push(made.value);
    }
  }
  return unknown ?? new List(items);
}

/**
 * What a message shows of a list: the first elements that are made of it, and how many there are. A
 * list that is too long for the budget is shown as far as that goes.
 */
function collectShown(loop: CompiledLoop, range: List, run: Run): List {
  const items: Value[] = [];
  let hidden = range.hidden;
  const different = new Set<Value>();
  const isSpent = run.watchBudget();
  for (const [at, item] of range.items.entries()) {
    // mutant message-of-a-long-list by rule-messages: condition -> false
    if (isSpent()) return new List(items, null, Number.POSITIVE_INFINITY);
    run.step();
    const isFull =
      !loop.selects &&
      (different.size >= LIMITS.ruleNamesMax || items.length >= REPEATED_NAMES_MAX);
    if (isFull && loop.predicate === null) {
      hidden += range.items.length - at;
      break;
    }
    const made = collectOne(loop, item, run, isFull);
    if (made === null || made.value instanceof CelError) continue;
    run.grow(16);
    if (isFull) hidden += 1;
    else {
      items.push(made.value);
      different.add(made.value);
    }
  }
  return new List(items, null, hidden);
}

/** So far a message looks for names that differ from those before. */
const REPEATED_NAMES_MAX = 1_000;

/** What is made of one element; null if it is not wanted. */
function collectOne(
  loop: CompiledLoop,
  item: Value,
  run: Run,
  isCounted = false,
): { readonly value: Value } | null {
  run.slots[loop.slot] = item;
  const wanted = loop.predicate === null ? true : loop.predicate(run);
  if (wanted === false) return null;
  if (wanted !== true) return { value: toError(wanted) };
  return { value: isCounted ? null : (loop.transform?.(run) ?? null) };
}

function toError(value: Value): CelError {
  return value instanceof CelError
    ? value
    : evaluationError('a condition is neither true nor false');
}
