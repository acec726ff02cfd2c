import {
  type Field,
  listFields,
  type Parameter,
  QUESTIONS,
  type QuestionEntry,
} from '../../../capabilities/graph/questions/index.ts';
import { type CommandDefinition, defineCommand, type OptionDefinition } from '../command.ts';
import { COMMON, defineArgument, defineFormat, defineOption, REGISTRY } from '../definitions.ts';
import { ASK_OPTIONS, EXPORT } from '../options/ask.ts';

/** Questions to the graph: one command for each entry of the table. */
export const ASK_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['ask'],
    readsOnly: true,
    summary: 'Check an exported answer without the log: waybill ask --verify FILE.',
    arguments: [defineArgument('question', 'one of the questions below', 'optional')],
    options: ASK_OPTIONS,
    examples: ['waybill ask --verify answer.json --log-key waybill.dev/log/…'],
    load: () => import('../commands/ask-verify.ts'),
  }),
  ...QUESTIONS.map(defineQuestion),
];

function defineQuestion(question: QuestionEntry): CommandDefinition {
  const { name, summary, parameters, hasTree, examples } = question;
  const declared = Object.entries(parameters);
  const taken = declared.flatMap(([parameter, { form, required, ...rest }]) =>
    form === 'option'
      ? []
      : listFields(parameter, { form, required, ...rest }).map((field) =>
          defineArgument(field.name, field.meaning, required ? 'one' : 'optional'),
        ),
  );
  const options = declared.flatMap(([parameter, how]) =>
    how.form === 'argument' ? [] : listFields(parameter, how).map((field) => toOption(field, how)),
  );
  // A tag is resolved by its registry.
  const asksRegistry = declared.some(([, { type }]) => type === 'subject');
  const form = defineFormat(hasTree ? ['blocks', 'value', 'tree'] : ['blocks', 'value']);
  return {
    path: ['ask', name],
    readsOnly: { unless: 'export' },
    summary,
    arguments: taken,
    options: [...options, EXPORT, form, ...(asksRegistry ? REGISTRY : COMMON)],
    examples,
    load: () => import('../commands/ask.ts').then((command) => command.createAskCommand(question)),
  };
}

function toOption(
  { name, word, meaning, choices, fallback }: Field,
  { required }: Parameter,
): OptionDefinition {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return defineOption(`--${flag} <${word}>`, meaning, {
    ...(choices === undefined ? {} : { choices }),
    ...(fallback === undefined ? {} : { fallback }),
    ...(required ? { required } : {}),
  });
}
