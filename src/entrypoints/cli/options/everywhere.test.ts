import { describe, expect, it } from 'vitest';
import { testIo } from '../../../../test/support/test-io.ts';
import { Failure } from '../../../core/failure.ts';
import type { CommandDefinition } from '../command.ts';
import { run } from '../command-line.ts';
import type { Io } from '../io.ts';
import { buildProgram } from '../program.ts';

/** What a command sees of a coloured terminal of 40 columns, after these words. */
async function callWith(...words: readonly string[]): Promise<Partial<Io>> {
  const seen: Io[] = [];
  const definition = (...path: [string, ...string[]]): CommandDefinition => ({
    path,
    summary: 'tries something',
    arguments: [],
    options: [],
    examples: [`waybill ${path.join(' ')}`],
    load: async () => ({
      run: ({ io }) => {
        seen.push(io);
        throw new Failure('USAGE', 'seen', 'None.');
      },
    }),
  });
  const terminal = { ...testIo(), colour: true, colourErr: true, width: 40, quiet: false };
  const commands = [definition('try'), definition('part', 'try')];
  const program = buildProgram(terminal, { exit: 0 }, commands);
  await expect(program.parseAsync([...words], { from: 'user' })).rejects.toThrow('seen');
  const [{ colour, colourErr, width, quiet } = terminal] = seen;
  return { colour, colourErr, width, quiet };
}

const PLAIN = { colour: true, colourErr: true, width: 40, quiet: false };

describe.each([[['try']], [['part', 'try']]])('the options of every command: %s', (command) => {
  it.each([
    ['--no-color', { ...PLAIN, colour: false, colourErr: false }],
    ['--wide', { ...PLAIN, width: null }],
    ['--quiet', { ...PLAIN, quiet: true }],
    ['-q', { ...PLAIN, quiet: true }],
  ])('%s counts before the command and behind it', async (option, wanted) => {
    expect(await callWith(...command)).toEqual(PLAIN);
    expect(await callWith(option, ...command)).toEqual(wanted);
    expect(await callWith(...command, option)).toEqual(wanted);
  });
});

it.each([
  [['scann', '--no-color'], 'error: '],
  [['--no-color', 'scann'], 'error: '],
  [['scann'], '\u001b[31merror:'],
])('--no-color counts for an error too: %s', async (words, start) => {
  const said: string[] = [];
  const io = { ...testIo(), colourErr: true, err: (text: string) => void said.push(text) };
  expect(await run(words, io)).toBe(2);
  expect(said.join('').startsWith(start)).toBe(true);
});
