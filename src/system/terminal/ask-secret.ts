import type { Readable } from 'node:stream';

/** A terminal as this module needs it. */
export interface Terminal {
  readonly input: Readable & {
    readonly isTTY?: boolean;
    setRawMode?(on: boolean): unknown;
  };
  readonly output: { readonly isTTY?: boolean; write(text: string): unknown };
  /** What Ctrl-C does. */
  readonly interrupt: () => void;
}

/** Asks for a secret; null where nobody can answer. */
export type SecretQuestion = (question: string) => Promise<string | null>;

const CHARACTERS_MAX = 1_024;
/** Ctrl-C. */
const END_OF_TEXT = '\u0003';
/** The line ends, and Ctrl-D. */
const ENDS = '\r\n\u0004';
const ERASERS = '\u0008\u007f';

/**
 * Asks for a passphrase or a PIN on the terminal, without an echo. Null where standard input or
 * standard error is no terminal, and for an empty answer: a pipeline is never kept waiting.
 *
 * @example await askSecret('Passphrase of the key release: ')
 */
export async function askSecret(
  question: string,
  terminal: Terminal = ownTerminal(),
): Promise<string | null> {
  const { input, output } = terminal;
  // mutant secret-asked-of-nobody by ask-secret: condition -> false
  if (input.isTTY !== true || output.isTTY !== true || input.setRawMode === undefined) return null;
  // Without it the terminal would show what is typed; before the question, for who types at once.
  // mutant secret-is-shown by ask-secret: remove
  input.setRawMode(true);
  output.write(question);
  try {
    return await readSecret(terminal);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

function ownTerminal(): Terminal {
  const interrupt = (): void => void process.kill(process.pid, 'SIGINT');
  return { input: process.stdin, output: process.stderr, interrupt };
}

function readSecret({ input, interrupt }: Terminal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const typed: string[] = [];
  const finish = (answer: string | null): void => {
    input.off('data', take);
    input.off('end', leave);
    resolve(answer === '' ? null : answer);
  };
  const leave = (): void => finish(null);
  const take = (piece: Buffer | string): void => {
    for (const character of String(piece)) {
      if (character === END_OF_TEXT) interrupt();
      if (character === END_OF_TEXT || typed.length === CHARACTERS_MAX) leave();
      else if (ENDS.includes(character)) finish(typed.join(''));
      else if (ERASERS.includes(character)) typed.pop();
      else typed.push(character);
    }
  };
  input.on('data', take);
  input.once('end', leave);
  input.resume();
  return promise;
}
