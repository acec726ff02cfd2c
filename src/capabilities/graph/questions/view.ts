import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';

/** What a view needs: the texts of the question, and the moment of the answer. */
export interface ViewContext {
  /** The text of a field, such as `subject`; undefined where it was left out. */
  readonly text: (field: string) => string | undefined;
  /** The moment of the answer. */
  readonly moment: Instant;
}

/** One table of an answer. */
export interface Table<A> {
  readonly headers: readonly string[];
  listRows(answer: A): readonly (readonly string[])[];
  /** The text in place of a table without rows. */
  describeNone(answer: A): string;
  /** The text above a table that has rows. */
  describeRows(answer: A): string;
  /** Whether the table belongs to the question. */
  isShown(context: ViewContext): boolean;
}

export interface TreeNode {
  readonly text: string;
  readonly children: readonly TreeNode[];
}

/** How an answer is shown as text. */
export interface View<A> {
  readonly tables: readonly Table<A>[];
  /** The text after the tables. */
  describeRest?(answer: A): string;
  buildTree?(answer: A): readonly TreeNode[];
  /** What a reader of the text alone must know. */
  listNotes?(answer: A, context: ViewContext): readonly string[];
  /** The exit code. Without it 0; 1 for findings, 3 for an unknown answer. */
  pickExitCode?(answer: A): 0 | 1 | 3;
  /** Why this is not an answer; null if it is one. */
  refuse?(answer: A, context: ViewContext): Failure | null;
}

interface TableParts<A, R> {
  readonly rows: (answer: A) => readonly R[];
  /** Header and cell; a cell without a value is shown as `-`. */
  readonly columns: Readonly<Record<string, (row: R) => string | null | undefined>>;
  readonly none: string | ((answer: A) => string);
  readonly title?: (answer: A) => string;
  readonly isShown?: (context: ViewContext) => boolean;
}

/** A table by its columns. */
export function defineTable<A, R>({
  rows,
  columns,
  none,
  title,
  isShown,
}: TableParts<A, R>): Table<A> {
  const cells = Object.values(columns);
  return {
    headers: Object.keys(columns),
    listRows: (answer) => rows(answer).map((row) => cells.map((cell) => cell(row) ?? '-')),
    describeNone: typeof none === 'string' ? () => none : none,
    describeRows: title ?? (() => ''),
    isShown: isShown ?? (() => true),
  };
}

export function createNode(text: string, ...children: readonly (TreeNode | string)[]): TreeNode {
  return {
    text,
    children: children.map((child) => (typeof child === 'string' ? createNode(child) : child)),
  };
}
