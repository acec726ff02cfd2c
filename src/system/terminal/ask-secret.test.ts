import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askSecret } from './ask-secret.ts';

function openTerminal({ isTTY = true } = {}) {
  const seen: string[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (on: boolean) => seen.push(on ? '[raw]' : '[cooked]'),
  });
  const output = { isTTY, write: (text: string) => seen.push(text) };
  let interrupts = 0;
  const terminal = { input, output, interrupt: () => void interrupts++ };
  return { terminal, input, seen, count: () => interrupts };
}

const type = async (...pieces: readonly string[]) => {
  const opened = openTerminal();
  const answer = askSecret('PIN: ', opened.terminal);
  for (const piece of pieces) opened.input.write(piece);
  return { answer: await answer, seen: opened.seen.join(''), interrupts: opened.count() };
};

describe('B19: a secret that is asked on the terminal', () => {
  it('is what was typed, in whatever pieces, and is not shown', async () => {
    expect(await type('98', '765', '432\r')).toEqual({
      answer: '98765432',
      seen: '[raw]PIN: [cooked]\n',
      interrupts: 0,
    });
    expect((await type('pä ss\u007f\u007f\u0008x\n')).answer).toBe('päx');
  });

  it('is nothing for an empty answer, an end, a signal or far too much', async () => {
    for (const typed of ['\r', '\u0004', `${'x'.repeat(1_025)}\r`])
      expect((await type(typed)).answer).toBeNull();
    expect(await type('abc\u0003')).toMatchObject({ answer: null, interrupts: 1 });
  });

  it('is asked of nobody where there is no terminal', async () => {
    const { terminal, seen } = openTerminal({ isTTY: false });
    expect(await askSecret('PIN: ', terminal)).toBeNull();
    expect(seen).toEqual([]);
  });
});
