import type { Failure } from '../../../core/failure.ts';
import type { FieldTypes } from './type.ts';

/** The values of expressions. Integers are bigint (CEL int is 64 bits), doubles are number. */
export type Value =
  | boolean
  | bigint
  | number
  | string
  | null
  | Uint
  | Uint8Array
  | Moment
  | Span
  | List
  | CelMap
  | FactRecord
  | TypeName
  | CelError;

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/**
 * A timestamp in nanoseconds. `rate` says how it changes if the question is asked later: 1 for
 * `now` and what is computed from it, 0 for a fixed time (foundation 5).
 */
export class Moment {
  readonly ns: bigint;
  readonly rate: bigint;
  constructor(ns: bigint, rate: bigint) {
    this.ns = ns;
    this.rate = rate;
  }
}

export class Span {
  readonly ns: bigint;
  readonly rate: bigint;
  constructor(ns: bigint, rate: bigint) {
    this.ns = ns;
    this.rate = rate;
  }
}

/**
 * A list; `rest` is the error for elements that could not be gathered. `hidden` counts elements
 * that a message does not show; it is infinite if nobody counted them.
 */
export class List {
  readonly items: readonly Value[];
  readonly rest: CelError | null;
  readonly hidden: number;
  constructor(items: readonly Value[], rest: CelError | null = null, hidden = 0) {
    this.items = items;
    this.rest = rest;
    this.hidden = hidden;
  }
}

/** Keys are compared by kind and text, so that 1, 1u and 1.0 are one key as in CEL. */
export class CelMap {
  readonly entries: ReadonlyMap<string, readonly [Value, Value]>;
  constructor(entries: ReadonlyMap<string, readonly [Value, Value]>) {
    this.entries = entries;
  }
}

/** A record of facts. A field is read when it is needed; lists are converted once. */
export class FactRecord {
  lists: Map<string, List> | null = null;
  readonly raw: object;
  readonly name: string;
  readonly fields: FieldTypes;
  constructor(raw: object, name: string, fields: FieldTypes) {
    this.raw = raw;
    this.name = name;
    this.fields = fields;
  }
}

export class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An error as a value: CEL's && and || may still decide without it. */
export class CelError {
  readonly failure: Failure;
  /** The elements of a list that are unknown, where a loop over it is; null for other errors. */
  readonly elements: UnknownElements | null;
  constructor(failure: Failure, elements: UnknownElements | null = null) {
    this.failure = failure;
    this.elements = elements;
  }
}

/** The first of them, each with why it is unknown, and how many there are. */
export interface UnknownElements {
  readonly first: readonly { readonly item: Value; readonly failure: Failure }[];
  readonly count: number;
}

export function nameKind(value: Value): string {
  if (value === null) return 'null_type';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'string') return 'string';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Moment) return 'google.protobuf.Timestamp';
  if (value instanceof Span) return 'google.protobuf.Duration';
  if (value instanceof List) return 'list';
  if (value instanceof CelMap) return 'map';
  if (value instanceof TypeName) return 'type';
  return value instanceof FactRecord ? value.name : 'error';
}

/** The text under which a map stores a key; null for a value that cannot be a key. */
export function formatKey(value: Value): string | null {
  if (typeof value === 'string') return `s${value}`;
  if (typeof value === 'boolean') return `b${value}`;
  if (typeof value === 'bigint') return `n${value}`;
  if (value instanceof Uint) return `n${value.value}`;
  if (typeof value === 'number' && Number.isInteger(value)) return `n${BigInt(value)}`;
  return null;
}
