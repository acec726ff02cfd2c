import { createInterface } from 'node:readline/promises';
import type { Io } from '../io.ts';

/** Whether a user can answer. */
export function mayAsk(io: Io): boolean {
  return io.interactive && (io.stdin as { readonly isTTY?: boolean }).isTTY === true;
}

/** Asks until the answer is valid or empty; the end of the input is an empty answer. */
export async function askFor<T>(
  io: Io,
  question: string,
  read: (answer: string) => T | null,
  signal: AbortSignal,
): Promise<T | null> {
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    io.err(`${question}\n> `);
    for await (const line of lines) {
      signal.throwIfAborted();
      const answer = line.trim();
      if (answer === '') return null;
      const value = read(answer);
      if (value !== null) return value;
      io.err('that is not a valid answer; try again, or leave it empty\n> ');
    }
    return null;
  } finally {
    lines.close();
  }
}

/** `all`, or numbers from 1 with commas or blanks between them; null for anything else. */
export function chooseByNumbers<T>(text: string, of: readonly T[]): readonly T[] | null {
  if (text.toLowerCase() === 'all') return of;
  const chosen = text.split(/[ ,]+/).map((word) => (/^\d{1,4}$/.test(word) ? Number(word) : 0));
  const items = chosen.flatMap((at) => of[at - 1] ?? []);
  return items.length === chosen.length ? [...new Set(items)] : null;
}
