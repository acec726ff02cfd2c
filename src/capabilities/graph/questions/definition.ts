import type { ZodType } from 'zod';
import type { Parameters, ParameterValues } from './parameters.ts';
import type { View } from './view.ts';

/**
 * A question, declared once: the command, the endpoint, the completion and the reference page are
 * made from it. Code that is needed only for an answer is loaded when the question is answered.
 */
export interface QuestionDefinition<N extends string, P extends Parameters, A> {
  readonly name: N;
  readonly summary: string;
  readonly parameters: P;
  /** The schema of the answer: its output is the value in the program, its input is the JSON. */
  loadSchema(): Promise<ZodType<A>>;
  /** How the answer is shown as text. */
  loadView(): Promise<View<A>>;
  /** Whether the view has a tree beside its tables. */
  readonly hasTree: boolean;
  readonly examples: readonly [string, ...string[]];
}

export function defineQuestion<const N extends string, P extends Parameters, A>(
  definition: QuestionDefinition<N, P, A>,
): QuestionDefinition<N, P, A> {
  return definition;
}

/** The values of the parameters; optional ones may be left out. */
export type Values<P extends Parameters> = {
  readonly [K in keyof P as P[K]['required'] extends true
    ? K
    : never]: ParameterValues[P[K]['type']];
} & {
  readonly [K in keyof P as P[K]['required'] extends true ? never : K]?:
    | ParameterValues[P[K]['type']]
    | null;
};
