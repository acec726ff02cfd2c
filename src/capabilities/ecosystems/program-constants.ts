import { viewBuffer } from '../../formats/program/fields.ts';
import type { LoadedPart, ProgramLayout } from '../../formats/program/loaded-part.ts';
import type { PartReading } from '../../formats/program/part-reading.ts';

/** Where compilers put constants; all that is loaded, where a tool took the names away. */
const CONSTANTS = /^(?:\.rodata|\.rdata|__const|__cstring)/;
const PIECE_BYTES = 1024 * 1024;
/** No version, with what is before and behind it, is longer. */
const OVERLAP_BYTES = 256;

/** How a constant of a program shows a version. */
export interface ConstantRule {
  /** What stands before the version. */
  readonly before: string;
  /** The version, and what must follow it. */
  readonly version: RegExp;
  /** Set where that is a variable of the program, and no constant. */
  readonly isVariable?: true;
}

/** The versions that the constants of a program name: two are as good as more. */
export function* findConstants(
  rule: ConstantRule,
  layouts: readonly ProgramLayout[],
  size: number,
): PartReading<ReadonlySet<string>> {
  const all = new Set<string>();
  for (const layout of layouts)
    for (const version of yield* searchLayout(rule, layout, size)) all.add(version);
  return all;
}

function* searchLayout(
  rule: ConstantRule,
  { loaded, named }: ProgramLayout,
  size: number,
): PartReading<ReadonlySet<string>> {
  const constants: readonly LoadedPart[] = named.filter(({ name }) => CONSTANTS.test(name));
  const parts = constants.length === 0 || rule.isVariable === true ? loaded : constants;
  const found = new Set<string>();
  // mutant known-program-of-overlapping-parts by known-program: condition -> false
  if (parts.reduce((sum, { length }) => sum + length, 0) > 2 * size) return found;
  for (const { offset, length } of parts)
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const wanted = Math.min(PIECE_BYTES + OVERLAP_BYTES, length - at);
      searchPiece(viewBuffer(yield { offset: offset + at, length: wanted }), rule, found);
    }
  return found;
}

function searchPiece(piece: Buffer, { before, version }: ConstantRule, found: Set<string>): void {
  const sign = Buffer.from(before, 'latin1');
  for (let at = piece.indexOf(sign); at !== -1; at = piece.indexOf(sign, at + 1)) {
    const from = at + sign.length;
    const text = piece.toString('latin1', from, from + OVERLAP_BYTES - sign.length);
    const one = version.exec(text)?.[1];
    if (one !== undefined && found.size < 2) found.add(one);
  }
}
