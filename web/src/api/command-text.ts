import { type Field, QUESTIONS } from '../generated/questions.ts';
import { getOwn } from '../own.ts';
import type { Fields, QuestionName } from './ask.ts';

/** The question as a line for a shell: `waybill ask exposure CVE-2021-44228 --owner team-a`. */
export function formatCommand(name: QuestionName, fields: Fields): string {
  const known: readonly Field[] = QUESTIONS[name].fields;
  const given = known.flatMap(({ name: field, isArgument }) => {
    const value = getOwn(fields, field) ?? '';
    return value === '' ? [] : [{ field, isArgument, value }];
  });
  const words = given.filter(({ isArgument }) => isArgument).map(({ value }) => quote(value));
  const options = given
    .filter(({ isArgument }) => !isArgument)
    .map(({ field, value }) => {
      const between = value.startsWith('-') ? '=' : ' ';
      return `--${toOption(field)}${between}${quote(value)}`;
    });
  // After this mark an argument may begin with a dash.
  const isMarked = given.some(({ isArgument, value }) => isArgument && value.startsWith('-'));
  const parts = isMarked ? [...options, '--', ...words] : [...words, ...options];
  return ['waybill ask', name, ...parts].join(' ');
}

function toOption(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Nothing in single quotes means anything to a shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Only the fields that this question has; the others of an address do not restrict it. */
export function pickFields(name: QuestionName, fields: Fields): Fields {
  const known: readonly Field[] = QUESTIONS[name].fields;
  return Object.fromEntries(
    known.flatMap(({ name: field }) => {
      const value = getOwn(fields, field);
      return value === undefined ? [] : [[field, value]];
    }),
  );
}
