/** What a program says about its own build, where this version does not read it. */
export type ProgramKind = 'go-program' | 'rust-program';

/**
 * `runtime/debug.buildInfo` begins with this (Go, debug/buildinfo); cargo-auditable names its
 * section like this.
 */
const SIGNS: readonly { readonly kind: ProgramKind; readonly sign: Buffer }[] = [
  { kind: 'go-program', sign: Buffer.from('\xff Go buildinf:', 'latin1') },
  { kind: 'rust-program', sign: Buffer.from('\0.dep-v0\0', 'latin1') },
];
const LONGEST_SIGN = Math.max(...SIGNS.map(({ sign }) => sign.length));

/** ELF, PE, Mach-O of either byte order, and its fat form. */
const MAGICS = new Set(['7f454c46', 'cffaedfe', 'cefaedfe', 'feedfacf', 'feedface', 'cafebabe']);

/**
 * Below this size, only executable files are read: no Go program is so small, and most files are.
 */
const UNMARKED_BYTES_MIN = 64 * 1024;

/** Whether a file may be a program: permissions may be set later, and plug-ins have none. */
export function mayBeProgram(size: number, executable: boolean): boolean {
  return size > 0 && (executable || size >= UNMARKED_BYTES_MIN);
}

/** Checks a program while its bytes pass; holds only a few bytes. */
export interface ProgramWatch {
  write(piece: Uint8Array): void;
  /** False once it is known not to be a program, or everything was found. */
  isInterested(): boolean;
  listKinds(): readonly ProgramKind[];
}

export function watchProgram(): ProgramWatch {
  const found = new Set<ProgramKind>();
  let tail: Uint8Array = new Uint8Array(0);
  let state: 'start' | 'program' | 'done' = 'start';
  const begin = (piece: Buffer): Buffer | null => {
    const head = Buffer.concat([tail, piece]);
    tail = head;
    if (head.length < 4) return null;
    const magic = head.toString('hex', 0, 4);
    state = MAGICS.has(magic) || magic.startsWith('4d5a') ? 'program' : 'done';
    tail = new Uint8Array(0);
    return state === 'program' ? head : null;
  };
  const search = (piece: Buffer): void => {
    const seam = Buffer.concat([tail, piece.subarray(0, LONGEST_SIGN)]);
    for (const { kind, sign } of SIGNS)
      if (seam.includes(sign) || piece.includes(sign)) found.add(kind);
    tail =
      piece.length >= LONGEST_SIGN
        ? Uint8Array.from(piece.subarray(-LONGEST_SIGN))
        : seam.subarray(-LONGEST_SIGN);
    if (found.size === SIGNS.length) state = 'done';
  };
  return {
    write: (piece) => {
      const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      if (state === 'done') return;
      const part = state === 'start' ? begin(buffer) : buffer;
      if (part !== null) search(part);
    },
    isInterested: () => state !== 'done',
    listKinds: () => [...found],
  };
}
