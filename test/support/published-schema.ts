import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { COMMANDS } from '../../src/entrypoints/cli/every-command.ts';
import { root } from '../../tools/process.ts';

const FOLDER = join(root, 'docs/reference/schemas');
const read = new Map<string, z.ZodType>();

/** The schema of docs/reference/schemas for a command line; null where none is published. */
export function findPublishedSchema(args: readonly string[]): z.ZodType | null {
  const [command] = COMMANDS.filter(({ path }) => path.every((word, at) => args[at] === word)).sort(
    (one, other) => other.path.length - one.path.length,
  );
  const name = command?.path.join('-') ?? '';
  const page = join(FOLDER, `${name}.json`);
  if (name === '' || !existsSync(page)) return null;
  return read.get(name) ?? parseSchema(name);
}

function parseSchema(name: string): z.ZodType {
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')));
  read.set(name, schema);
  return schema;
}

/** Throws unless the JSON of a command is what the published schema says. */
export function requirePublished(args: readonly string[], answer: unknown): void {
  const isFailure = typeof answer === 'object' && answer !== null && 'error' in answer;
  const schema = isFailure ? parseSchema('error') : findPublishedSchema(args);
  const result = schema?.safeParse(answer);
  if (result === undefined || result.success) return;
  const where = z.prettifyError(result.error);
  throw new Error(`waybill ${args.join(' ')} prints what its schema refuses: ${where}`);
}
