import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Io } from '../io.ts';
import { chooseByNumbers, mayAsk, openQuestions } from './ask.ts';
import { parseRegistryPlace } from './registry-places.ts';

function terminal(lines: readonly string[], more: Partial<Io> = {}) {
  const said: string[] = [];
  const stdin = Object.assign(Readable.from(lines.map((line) => `${line}\n`)), { isTTY: true });
  const io = {
    stdin,
    err: (text: string) => void said.push(text),
    interactive: true,
    ...more,
  } as unknown as Io;
  return { io, said };
}
const { signal } = new AbortController();

describe('A question of init', () => {
  it.each([
    ['the answer is used', ['registry.example.com/shop'], 'registry.example.com/shop'],
    [
      'an invalid answer leads to the same question again',
      ['not one', 'registry.example.com'],
      'registry.example.com',
    ],
    ['an empty answer leaves the value open', [''], null],
    ['the end of the input leaves the value open', [], null],
  ])('%s', async (_, lines, answer) => {
    const { io, said } = terminal(lines);
    const { ask } = openQuestions(io, signal);
    expect(await ask('Which registry?', parseRegistryPlace)).toBe(answer);
    expect(said[0]).toBe('Which registry?\n> ');
    expect(said.length).toBe(lines[0] === '' || answer === lines[0] ? 1 : 2);
  });

  it('is answered by what was typed ahead; after the end of the input none is asked', async () => {
    const { io, said } = terminal(['one', 'two']);
    const { ask } = openQuestions(io, signal);
    const answers: (string | null)[] = [];
    for (const question of ['1?', '2?', '3?', '4?'])
      answers.push(await ask(question, (text) => text));
    expect(answers).toEqual(['one', 'two', null, null]);
    expect(said).toEqual(['1?\n> ', '2?\n> ', '3?\n> ', '\n']);
  });

  it('is ended by an interrupt, which is no answer', async () => {
    const interrupt = new AbortController();
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const { ask } = openQuestions(terminal([], { stdin }).io, interrupt.signal);
    const answer = ask('Which registry?', parseRegistryPlace);
    interrupt.abort(new Error('interrupted'));
    await expect(answer).rejects.toThrow('interrupted');
  });

  it('is not asked if input or messages are not a terminal', () => {
    expect(mayAsk(terminal([]).io)).toBe(true);
    expect(mayAsk(terminal([], { interactive: false }).io)).toBe(false);
    expect(mayAsk(terminal([], { stdin: Readable.from([]) }).io)).toBe(false);
  });

  it.each([
    ['2', ['b']],
    ['1,3 1', ['a', 'c']],
    ['ALL', ['a', 'b', 'c']],
    ['0', null],
    ['4', null],
    ['a', null],
    ['1,x', null],
  ])('chooses by numbers: %s', (text, chosen) => {
    expect(chooseByNumbers(text, ['a', 'b', 'c'])).toEqual(chosen);
  });
});
