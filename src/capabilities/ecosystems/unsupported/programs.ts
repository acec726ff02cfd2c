import type { ElfRow } from '../../../formats/elf/elf.ts';
import type { ProgramLayout } from '../../../formats/program/loaded-part.ts';
import type { FilePart, PartReading } from '../../../formats/program/part-reading.ts';

/** What a program says about its own build, where this version does not read it. */
export type ProgramKind = 'go-program' | 'rust-program';

const GO_SIGN = Buffer.from('\xff Go buildinf:', 'latin1');

/**
 * `runtime/debug.buildInfo` begins with this (Go, debug/buildinfo); cargo-auditable names its
 * section like this.
 */
const SIGNS: readonly { readonly kind: ProgramKind; readonly sign: Buffer }[] = [
  { kind: 'go-program', sign: GO_SIGN },
  { kind: 'rust-program', sign: Buffer.from('\0.dep-v0\0', 'latin1') },
];
const LONGEST_SIGN = Math.max(...SIGNS.map(({ sign }) => sign.length));

/** ELF, Mach-O of either byte order, WebAssembly. */
const MAGICS = new Set(['7f454c46', 'cffaedfe', 'cefaedfe', 'feedfacf', 'feedface', '0061736d']);

/** Java's class files begin as Mach-O's fat form does; that one has few parts, they a version. */
const FAT = 'cafebabe';
const FAT_PARTS_MAX = 40;

/** A file with fewer bytes is neither machine code nor an archive. */
export const CODE_BYTES_MIN = 4;

/** Checks a program while its bytes pass; holds only a few bytes. */
export interface ProgramWatch {
  write(piece: Uint8Array): void;
  /** False once it is known not to be a program. */
  isInterested(): boolean;
  /** Whether it is machine code, by its first bytes. */
  isProgram(): boolean;
  listKinds(): readonly ProgramKind[];
}

export function watchProgram(): ProgramWatch {
  const found = new Set<ProgramKind>();
  let tail: Uint8Array = new Uint8Array(0);
  let state: 'start' | 'program' | 'done' = 'start';
  const begin = (piece: Buffer): Buffer | null => {
    const head = Buffer.concat([tail, piece]);
    tail = head;
    if (head.length < HEAD_BYTES) return null;
    state = isMachineCode(head) ? 'program' : 'done';
    tail = new Uint8Array(0);
    return state === 'program' ? head : null;
  };
  const search = (piece: Buffer): void => {
    if (found.size === SIGNS.length) return;
    const seam = Buffer.concat([tail, piece.subarray(0, LONGEST_SIGN)]);
    for (const { kind, sign } of SIGNS)
      if (seam.includes(sign) || piece.includes(sign)) found.add(kind);
    tail =
      piece.length >= LONGEST_SIGN
        ? Uint8Array.from(piece.subarray(-LONGEST_SIGN))
        : seam.subarray(-LONGEST_SIGN);
  };
  return {
    write: (piece) => {
      const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      if (state === 'done') return;
      const part = state === 'start' ? begin(buffer) : buffer;
      if (part !== null) search(part);
    },
    isInterested: () => state !== 'done',
    isProgram: () => state === 'program' || (state === 'start' && isMachineCode(tail)),
    listKinds: () => [...found],
  };
}

/** Whether a file is machine code, by its first bytes: eight of them, or all of a shorter one. */
export function isProgramStart(head: Uint8Array): boolean {
  return isMachineCode(head);
}

/**
 * What a program says about its own build, read only where its tables say that this is; null where
 * only the whole file tells. Go reads its own programs in the same places (Go, debug/buildinfo).
 */
export function* findProgramKinds(
  [layout]: readonly ProgramLayout[],
  size: number,
): PartReading<readonly ProgramKind[] | null> {
  if (layout?.elf?.isWhole !== true) return null;
  const { sections, loaded } = layout.elf;
  const named = sections.filter(({ name }) => name === '.go.buildinfo');
  const parts = [...named, ...loaded.filter(isWritable)];
  // Parts that overlap would be read many times.
  if (parts.reduce((sum, { length }) => sum + length, 0) > 2 * size) return null;
  const found: ProgramKind[] = [];
  for (const part of parts)
    if (found.length === 0 && (yield* hasGoSign(part))) found.push('go-program');
  if (sections.some(({ name }) => name === '.dep-v0')) found.push('rust-program');
  return found;
}

/** Data that the program may change: not what it executes. */
function isWritable({ flags }: ElfRow): boolean {
  return (flags & (FLAGS.write | FLAGS.execute)) === FLAGS.write;
}

const FLAGS = { execute: 1, write: 2 } as const;
const PIECE_BYTES = 1024 * 1024;

function* hasGoSign({ offset, length }: FilePart): PartReading<boolean> {
  for (let at = 0; at < length; at += PIECE_BYTES) {
    const wanted = Math.min(PIECE_BYTES + GO_SIGN.length, length - at);
    const piece = yield { offset: offset + at, length: wanted };
    if (Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).includes(GO_SIGN))
      return true;
  }
  return false;
}

const HEAD_BYTES = 8;

/** By the first eight bytes; a file may have fewer. */
function isMachineCode(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES));
  if (head.length < 4) return false;
  const magic = head.toString('hex', 0, 4);
  if (magic === FAT) return head.length < HEAD_BYTES || head.readUInt32BE(4) <= FAT_PARTS_MAX;
  return MAGICS.has(magic) || magic.startsWith('4d5a');
}
