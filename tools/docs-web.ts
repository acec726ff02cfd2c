import { z } from 'zod';
import { EVIDENCE_KINDS } from '../src/capabilities/evidence/index.ts';
import {
  isOwnRecord,
  listFields,
  QUESTIONS,
  type QuestionEntry,
} from '../src/capabilities/graph/questions/index.ts';

/**
 * web/src/generated: what the page knows of the questions, made from the same table as the command
 * line and the endpoints.
 */
export const WEB_PAGES = [
  { path: 'web/src/generated/answers.ts', render: renderAnswers },
  { path: 'web/src/generated/questions.ts', render: renderQuestions },
];

const OWN_KINDS = Object.keys(EVIDENCE_KINDS).filter(isOwnRecord);
const MADE = '// Made from the table of questions: node tools/docs.ts --write.\n';

async function renderAnswers(): Promise<string> {
  const members = await Promise.all(
    QUESTIONS.map(async ({ name, loadSchema }) => {
      const schema = z.toJSONSchema(await loadSchema(), { io: 'input' }) as Schema;
      return `  readonly ${quote(name)}: ${formatType(schema, '  ')};\n`;
    }),
  );
  return `${MADE}\n/** The JSON of each answer; every one has \`apiVersion\` too. */\nexport interface Answers {\n${members.join('')}}\n`;
}

/** The parts of JSON Schema that the schemas of answers use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** The type of TypeScript for a schema; throws for a part that it does not know. */
export function formatType(schema: Schema, indent: string): string {
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined)
    return [...new Set(variants.map((one) => formatType(one, indent)))].join(' | ');
  if (schema.const !== undefined) return formatLiteral(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(formatLiteral).join(' | ');
  if (schema.type === 'array' && schema.items !== undefined)
    return `readonly (${formatType(schema.items, indent)})[]`;
  if (schema.type === 'object') return formatObject(schema, indent);
  const plain = [schema.type ?? ''].flat().map((type) => PLAIN.get(type));
  if (!plain.includes(undefined)) return plain.join(' | ');
  throw new Error(`no type for ${JSON.stringify(schema).slice(0, 100)}`);
}

const PLAIN: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['number', 'number'],
  ['integer', 'number'],
  ['boolean', 'boolean'],
  ['null', 'null'],
]);

function formatObject(
  { properties = {}, required = [], additionalProperties }: Schema,
  indent: string,
): string {
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([name, member]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${inner}readonly ${quote(name)}${mark}: ${formatType(member, inner)};\n`;
  });
  if (members.length > 0) return `{\n${members.join('')}${indent}}`;
  const value = typeof additionalProperties === 'object' ? additionalProperties : {};
  return `{ readonly [name: string]: ${Object.keys(value).length === 0 ? 'unknown' : formatType(value, inner)} }`;
}

function formatLiteral(value: unknown): string {
  return typeof value === 'string' ? quote(value, true) : JSON.stringify(value);
}

function quote(text: string, isAlways = false): string {
  if (!isAlways && /^[A-Za-z]\w*$/.test(text)) return text;
  return `'${JSON.stringify(text).slice(1, -1).replaceAll("'", "\\'")}'`;
}

/** Name, summary and parameters of each question, as data. */
function renderQuestions(): string {
  const table = Object.fromEntries(QUESTIONS.map((entry) => [entry.name, describe(entry)]));
  return (
    `${MADE}\n/** Records that Waybill itself writes: they have no signature. */\n` +
    `export const OWN_KINDS: readonly string[] = ${JSON.stringify(OWN_KINDS)};\n\n` +
    '/** One text that a question is asked with. */\nexport interface Field {\n' +
    '  readonly name: string;\n  /** The command line takes it as an argument. */\n' +
    '  readonly isArgument: boolean;\n  readonly isRequired: boolean;\n' +
    '  readonly meaning: string;\n}\n\n' +
    `export const QUESTIONS = ${JSON.stringify(table, null, 2)} as const satisfies Record<\n` +
    '  string,\n  { readonly summary: string; readonly fields: readonly Field[] }\n>;\n'
  );
}

function describe({ summary, parameters }: QuestionEntry) {
  const fields = Object.entries(parameters).flatMap(([name, parameter]) =>
    parameter.type === 'policy'
      ? []
      : listFields(name, parameter).map((field) => ({
          name: field.name,
          isArgument: parameter.form === 'argument',
          isRequired: parameter.required,
          meaning: field.meaning,
        })),
  );
  return { summary, fields };
}
