import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { testIo } from '../../../test/support/test-io.ts';
import { STATEMENT_KINDS } from '../../capabilities/signing/index.ts';
import { GROUPS, PARTS } from './catalogue.ts';
import { COMMANDS } from './every-command.ts';
import { buildProgram, parseAndRun } from './program.ts';

describe('the help output', () => {
  it('equals the golden file, for every command', async () => {
    const program = buildProgram(testIo(), { exit: 0 }, COMMANDS);
    const groups = program.commands.filter((command) => command.commands.length > 0);
    const all = [program, ...program.commands.filter((one) => !groups.includes(one)), ...groups];
    const leaves = groups.flatMap((group) => group.commands);
    const texts = [...all, ...leaves].map((command) => {
      let text = '';
      command.configureOutput({ writeOut: (piece) => (text += piece), getOutHelpWidth: () => 100 });
      command.outputHelp();
      // The list of formats is in one place; the reference page shows it.
      return text.replaceAll(/(format of the result)\s+\(choices: [^)]*\)/g, '$1');
    });
    await expect(`${texts.join('\n========\n\n')}`).toMatchFileSnapshot('./testdata/help.txt');
  });

  it('says what each group of commands is about', () => {
    const named = COMMANDS.flatMap(({ path }) => (path.length > 1 ? [path[0]] : []));
    const groups = new Set(
      named.filter(
        (name) => !COMMANDS.some(({ path: [one, two] }) => one === name && two === undefined),
      ),
    );
    expect(Object.keys(GROUPS).sort()).toEqual(expect.arrayContaining([...groups].sort()));
  });

  it('is what `help` before a command prints', async () => {
    const print = async (...words: readonly string[]) => {
      let text = '';
      const io = { ...testIo(), out: (piece: string) => (text += piece) };
      return [await parseAndRun(words, io), text];
    };
    expect(await print('help', 'help')).toEqual(await print('--help'));
    for (const words of [[], ['sbom'], ['graph'], ['graph', 'status']])
      expect(await print('help', ...words)).toEqual(await print(...words, '--help'));
    expect((await print('help', 'graph', 'status'))[1]).toContain('waybill graph status');
  });

  it.each([
    ['help', 'scann'],
    ['scann', '--help'],
    ['help', 'graph', 'statuss'],
  ])('truth A16: of a command that does not exist is a usage error: %s %s', async (...words) => {
    const [name = ''] = words.filter((word) => /scann|statuss/.test(word));
    await expect(parseAndRun(words, testIo())).rejects.toMatchObject({
      code: 'USAGE',
      message: `unknown command '${name}'`,
      remedy: expect.stringContaining(`Did you mean ${name.slice(0, -1)}?`),
    });
  });

  it('truth A16: trust add names every kind of statement that it takes', () => {
    const add = COMMANDS.find(({ path }) => path.join(' ') === 'trust add');
    const help = add?.options.find(({ flags }) => flags.startsWith('--statement'))?.meaning;
    for (const kind of STATEMENT_KINDS) expect(help).toContain(kind);
  });

  it('has at least one example for each command, with the name of the command', () => {
    for (const { path, examples } of COMMANDS) {
      expect(examples.some((example) => example.includes(`waybill ${path.join(' ')}`))).toBe(true);
    }
  });

  it('finds each first word in one part of the catalogue, where that part says', async () => {
    const words = PARTS.flatMap((part) => part.words);
    expect(new Set(words).size).toBe(words.length);
    for (const part of PARTS) {
      const first = (await part.load()).map(({ path }) => path[0]);
      expect([...new Set(first)]).toEqual(part.words);
    }
  });

  it('shows only examples that the parser accepts', async () => {
    for (const example of COMMANDS.flatMap(({ examples }) => examples)) {
      const words = splitWords(example);
      const program = buildProgram(testIo(), { exit: 0 }, COMMANDS);
      const called: unknown[] = [];
      for (const command of [
        program,
        ...program.commands,
        ...program.commands.flatMap((one) => one.commands),
      ]) {
        if (isCommand(command)) command.action(() => void called.push(command.opts()));
      }
      await program.parseAsync(words, { from: 'user' });
      expect(called, example).toHaveLength(1);
    }
  });
});

/** A group is none, unless it is a command of its own, such as waybill sbom. */
function isCommand(command: Command): boolean {
  const isOwn = COMMANDS.some(({ path }) => path.length === 1 && path[0] === command.name());
  return command.commands.length === 0 || isOwn;
}

/** The arguments of `waybill` in a shell line, for the forms that examples use. */
function splitWords(example: string): string[] {
  const line = /waybill (.*?)(?:\)| [>|] .*)?$/.exec(example)?.[1] ?? '';
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
