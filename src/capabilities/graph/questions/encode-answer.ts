import type { QuestionEntry } from './list.ts';

/**
 * The answer as its published JSON: exactly what its schema has, with moments in RFC 3339. The
 * command line and the server write this form alone.
 */
export async function encodeAnswer(question: QuestionEntry, answer: object): Promise<object> {
  const schema = await question.loadSchema();
  // mutant answer-by-its-schema by server/questions/questions: value -> answer
  return schema.encode(answer) as object;
}
