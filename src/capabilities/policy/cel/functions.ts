import { getOwn } from '../../../core/own.ts';
import { isWithinPlaces } from '../registries.ts';
import { CONVERSIONS } from './convert.ts';
import { joinShown } from './display.ts';
import { evaluationError } from './errors.ts';
import { explainLicenses, NO_LICENSES, testLicenses, testRefused } from './licences.ts';
import type { Run } from './run.ts';
import { CLOCK_FUNCTIONS, readClockPart } from './times.ts';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  makeListType,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
} from './type.ts';
import { CelMap, List, Moment, Span, Uint, type Value } from './value.ts';

type Argument =
  | 'any'
  | 'string'
  | 'strings'
  | 'int'
  | 'list'
  | 'map'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'double'
  | 'uint';
type Work = (args: readonly Value[], run: Run) => Value;

export interface Overload {
  readonly args: readonly Argument[];
  readonly result: CelType;
  readonly run: Work;
}

const RESULTS: Readonly<Record<string, CelType>> = {
  bool: BOOL,
  bytes: BYTES,
  double: DOUBLE,
  duration: DURATION,
  dyn: DYN,
  int: INT,
  string: STRING,
  strings: makeListType(STRING),
  timestamp: TIMESTAMP,
  type: TYPE,
  uint: UINT,
};

const asText = (value: Value | undefined): string => value as string;

const sizes: readonly [string, Work][] = [
  ['string', ([one], run) => measureText(asText(one), run)],
  ['bytes', ([one]) => BigInt((one as Uint8Array).length)],
  ['list', ([one]) => measureList(one as List)],
  ['map', ([one]) => BigInt((one as CelMap).entries.size)],
];

/** Written as in the CEL reference; the receiver of a method is before the dot. */
const DEFINITIONS: readonly (readonly [string, Work])[] = [
  ...sizes.flatMap(([kind, work]) => [
    [`size(${kind}): int`, work] as const,
    [`${kind}.size(): int`, work] as const,
  ]),
  ['string.contains(string): bool', makeScan((one, other) => one.includes(other))],
  ['string.startsWith(string): bool', makeScan((one, other) => one.startsWith(other))],
  ['string.endsWith(string): bool', makeScan((one, other) => one.endsWith(other))],
  [
    'string.lowerAscii(): string',
    makeChange((one) => one.replace(/[A-Z]+/g, (part) => part.toLowerCase())),
  ],
  [
    'string.upperAscii(): string',
    makeChange((one) => one.replace(/[a-z]+/g, (part) => part.toUpperCase())),
  ],
  ['string.trim(): string', makeChange((one) => one.trim())],
  ['string.split(string): strings', ([one, by], run) => split(asText(one), asText(by), run)],
  ['list.join(): string', ([one], run) => join(one as List, '', run)],
  ['list.join(string): string', ([one, by], run) => join(one as List, asText(by), run)],
  [
    'within(string, strings): bool',
    ([name, places], run) => testPlaces(asText(name), places as List, run),
  ],
  [
    'licensesAllowed(strings, strings): bool',
    ([of, allowed], run) => testLicenses(of as List, allowed as List, NO_LICENSES, run),
  ],
  [
    'licensesAllowed(strings, strings, strings): bool',
    ([of, allowed, refused], run) =>
      testLicenses(of as List, allowed as List, refused as List, run),
  ],
  [
    'licensesRefused(strings, strings): bool',
    ([of, refused], run) => testRefused(of as List, refused as List, run),
  ],
  [
    'licensesReason(strings, strings): string',
    ([of, refused], run) => explainLicenses(of as List, refused as List, run),
  ],
  ...Object.entries(CONVERSIONS).map(
    ([name, convert]) =>
      [
        `${name}(any): ${name}`,
        ([one]: readonly Value[], run: Run) =>
          // dyn(null) is null, and no other conversion takes it.
          name === 'dyn'
            ? (one as Value)
            : (convert(one as Value, run) ?? evaluationError(`${name}() does not take this kind`)),
      ] as const,
  ),
  ...CLOCK_FUNCTIONS.flatMap((name) => [
    [
      `timestamp.${name}(): int`,
      ([one]: readonly Value[], run: Run) => readClockPart(name, one as Moment, 'UTC', run),
    ] as const,
    [
      `timestamp.${name}(string): int`,
      ([one, zone]: readonly Value[], run: Run) =>
        readClockPart(name, one as Moment, asText(zone), run),
    ] as const,
    [
      `duration.${name}(): int`,
      ([one]: readonly Value[], run: Run) => readClockPart(name, one as Span, 'UTC', run),
    ] as const,
  ]),
];

/** `name/argument count`, with a dot before the name of a method. */
export const FUNCTIONS: ReadonlyMap<string, readonly Overload[]> = buildTable();

function buildTable(): Map<string, Overload[]> {
  const functions = new Map<string, Overload[]>();
  for (const [signature, run] of DEFINITIONS) {
    const [, receiver, name, list = '', result = ''] =
      /^(?:(\w+)\.)?(\w+)\((.*)\): (\w+)$/.exec(signature) ?? [];
    const args = [
      ...(receiver === undefined ? [] : [receiver]),
      ...list.split(', ').filter((arg) => arg !== ''),
    ];
    const key = formatFunctionKey(name ?? '', args.length, receiver !== undefined);
    const overload = { args: args as Argument[], result: getOwn(RESULTS, result) ?? DYN, run };
    functions.set(key, [...(functions.get(key) ?? []), overload]);
  }
  return functions;
}

export function formatFunctionKey(name: string, count: number, method: boolean): string {
  return `${method ? '.' : ''}${name}/${count}`;
}

/** Whether an argument of this static type can fit. */
export function canTake(argument: Argument, type: CelType): boolean {
  if (argument === 'any' || type.kind === 'dyn') return true;
  if (argument === 'strings')
    return type.kind === 'list' && (type.of.kind === 'string' || type.of.kind === 'dyn');
  return type.kind === argument;
}

export function takes(argument: Argument, value: Value): boolean {
  switch (argument) {
    case 'any':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'int':
      return typeof value === 'bigint';
    case 'double':
      return typeof value === 'number';
    case 'uint':
      return value instanceof Uint;
    case 'list':
      return value instanceof List;
    case 'strings':
      return value instanceof List && value.items.every((item) => typeof item === 'string');
    case 'map':
      return value instanceof CelMap;
    case 'bytes':
      return value instanceof Uint8Array;
    case 'timestamp':
      return value instanceof Moment;
    case 'duration':
      return value instanceof Span;
  }
}

function makeScan(test: (one: string, other: string) => boolean): Work {
  return ([one, other], run) => {
    run.step((asText(one).length + asText(other).length) >>> 6);
    return test(asText(one), asText(other));
  };
}

function makeChange(change: (one: string) => string): Work {
  return ([one], run) => {
    run.grow(2 * asText(one).length);
    return change(asText(one));
  };
}

function measureText(one: string, run: Run): bigint {
  run.step(one.length >>> 4);
  return BigInt(countCodePoints(one));
}

/** In a message a list may have more elements than are shown. */
function measureList({ items, rest, hidden }: List): Value {
  return rest ?? BigInt(items.length + (Number.isFinite(hidden) ? hidden : 1));
}

function countCodePoints(one: string): number {
  let count = one.length;
  for (let at = 0; at < one.length - 1; at++) {
    if ((one.charCodeAt(at) & 0xfc00) === 0xd800 && (one.charCodeAt(at + 1) & 0xfc00) === 0xdc00)
      count--;
  }
  return count;
}

function split(one: string, by: string, run: Run): Value {
  run.grow(2 * one.length + 16 * (by === '' ? one.length : one.split(by).length));
  return new List(one.split(by));
}

function join(list: List, by: string, run: Run): Value {
  if (run.lenient) return joinShown(list, by, run);
  if (list.rest !== null) return list.rest;
  let bytes = 0;
  for (const item of list.items) {
    if (typeof item !== 'string') return evaluationError('join() needs texts');
    bytes += 2 * (item.length + by.length);
  }
  run.grow(bytes);
  return list.items.join(by);
}

/**
 * Foundation 1: true if it is found among the known elements; unknown if it is not found in a
 * partial list.
 */
function testPlaces(name: string, places: List, run: Run): Value {
  run.step(places.items.length);
  return isWithinPlaces(name, places.items as readonly string[]) || (places.rest ?? false);
}
