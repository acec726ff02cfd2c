import type { ScanReport } from '../../../capabilities/scanning/index.ts';
import type { Failure } from '../../../core/failure.ts';
import type { TreeNode } from '../tree.ts';
import type { Block } from './block.ts';
import type { SchemaName, SchemaValue } from './schemas.ts';

/** 0 allowed or clean; 1 denied or findings; the others are those of the FAILURES table. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** What a command gives; how it is shown and where it goes is decided by what the user asked for. */
export type Report = ResultReport | PartsReport | LinesReport;

/** The result for programs, and the schema of docs/reference/schemas that it follows. */
export interface ReportValue {
  readonly schema: SchemaName | null;
  /** Made only where somebody asks for it. */
  readonly json: () => unknown;
}

/** One result in every form that it has; a form that nobody asks for is not made. */
export interface ResultReport {
  readonly kind: 'result';
  readonly exitCode: ExitCode;
  /** Null where the result is for people, or a document, alone. */
  readonly value: ReportValue | null;
  readonly blocks: () => readonly Block[];
  readonly tree?: () => readonly TreeNode[];
  /** For the formats of other programs that show findings. */
  readonly findings?: () => readonly TargetFindings[];
  /** Documents that only this command writes, by the name of the format; delivered as they are. */
  readonly documents?: Readonly<Record<string, () => Uint8Array>>;
  /** Said on standard error after the result, in every format. */
  readonly hints?: readonly string[];
  /** What went wrong although there is a result to show. */
  readonly failure?: Failure | null;
}

export interface TargetFindings {
  /** As the user named it. */
  readonly target: string;
  readonly report: ScanReport;
}

/**
 * A result that comes in parts, each shown when it is there: what was acknowledged stays so if the
 * command ends early. In JSON each part is a line.
 */
export interface PartsReport {
  readonly kind: 'parts';
  readonly exitCode: ExitCode;
  readonly parts: AsyncIterable<Part>;
}

export type Part = Pick<ResultReport, 'value' | 'blocks' | 'hints'>;

/** Lines that are too many to hold, delivered as they are; none is asked for that nobody reads. */
export interface LinesReport {
  readonly kind: 'lines';
  readonly lines: AsyncIterable<string>;
}

/** A value that the compiler holds against its published schema. */
export function toValue<N extends SchemaName>(schema: N, json: () => SchemaValue<N>): ReportValue {
  return { schema, json };
}

/** A document alone, delivered as it is. */
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
