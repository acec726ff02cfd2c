import type { PinState } from '../dependency.ts';
import type { ShellWord } from './shell-words.ts';

/** What a command of a RUN instruction installs or fetches. */
export type Installation = InstalledPackage | UnreadInstallation;

export interface InstalledPackage {
  readonly kind: 'package';
  /** The purl type, or `generic` for a file. */
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string | null;
  readonly pinned: PinState;
  readonly why: string;
  /** Where the word begins in the text that was read. */
  readonly at: number;
  /** Whether the command holds a hash of the content. */
  readonly recorded?: boolean;
  /** The address that the command names; credentials are cut off later. */
  readonly address?: string;
  /** Whether the command asks another registry too, so that its address is not known. */
  readonly isMixed?: boolean;
}

export interface UnreadInstallation {
  readonly kind: 'other';
  readonly what: string;
  readonly at: number;
}

/** What a word names where the rest decides which version it is. */
export function createUnknown(
  word: ShellWord,
  ecosystem: string,
  name: string,
  why: string,
): InstalledPackage {
  return { kind: 'package', ecosystem, name, version: null, pinned: 'unknown', why, at: word.at };
}

export function createLoose(
  word: ShellWord,
  ecosystem: string,
  name: string,
  why: string,
): InstalledPackage {
  return { ...createUnknown(word, ecosystem, name, why), pinned: 'no' };
}

export function createPinned(
  word: ShellWord,
  ecosystem: string,
  name: string,
  version: string,
): InstalledPackage {
  const why = 'the version is named';
  return { kind: 'package', ecosystem, name, version, pinned: 'yes', why, at: word.at };
}
