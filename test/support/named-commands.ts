import { COMMANDS } from '../../src/entrypoints/cli/every-command.ts';

/** A command as a sentence names it: the words and options up to the end of the sentence. */
export interface NamedCommand {
  readonly text: string;
  readonly words: readonly string[];
}

const GROUPS = new Set(COMMANDS.flatMap(({ path }) => (path.length > 1 ? [path[0]] : [])));
/** Words that follow the name of the program in a sentence about it. */
const PROSE = new Set(['and', 'from', 'is', 'must', 'serves', 'waybill', 'does', 'has', 'keeps']);

/** The commands that a text names. */
export function findNamedCommands(text: string): readonly NamedCommand[] {
  return text
    .split(/\bwaybill (?=[a-z])/)
    .slice(1)
    .flatMap((rest) => {
      const [sentence = ''] = rest.split(/[.,;:)](?:[\s'"`]|$)|\n|['"`]/);
      const words = sentence.split(/\s+/).filter((word) => word !== '');
      return PROSE.has(words[0] ?? '') ? [] : [{ text: `waybill ${sentence}`, words }];
    });
}

/** What is wrong with a named command by the grammar of the command line; null if nothing is. */
export function findCommandFlaw({ words }: NamedCommand): string | null {
  const command = findCommand(words);
  if (command === undefined) {
    const isGroup = words.length === 1 && GROUPS.has(words[0] ?? '');
    return isGroup ? 'a group of commands does nothing by itself' : 'there is no such command';
  }
  const options = words.slice(command.path.length).filter((word) => word.startsWith('--'));
  for (const option of options) {
    const [name = ''] = option.split('=');
    const known = command.options.some(({ flags }) => flags.split(/[ ,]+/).includes(name));
    if (!known && name !== '--help') return `it has no option ${name}`;
  }
  return null;
}

/** The command whose path the words begin with. */
export function findCommand(words: readonly string[]) {
  return COMMANDS.filter(({ path }) => path.every((word, at) => words[at] === word)).toSorted(
    (one, other) => other.path.length - one.path.length,
  )[0];
}
