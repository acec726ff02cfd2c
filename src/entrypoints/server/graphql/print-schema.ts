import { lexicographicSortSchema, printSchema } from 'graphql';
import { loadGraphqlSchema } from './answer-query.ts';

/** The schema in its own language, as docs/reference/schema.graphql has it. */
export async function printGraphqlSchema(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await loadGraphqlSchema()))}\n`;
}
