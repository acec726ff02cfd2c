import type { Script } from 'node:vm';

/** One piece of the bundle as it is kept: in a file of the package, or in the executable. */
export interface KeptPiece {
  /** UTF-8: a function of `exports`, `require`, `module`, `__filename` and `__dirname`. */
  readonly text: Uint8Array;
  /** What `compilePieces` made of it; null where it is of another Node.js, or was not made. */
  readonly compiled: Uint8Array | null;
  /** For stack traces, and the `__filename` of the piece. */
  readonly file: string;
  readonly folder: string;
}

/** A script, and what its code calls. */
export interface ReadPiece {
  readonly script: Script;
  readonly kept: KeptPiece;
}

type Run = (
  exports: unknown,
  require: (id: string) => unknown,
  module: { exports: unknown },
  filename: string,
  dirname: string,
) => void;

/**
 * `require` in the package and in the executable. It returns a module of Node.js, or a piece of the
 * bundle, which is evaluated at the first request. Nothing else is found.
 */
export function createLoader(
  keep: (id: string) => KeptPiece,
  observe: (id: string, piece: ReadPiece) => void = () => {},
): (id: string) => unknown {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (id: string): unknown => {
    const builtin = process.getBuiltinModule(id);
    if (builtin !== undefined) return builtin;
    const known = loaded.get(id);
    if (known !== undefined) return known.exports;
    const piece = readPiece(keep(id));
    observe(id, piece);
    const module = { exports: {} as unknown };
    loaded.set(id, module);
    try {
      const run = piece.script.runInThisContext() as Run;
      run(module.exports, load, module, piece.kept.file, piece.kept.folder);
    } catch (thrown) {
      loaded.delete(id);
      throw thrown;
    }
    return module.exports;
  };
  return load;
}

/** V8 compiles so few bytes sooner than anything about them is checked. */
const SMALL_BYTES = 8_192;

/** Compiled code is used if it is whole and made from this text; V8 refuses that of another V8. */
export function readPiece(kept: KeptPiece): ReadPiece {
  const isSmall = kept.text.byteLength < SMALL_BYTES;
  const compiled = isSmall ? null : kept.compiled;
  const cachedData = compiled === null ? null : openCompiled(kept.text, compiled);
  const options = cachedData === null ? {} : { cachedData };
  const { buffer, byteOffset, byteLength } = kept.text;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString();
  const { Script } = process.getBuiltinModule('node:vm');
  return { script: new Script(text, { filename: kept.file, ...options }), kept };
}

/** Compiled code is of one version of Node.js for one kind of machine: the name of its folder. */
export function nameCompiled(): string {
  return `compiled-${process.version}-${process.platform}-${process.arch}`;
}

/** Checksums of the text and of the code come before the code. */
const SUMS_BYTES = 8;

/** V8 itself compares no more of the text than its length, and does not look for damage. */
export function sealCompiled(text: Uint8Array, code: Uint8Array): Uint8Array {
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const sums = Buffer.alloc(SUMS_BYTES);
  sums.writeUInt32LE(crc32(text), 0);
  sums.writeUInt32LE(crc32(code), 4);
  return Buffer.concat([sums, code]);
}

/** Null if the code is not of this text, or not as it was made. */
export function openCompiled(text: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  if (sealed.byteLength <= SUMS_BYTES) return null;
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const sums = new DataView(sealed.buffer, sealed.byteOffset, SUMS_BYTES);
  const code = sealed.subarray(SUMS_BYTES);
  // mutant compiled-of-another-text: remove
  if (sums.getUint32(0, true) !== crc32(text)) return null;
  // mutant damaged-compiled-code: remove
  if (sums.getUint32(4, true) !== crc32(code)) return null;
  return code;
}
