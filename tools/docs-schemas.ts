import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { QUESTIONS } from '../src/capabilities/graph/questions/index.ts';
import type { CommandDefinition } from '../src/entrypoints/cli/command.ts';
import { ERROR_SCHEMA, SCHEMAS } from '../src/entrypoints/cli/report/schemas.ts';
import { describeSchema } from '../src/formats/json/describe-schema.ts';
import { fillGolden } from './golden-values.ts';
import { root } from './process.ts';

const FOLDER = 'docs/reference/schemas';
const EXAMPLES = `${FOLDER}/examples`;
const GOLDEN = 'test/golden/commands';

/** docs/reference/schemas: what the JSON of each command says, as JSON Schema. */
export const SCHEMA_PAGES = [
  ...Object.entries<z.ZodType>(SCHEMAS).map(([name, schema]) => ({
    path: `${FOLDER}/${name}.json`,
    render: () => renderSchema(`The JSON of waybill ${findCommand(name)}`, schema),
  })),
  ...QUESTIONS.map(({ name, loadSchema }) => ({
    path: `${FOLDER}/ask-${name}.json`,
    render: async () => renderSchema(`The JSON of waybill ask ${name}`, await loadSchema()),
  })),
  {
    path: `${FOLDER}/error.json`,
    render: () => renderSchema('The JSON of a command that fails', ERROR_SCHEMA),
  },
];

/** docs/reference/schemas/examples: a whole answer for each schema, made from the golden files. */
export const EXAMPLE_PAGES = SCHEMA_PAGES.map(({ path }) => basename(path))
  // A new command has none before its golden file is written.
  .filter((name) => existsSync(join(root, GOLDEN, name)))
  .map((name) => ({
    path: `${EXAMPLES}/${name}`,
    render: () => fillGolden(readFileSync(join(root, GOLDEN, name), 'utf8')),
  }));

/** The published schema of a command's JSON; null for a command that writes none. */
export function findSchemaPage({ path, options }: CommandDefinition): string | null {
  const format = options.find(({ flags }) => flags.startsWith('--format '));
  const page = `${FOLDER}/${path.join('-')}.json`;
  const isPublished = SCHEMA_PAGES.some((one) => one.path === page);
  return format?.choices?.includes('json') === true && isPublished ? page : null;
}

/** A whole answer of the schema of this page; null where there is none yet. */
export function findExamplePage(schemaPage: string): string | null {
  const page = `${EXAMPLES}/${basename(schemaPage)}`;
  return EXAMPLE_PAGES.some(({ path }) => path === page) ? page : null;
}

/** `gate-commit` is `gate commit`. */
function findCommand(name: string): string {
  return name.replace('-', ' ');
}

function renderSchema(title: string, schema: z.ZodType): string {
  const { $schema, ...rest } = describeSchema(schema);
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
