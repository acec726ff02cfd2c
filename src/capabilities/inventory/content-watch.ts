import { createHash, type Hash, hash as hashAtOnce } from 'node:crypto';
import { type FileAlgorithm, type ProgramWatch, watchProgram } from '../ecosystems/index.ts';
import { type FileDigests, NO_DIGESTS } from './file-requests.ts';

/** What is found out about a file while its bytes pass. */
export interface ContentWatch {
  write(piece: Uint8Array): void;
  /** False once no more bytes are needed. */
  isInterested(): boolean;
  /** After the last byte; a second call is not possible. */
  finish(): {
    readonly isProgram: boolean;
    readonly digests: FileDigests;
    readonly kinds: readonly string[];
  };
}

export interface WatchOptions {
  /** Whether it may be a program, which is only known from its first bytes. */
  readonly mayBeProgram: boolean;
  /** Whether its digests are needed: never, if it is a program, or always. */
  readonly hashed: 'never' | 'program' | 'always';
  readonly algorithms: readonly FileAlgorithm[];
}

export function watchContent({ mayBeProgram, hashed, algorithms }: WatchOptions): ContentWatch {
  const watch: ProgramWatch | null = mayBeProgram ? watchProgram() : null;
  const isHashed = hashed === 'always' || (hashed === 'program' && mayBeProgram);
  // Weak digests only show that a file is what a package database says of it.
  // They are made with the first bytes that need them: most files are no programs.
  let hashes: readonly { readonly name: FileAlgorithm; readonly hash: Hash }[] | null = null;
  const openHashes = (): NonNullable<typeof hashes> => {
    hashes ??= isHashed ? algorithms.map((name) => ({ name, hash: createHash(name) })) : [];
    return hashes;
  };
  const wantsMore = (): boolean => hashed === 'always' || watch?.isInterested() === true;
  return {
    write: (piece) => {
      watch?.write(piece);
      if (wantsMore()) for (const { hash } of openHashes()) hash.update(piece);
    },
    isInterested: wantsMore,
    finish: () => {
      const isProgram = watch?.isProgram() === true;
      const isNeeded = isHashed && (isProgram || hashed === 'always');
      const digests = isNeeded
        ? Object.fromEntries(openHashes().map(({ name, hash }) => [name, hash.digest('hex')]))
        : NO_DIGESTS;
      return { isProgram, digests, kinds: watch?.listKinds() ?? [] };
    },
  };
}

/** The digests of a file that is in memory. */
export function hashBytes(bytes: Uint8Array, algorithms: readonly FileAlgorithm[]): FileDigests {
  return Object.fromEntries(algorithms.map((name) => [name, hashAtOnce(name, bytes, 'hex')]));
}
