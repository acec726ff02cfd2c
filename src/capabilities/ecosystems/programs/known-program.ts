import { LIMITS } from '../../../core/limits.ts';
import { viewBuffer } from '../../../formats/program/fields.ts';
import type { LoadedPart, ProgramLayout } from '../../../formats/program/loaded-part.ts';
import type { PartReading } from '../../../formats/program/part-reading.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type ProgramFile,
  takeBaseName,
} from '../extractor.ts';
import { extractProgram } from '../program-reader.ts';
import { NO_FILES } from '../wanted-files.ts';
import { createProgramDraft } from './program-draft.ts';
import { PROGRAM_RULES, type ProgramRule } from './rules.ts';

/** Programs that no package manager installed, by what they say of themselves. */
export const knownProgram: Extractor = {
  name: 'known-program',
  database: false,
  reads: ['root-file-system'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: NO_FILES,
  readProgram,
  extract: (file) => extractProgram(readProgram, file),
  yieldsToOwner: true,
};

/** Only a program with the name of one of the rules is looked into. */
function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  const base = takeBaseName(path);
  const rule = PROGRAM_RULES.find(({ file }) => file.test(base));
  if (rule === undefined) return null;
  const versions = new Set<string>();
  for (const layout of layouts)
    for (const version of yield* findVersions(rule, layout, size)) versions.add(version);
  const [version, other] = versions;
  if (version === undefined) return null;
  // mutant program-of-two-versions by known-program: condition -> false
  if (other !== undefined) {
    const why = `it is called ${base} and names several versions: ${version}, ${other}`;
    const remedy = 'Install it as a package.';
    return { drafts: [], skips: [createSkip(path, 'FACT_UNKNOWN', why, remedy)] };
  }
  return {
    drafts: [
      createProgramDraft({ name: rule.name, version, path, licence: rule.findLicence(version) }),
    ],
    skips: [],
    notes: [`${path} is ${rule.name} ${version}, identified by its content`],
  };
}

/** Where compilers put constants; all that is loaded, where a tool took the names away. */
const CONSTANTS = /^(?:\.rodata|\.rdata|__const|__cstring)/;
const PIECE_BYTES = 1024 * 1024;
/** No version, with what is before and behind it, is longer. */
const OVERLAP_BYTES = 256;

function* findVersions(
  rule: ProgramRule,
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

function searchPiece(piece: Buffer, { before, version }: ProgramRule, found: Set<string>): void {
  const sign = Buffer.from(before, 'latin1');
  for (let at = piece.indexOf(sign); at !== -1; at = piece.indexOf(sign, at + 1)) {
    const from = at + sign.length;
    const text = piece.toString('latin1', from, from + OVERLAP_BYTES - sign.length);
    const one = version.exec(text)?.[1];
    if (one !== undefined && found.size < 2) found.add(one);
  }
}
