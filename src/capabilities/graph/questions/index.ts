export type { QuestionDefinition } from './definition.ts';
export { encodeAnswer } from './encode-answer.ts';
export { isOwnRecord } from './evidence-text.ts';
export {
  findQuestion,
  type PolicyTrialQuestion,
  type PublicQuestion,
  QUESTIONS,
  type QuestionEntry,
} from './list.ts';
export { type Field, listFields, type Parameter, type Parameters } from './parameters.ts';
export type { ParameterSource } from './read-parameters.ts';
export { readQuestion } from './read-question.ts';
export type { Table, TreeNode, View, ViewContext } from './view.ts';
