import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Io } from '../io.ts';
import { askFor, chooseByNumbers, mayAsk } from './ask.ts';
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
    expect(await askFor(io, 'Which registry?', parseRegistryPlace, signal)).toBe(answer);
    expect(said[0]).toBe('Which registry?\n> ');
    expect(said.length).toBe(lines[0] === 'not one' ? 2 : 1);
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
