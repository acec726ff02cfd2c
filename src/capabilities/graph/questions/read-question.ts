import type { PublicQuestion, QuestionEntry } from './list.ts';
import type { ParameterSource } from './read-parameters.ts';

/**
 * Reads a question of the table; throws a Failure for a wrong parameter. The readers are loaded at
 * the first question: a help text needs the table alone.
 */
export async function readQuestion(
  entry: QuestionEntry,
  source: ParameterSource,
): Promise<PublicQuestion> {
  const { readParameters } = await import('./read-parameters.ts');
  return readParameters(entry, source);
}
