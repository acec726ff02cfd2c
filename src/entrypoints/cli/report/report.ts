import type { Finding, ScanReport } from '../../../capabilities/scanning/index.ts';
import type { Failure } from '../../../core/failure.ts';
import type { Purl } from '../../../core/purl.ts';
import type { TreeNode } from '../tree.ts';
import type { Block } from './block.ts';
import type { SchemaName, SchemaValue } from './schemas.ts';

/** 0 allowed or clean; 1 denied or findings; the others are those of the FAILURES table. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** What a command returns. The options decide how it is shown and where it goes. */
export type Report = ResultReport | PartsReport | LinesReport;

/** The result for programs, and its schema in docs/reference/schemas. */
export interface ReportValue {
  readonly schema: SchemaName | null;
  /** Made only on request. */
  readonly json: () => object;
  readonly list?: LongList;
}

/** A list of a value that may be too long to be in memory: `rest` is the value with it empty. */
interface LongList {
  readonly key: string;
  readonly items: () => Iterable<object>;
  readonly rest: () => object;
}

/** One result in all its forms; a form is made only on request. */
export interface ResultReport {
  readonly kind: 'result';
  readonly exitCode: ExitCode;
  /** Null if the result is only for people, or only a document. */
  readonly value: ReportValue | null;
  readonly blocks: () => readonly Block[];
  readonly tree?: () => readonly TreeNode[];
  /** For the formats of other programs that show findings. */
  readonly findings?: () => ScanFindings;
  /** Documents that only this command writes, by the name of the format; delivered unchanged. */
  readonly documents?: Readonly<Record<string, () => Uint8Array>>;
  /** Printed on standard error after the result, in every format. */
  readonly hints?: readonly string[];
  /** What failed although there is a result to show. */
  readonly failure?: Failure | null;
}

/** A target of several that gave no result. */
export interface FailedTarget {
  readonly target: string;
  readonly failure: Failure;
}

/** The scan of each target, for the formats of other programs. */
export interface ScanFindings {
  readonly targets: readonly TargetFindings[];
  /** Targets that could not be scanned at all. */
  readonly failed: readonly FailedTarget[];
  /** The user takes a scan of a part for good (--allow-partial). */
  readonly acceptsPartial: boolean;
  /** How the findings of a table and of Markdown are divided (--group-by). */
  readonly groupBy?: FindingGroup | undefined;
}

export type FindingGroup = 'severity' | 'package' | 'vulnerability' | 'location' | 'target';

export interface TargetFindings {
  /** The target as the user wrote it. */
  readonly target: string;
  /** Whether it is an image or a root file system, and not a tree or a document. */
  readonly isSystem: boolean;
  /** `debian:12`; null where no distribution is known. */
  readonly system: string | null;
  readonly report: ScanReport;
  /** The shortest way from a direct requirement to a component; null where none is known. */
  readonly findPath: (component: Purl) => readonly Purl[] | null;
  /** The line of a finding in its first location; null where it is not known. */
  readonly findLine: (finding: Finding) => number | null;
  /** Findings that a scan of before has (--baseline); null where none was named. */
  readonly known: ReadonlySet<Finding> | null;
  /** How many findings without a fixed version were left out (--only-fixed). */
  readonly unfixed: number;
}

/**
 * A result in parts, each shown as soon as it is complete: what was acknowledged stays acknowledged
 * if the command ends early. In JSON each part is one line.
 */
export interface PartsReport {
  readonly kind: 'parts';
  /** Asked for when all parts were delivered. */
  readonly exitCode: () => ExitCode;
  readonly parts: AsyncIterable<Part>;
}

export type Part = Pick<ResultReport, 'value' | 'blocks' | 'hints'>;

/** Too many lines to keep in memory, delivered unchanged; a line is made only if it is read. */
export interface LinesReport {
  readonly kind: 'lines';
  readonly lines: AsyncIterable<string>;
}

/** A value whose type the compiler checks against its published schema. */
export function toValue<N extends SchemaName>(schema: N, json: () => SchemaValue<N>): ReportValue {
  return { schema, json };
}

/**
 * The same for a value with a list that may be too long to be in memory as a whole: its items are
 * made and written one by one.
 */
export function toLongValue<N extends SchemaName, K extends ListKey<SchemaValue<N>>>(
  schema: N,
  key: K,
  items: () => Iterable<ListItem<SchemaValue<N>, K>>,
  others: () => Omit<SchemaValue<N>, K>,
): ReportValue {
  return {
    schema,
    json: () => ({ [key]: [...items()], ...others() }),
    list: { key, items, rest: () => ({ [key]: [], ...others() }) },
  };
}

/** The members of a value that are lists of objects. */
type ListKey<V> = {
  [K in keyof V]: V[K] extends readonly object[] ? K : never;
}[keyof V] &
  string;
type ListItem<V, K extends keyof V> = V[K] extends readonly (infer T extends object)[] ? T : never;

/** Only a document, delivered unchanged. */
export function toDocument(bytes: Uint8Array): ResultReport {
  return {
    kind: 'result',
    exitCode: 0,
    value: null,
    blocks: () => [],
    documents: { [DOCUMENT]: () => bytes },
  };
}

/** The name under which a command without formats gives its only document. */
export const DOCUMENT = 'document';
