import type { Installation } from './installation.ts';
import type { ShellWord } from './shell-words.ts';

/** The words of a command behind its program: free ones, and the values of its options. */
export interface Arguments {
  readonly program: ShellWord;
  readonly verb: string;
  /** Free words behind the verb. */
  readonly names: readonly ShellWord[];
  /** The last value of each. */
  readonly options: ReadonlyMap<string, ShellWord>;
  /** Every word that begins with a hyphen. */
  readonly flags: ReadonlySet<string>;
  /** Those that are there more than once. */
  readonly repeated: ReadonlySet<string>;
}

/** How one or more programs that install packages read their words. */
export interface Installer {
  readonly programs: RegExp;
  /** Options that take the next word as their value. */
  readonly valued: ReadonlySet<string>;
  readonly read: (given: Arguments) => readonly Installation[];
}

export const BY_VARIABLE = 'a variable decides which package it is';

export function listWords(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
