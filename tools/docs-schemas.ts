import { z } from 'zod';
import { QUESTIONS } from '../src/capabilities/graph/questions/index.ts';
import type { CommandDefinition } from '../src/entrypoints/cli/command.ts';
import { ERROR_SCHEMA, SCHEMAS } from '../src/entrypoints/cli/report/schemas.ts';

const FOLDER = 'docs/reference/schemas';

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

/** The published schema of a command's JSON; null for a command that writes none. */
export function findSchemaPage({ path, options }: CommandDefinition): string | null {
  const format = options.find(({ flags }) => flags.startsWith('--format '));
  const page = `${FOLDER}/${path.join('-')}.json`;
  const isPublished = SCHEMA_PAGES.some((one) => one.path === page);
  return format?.choices?.includes('json') === true && isPublished ? page : null;
}

/** `gate-commit` is `gate commit`. */
function findCommand(name: string): string {
  return name.replace('-', ' ');
}

function renderSchema(title: string, schema: z.ZodType): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    // Describes what is printed: a codec, such as that of a moment, by its text.
    io: 'input',
    // `readonly` is a rule for programs and says nothing about the JSON.
    override: ({ jsonSchema }) => delete jsonSchema.readOnly,
  });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
