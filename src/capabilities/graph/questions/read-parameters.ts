import { Failure } from '../../../core/failure.ts';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { GATES, type Gate } from '../../../core/verdict.ts';
import { parseSelector } from '../selector.ts';
import { type PlaceFilter, parseSubject, type Subject } from '../subject.ts';
import type { PublicQuestion, QuestionEntry } from './list.ts';
import {
  listFields,
  type Page,
  type Parameter,
  type ParameterType,
  type ParameterValues,
} from './parameters.ts';

/** The source of the texts of a question. */
export interface ParameterSource {
  readonly text: (field: string) => string | undefined;
  /** The name as its user writes it: `limit`, `--limit`. */
  readonly label: (field: string) => string;
  /** Reads times that are not RFC 3339 too, if the source allows them. */
  readonly readMoment?: (text: string) => Instant;
  readonly readSubject?: (text: string) => Subject;
  /** The document that the user gives. */
  readonly policy?: Uint8Array;
}

/** Reads the parameters of a question; throws a Failure for a wrong one. */
export function readParameters(
  { name, parameters }: QuestionEntry,
  source: ParameterSource,
): PublicQuestion {
  const values = Object.entries(parameters).map(([parameter, declared]) => [
    parameter,
    readValue(parameter, declared, source),
  ]);
  // The table says which parameters a question of this name has, and each was read by its type.
  return { name, ...Object.fromEntries(values) } as PublicQuestion;
}

function readValue(name: string, parameter: Parameter, source: ParameterSource): unknown {
  const { type, required } = parameter;
  if (type === 'page') return readPage(source);
  if (type === 'place') return readPlace(source);
  if (type === 'policy') return source.policy ?? null;
  const [field] = listFields(name, parameter);
  const text = source.text(name) ?? field?.fallback;
  if (text !== undefined) return READERS[type](text, source);
  if (!required) return null;
  throw new Failure('USAGE', `${source.label(name)} is missing`, `Give ${field?.meaning}.`);
}

const readMoment = (text: string, source: ParameterSource): Instant =>
  source.readMoment?.(text) ?? orThrow(parseInstant(text));
const readText = (text: string): string => text;

const READERS: {
  readonly [T in Exclude<ParameterType, 'page' | 'place' | 'policy'>]: (
    text: string,
    source: ParameterSource,
  ) => ParameterValues[T];
} = {
  component: (text) => orThrow(parseSelector(text)),
  vulnerability: readText,
  subject: (text, source) => source.readSubject?.(text) ?? orThrow(parseSubject(text)),
  gate: readGate,
  owner: readText,
  builder: readText,
  key: readText,
  commit: readText,
  person: readText,
  signer: readText,
  since: readMoment,
  within: readDays,
  asOf: readMoment,
  knownAt: readMoment,
};

const DAYS = /^(\d{1,5})d$/;
const DAY_MS = 86_400_000;

function readDays(text: string): number {
  const days = DAYS.exec(text)?.[1];
  if (days !== undefined) return Number(days) * DAY_MS;
  throw new Failure('USAGE', 'this is not a number of days', 'Write a number and d, such as 30d.');
}

function readGate(text: string): Gate {
  const gate = GATES.find((known) => known === text);
  if (gate !== undefined) return gate;
  throw new Failure('USAGE', 'this gate does not exist', `Use ${GATES.join(', ')}.`);
}

function readPlace({ text }: ParameterSource): PlaceFilter {
  return {
    cluster: text('cluster') ?? null,
    region: text('region') ?? null,
    namespace: text('namespace') ?? null,
  };
}

const ROWS_MAX = 100;

function readPage({ text, label }: ParameterSource): Page {
  const limit = text('limit');
  const rowsMax = Number(limit ?? ROWS_MAX);
  if (Number.isInteger(rowsMax) && rowsMax >= 1 && rowsMax <= LIMITS.pageRowsMax)
    return { rowsMax, after: text('after') ?? null };
  throw new Failure(
    'USAGE',
    `${label('limit')} ${limit} is not a page size`,
    `Write a number from 1 to ${LIMITS.pageRowsMax}.`,
  );
}
