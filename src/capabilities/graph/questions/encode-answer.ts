import type { QuestionEntry } from './list.ts';

/**
 * The answer as its JSON is published: what its schema says, with moments in RFC 3339. The command
 * line and the server write nothing else.
 */
export async function encodeAnswer(question: QuestionEntry, answer: object): Promise<object> {
  const schema = await question.loadSchema();
  return schema.encode(answer) as object;
}
