import { createHash } from 'node:crypto';
import { type ProgramWatch, watchProgram } from '../ecosystems/index.ts';

/** What is found out about a file while its bytes pass. */
export interface ContentWatch {
  write(piece: Uint8Array): void;
  /** False once no more bytes are needed. */
  isInterested(): boolean;
  /** After the last byte; a second call is not possible. */
  finish(): {
    readonly isProgram: boolean;
    readonly md5: string | null;
    readonly kinds: readonly string[];
  };
}

export interface WatchOptions {
  /** Whether it may be a program, which is only known from its first bytes. */
  readonly mayBeProgram: boolean;
  /** Whether its MD5 is needed: never, if it is a program, or always. */
  readonly hashed: 'never' | 'program' | 'always';
}

export function watchContent({ mayBeProgram, hashed }: WatchOptions): ContentWatch {
  const watch: ProgramWatch | null = mayBeProgram ? watchProgram() : null;
  const isHashed = hashed === 'always' || (hashed === 'program' && mayBeProgram);
  // MD5 only shows that a file is what a package database says of it; dpkg records nothing else.
  const hash = isHashed ? createHash('md5') : null;
  const wantsMore = (): boolean => hashed === 'always' || watch?.isInterested() === true;
  return {
    write: (piece) => {
      watch?.write(piece);
      if (wantsMore()) hash?.update(piece);
    },
    isInterested: wantsMore,
    finish: () => {
      const isProgram = watch?.isProgram() === true;
      const md5 = isProgram || hashed === 'always' ? (hash?.digest('hex') ?? null) : null;
      return { isProgram, md5, kinds: watch?.listKinds() ?? [] };
    },
  };
}
