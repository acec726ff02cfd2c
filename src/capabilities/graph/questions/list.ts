import { blastRadius } from './blast-radius/question.ts';
import { changes } from './changes/question.ts';
import type { QuestionDefinition, Values } from './definition.ts';
import { diff } from './diff/question.ts';
import { expiries } from './expiries/question.ts';
import { exposure } from './exposure/question.ts';
import { findings } from './findings/question.ts';
import type { InnerQuestions } from './inner.ts';
import { licenses } from './licenses/question.ts';
import { missing } from './missing/question.ts';
import { owners } from './owners/question.ts';
import type { Parameters } from './parameters.ts';
import { patchPlan } from './patch-plan/question.ts';
import { provenance } from './provenance/question.ts';
import { releases } from './releases/question.ts';
import { timeline } from './timeline/question.ts';
import { verdicts } from './verdicts/question.ts';
import { violations } from './violations/question.ts';
import { whatIf } from './what-if/question.ts';
import { where } from './where/question.ts';
import { why } from './why/question.ts';

/** The questions that anyone can ask the graph, in the order of the help text. */
export const GRAPH_QUESTIONS = [
  releases,
  exposure,
  where,
  why,
  findings,
  provenance,
  verdicts,
  violations,
  changes,
  expiries,
  diff,
  blastRadius,
  licenses,
  missing,
  owners,
  patchPlan,
  timeline,
] as const;

/** Every question that can be asked by name. What-if is answered by a policy and many questions. */
export const QUESTIONS: readonly QuestionEntry[] = [...GRAPH_QUESTIONS, whatIf];

type Entry<D> =
  D extends QuestionDefinition<string, infer P extends Parameters, infer A>
    ? { readonly parameters: Values<P>; readonly answer: A }
    : never;

type GraphEntries = {
  readonly [D in (typeof GRAPH_QUESTIONS)[number] as D['name']]: Entry<D>;
} & InnerQuestions;

/** Every question that the graph answers. */
export type QuestionName = keyof GraphEntries;

/** A question with its parameters. */
export type Question<N extends QuestionName> = {
  readonly name: N;
} & GraphEntries[N]['parameters'];

/** The answer to the question of this name. */
export type Answer<N extends QuestionName> = GraphEntries[N]['answer'];

/** What-if with its parameters. */
export type PolicyTrialQuestion = { readonly name: 'what-if' } & Values<
  (typeof whatIf)['parameters']
>;

/** A question that can be asked by name, with its parameters. */
export type PublicQuestion =
  | {
      readonly [D in (typeof GRAPH_QUESTIONS)[number] as D['name']]: Question<D['name']>;
    }[(typeof GRAPH_QUESTIONS)[number]['name']]
  | PolicyTrialQuestion;

/** An entry of the table, with any parameters and answer. */
export type QuestionEntry = QuestionDefinition<PublicQuestion['name'], Parameters, object>;

/** The entry of this name. */
export function findQuestion(name: string): QuestionEntry | undefined {
  return QUESTIONS.find((question) => question.name === name);
}
