import {
  findQuestion,
  listFields,
  QUESTIONS,
  type QuestionEntry,
  readQuestion,
} from '../../capabilities/graph/questions/index.ts';
import { Failure } from '../../core/failure.ts';
import { getOwn, setOwn } from '../../core/own.ts';

/** A question as one text: its name, and its parameters as texts by field. */
export interface AskedQuestion {
  readonly question: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Reads a question as it stands after `waybill ask`. Moments are RFC 3339. Throws USAGE.
 *
 * @example await parseAskedQuestion('why trips@1.4 log4j-core')
 */
export async function parseAskedQuestion(text: string): Promise<AskedQuestion> {
  const [name = '', ...words] = splitWords(text);
  const entry = findQuestion(name);
  if (entry === undefined)
    throw refuse(`there is no question ${JSON.stringify(name.slice(0, 100))}`);
  const parameters = readWords(entry, words);
  await readQuestion(entry, {
    text: (field) => getOwn(parameters, field),
    label: (field) => `--${field}`,
  });
  return { question: name, parameters };
}

function readWords(
  { parameters, name }: QuestionEntry,
  words: readonly string[],
): Record<string, string> {
  const fields = Object.entries(parameters).flatMap(([parameter, declared]) =>
    listFields(parameter, declared).map((field) => ({ ...field, form: declared.form })),
  );
  const open = fields.filter(({ form }) => form === 'argument').map((field) => field.name);
  const texts: Record<string, string> = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const flag = word.startsWith('--') ? toFieldName(word) : open.shift();
    const field = fields.find((one) => one.name === flag);
    if (field === undefined) throw refuse(`${name} does not take ${word.slice(0, 100)}`);
    const value = word.startsWith('--') ? words[++at] : word;
    if (value === undefined) throw refuse(`${word} has no value`);
    setOwn(texts, field.name, value);
  }
  return texts;
}

function toFieldName(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Words between blanks; quotes keep blanks together, as in a shell. */
function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (const character of text.slice(0, CHARACTERS_MAX)) {
    if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === quote) quote = '';
    else if (quote === '' && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  if (word !== null) words.push(word);
  return words;
}

const CHARACTERS_MAX = 4_000;

function refuse(why: string): Failure {
  const names = QUESTIONS.map(({ name }) => name).join(', ');
  return new Failure('USAGE', why, `Write a question as after waybill ask: ${names}.`);
}
