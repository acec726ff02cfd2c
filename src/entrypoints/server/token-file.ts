import { readFileSync, statSync } from 'node:fs';
import { Failure, toFailure } from '../../core/failure.ts';
import { toOneLine } from '../../core/one-line.ts';
import type { LogEntry } from './log.ts';
import { parseTokens, type ServerToken, type TokenSource } from './tokens.ts';

/** How often the file is looked at: a token that was taken out counts no longer than this. */
const LOOK_MS = 500;
export const TOKEN_FILE_BYTES_MAX = 64 * 1024;

/**
 * The tokens of a file as they are on the disk. Where it can no longer be read, nobody is let in:
 * the last good file may have a token that was taken out.
 */
export class TokenFile implements TokenSource {
  readonly #path: string;
  readonly #log: (entry: LogEntry) => void;
  #lookedAt = 0;
  #state = '';
  #tokens: readonly ServerToken[] = [];

  /** Throws CONFIG_INVALID, or what prevents reading. */
  constructor(path: string, log: (entry: LogEntry) => void) {
    this.#path = path;
    this.#log = log;
    this.#state = this.#readState();
    this.#tokens = this.#readTokens();
    this.#lookedAt = performance.now();
  }

  current(): readonly ServerToken[] {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) return this.#tokens;
    this.#lookedAt = now;
    try {
      const state = this.#readState();
      // mutant token-file-read-once by token-file: condition -> true
      if (state === this.#state) return this.#tokens;
      this.#tokens = this.#readTokens();
      this.#state = state;
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      if (this.#state !== '')
        this.#log({
          level: 'error',
          event: 'tokens-unreadable',
          code,
          message: toOneLine(message),
        });
      this.#state = '';
      // mutant unreadable-tokens-still-count by token-file: remove
      this.#tokens = [];
    }
    return this.#tokens;
  }

  #readState(): string {
    const { size, mtimeMs, ino } = statSync(this.#path);
    return `${ino} ${size} ${mtimeMs}`;
  }

  #readTokens(): readonly ServerToken[] {
    const text = readFileSync(this.#path);
    if (text.length > TOKEN_FILE_BYTES_MAX)
      throw new Failure('LIMIT_EXCEEDED', 'the file of tokens is too large', 'Take some out.');
    const tokens = parseTokens(text.toString('utf8'));
    if (!tokens.ok) throw tokens.failure;
    return tokens.value;
  }
}
