import { ByteFields, viewBuffer } from './fields.ts';
import type { ProgramLayout } from './loaded-part.ts';
import type { PartReading } from './part-reading.ts';

/**
 * Behind the offset of the header, in the data of every host that can hold an application: the
 * SHA-256 of `.net core bundle` and a line feed (dotnet/runtime, `apphost/bundle_marker.c`, whose
 * comment leaves out the line feed).
 */
const SIGN = Buffer.from('8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae', 'hex');
const OFFSET_BYTES = 8;
const PIECE_BYTES = 1024 * 1024;
/** Data of real hosts is far smaller. */
const DATA_BYTES_MAX = 32 * 1024 * 1024;
const HEADER_BYTES_MAX = 512;
/** Tables of an ELF file follow its sections, and are no application. */
const TABLE_BYTES = 2_048;

/** Where the list of dependencies of a single file is in it. */
export interface DotnetBundle {
  /** Null where there is none: it was published without, or by a .NET before 5. */
  readonly dependencies: { readonly offset: number; readonly length: number } | null;
}

/**
 * The application in a program that `dotnet publish` made as a single file (dotnet/runtime,
 * `design/features/bundler.md`); null for every other program.
 */
export function* readDotnetBundle(
  { loaded, named }: ProgramLayout,
  size: number,
): PartReading<DotnetBundle | 'malformed' | null> {
  const end = Math.max(0, ...[...loaded, ...named].map(({ offset, length }) => offset + length));
  if (size - end < TABLE_BYTES) return null;
  const writable = loaded.filter(({ kind }) => kind === 'writable');
  if (writable.reduce((sum, { length }) => sum + length, 0) > DATA_BYTES_MAX) return null;
  for (const { offset, length } of writable)
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const wanted = Math.min(PIECE_BYTES + OFFSET_BYTES + SIGN.length, length - at);
      const piece = viewBuffer(yield { offset: offset + at, length: wanted });
      const found = piece.indexOf(SIGN);
      if (found < OFFSET_BYTES) continue;
      const place = new ByteFields(piece, 'little').wide(found - OFFSET_BYTES);
      // A host without an application has 0.
      return place === 0 ? null : yield* readHeader(place, size);
    }
  return null;
}

function* readHeader(offset: number, size: number): PartReading<DotnetBundle | 'malformed'> {
  if (!Number.isSafeInteger(offset) || offset + 32 > size) return 'malformed';
  const length = Math.min(HEADER_BYTES_MAX, size - offset);
  const head = viewBuffer(yield { offset, length });
  const idBytes = head[12] ?? 0;
  // The id is short: its length has one byte.
  const at = 13 + idBytes;
  if (head.length < at + 16 || idBytes > 127) return 'malformed';
  const fields = new ByteFields(head, 'little');
  if (fields.word(0) < 2) return { dependencies: null };
  const [place, bytes] = [fields.wide(at), fields.wide(at + 8)];
  if (bytes === 0) return { dependencies: null };
  const isSound = Number.isSafeInteger(place) && Number.isSafeInteger(bytes);
  // mutant bundle-list-outside-its-file by dotnet-program: condition -> false
  if (!isSound || place < 0 || bytes < 0 || place + bytes > size) return 'malformed';
  return { dependencies: { offset: place, length: bytes } };
}
