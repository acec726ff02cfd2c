import { createInterface } from 'node:readline/promises';
import type { Io } from '../io.ts';

/** Whether a user can answer. */
export function mayAsk(io: Io): boolean {
  return io.interactive && (io.stdin as { readonly isTTY?: boolean }).isTTY === true;
}

/** Asks one thing. Null is an empty answer. */
export type Ask = <T>(question: string, read: (answer: string) => T | null) => Promise<T | null>;

export interface Questions {
  readonly ask: Ask;
  readonly close: () => void;
}

/**
 * Questions to the user of a terminal, one after the other. One reader serves them all, so that
 * what was typed or pasted ahead answers the next one. Each is asked until the answer is valid or
 * empty. The end of the input is an empty answer to it and to all that follow, which are not asked.
 * An interrupt ends a question with the reason of `signal`.
 */
export function openQuestions(io: Io, signal: AbortSignal): Questions {
  const reader = createInterface({ input: io.stdin, terminal: false, signal });
  const lines = reader[Symbol.asyncIterator]();
  let isOver = false;
  const readAnswer = async (): Promise<string> => {
    const line = await lines.next();
    // mutant interrupted-question: remove
    signal.throwIfAborted();
    if (line.done !== true) return line.value.trim();
    isOver = true;
    io.err('\n');
    return '';
  };
  return {
    ask: async (question, read) => {
      if (isOver) return null;
      io.err(`${question}\n> `);
      for (;;) {
        const answer = await readAnswer();
        if (answer === '') return null;
        const value = read(answer);
        if (value !== null) return value;
        io.err('that is not a valid answer; try again, or leave it empty\n> ');
      }
    },
    close: () => reader.close(),
  };
}

/** `all`, or numbers from 1 with commas or blanks between them; null for anything else. */
export function chooseByNumbers<T>(text: string, of: readonly T[]): readonly T[] | null {
  if (text.toLowerCase() === 'all') return of;
  const chosen = text.split(/[ ,]+/).map((word) => (/^\d{1,4}$/.test(word) ? Number(word) : 0));
  const items = chosen.flatMap((at) => of[at - 1] ?? []);
  return items.length === chosen.length ? [...new Set(items)] : null;
}
