import { viewBuffer } from '../../../formats/program/fields.ts';
import type { ProgramLayout } from '../../../formats/program/loaded-part.ts';
import type { PartReading } from '../../../formats/program/part-reading.ts';
import { type Extraction, type Extractor, type ProgramFile, takeBaseName } from '../extractor.ts';
import { createProgramExtractor } from '../program-reader.ts';
import { createProgramDraft } from './program-draft.ts';

const PROGRAM = /^redis-(?:server|sentinel|check-rdb|check-aof)$/;

/**
 * Redis has no text before its version. It has the version as a constant, among others that tell
 * since when a command is there, and once more as the beginning of what identifies its build: host
 * and time, whether its sources were changed, and their commit, which is zeros in a release.
 */
export const redisProgram: Extractor = createProgramExtractor('redis-program', readProgram);

function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  if (!PROGRAM.test(takeBaseName(path))) return null;
  for (const layout of layouts) {
    const version = yield* findVersion(layout, size);
    if (version === null) continue;
    const draft = createProgramDraft({
      name: 'redis',
      version,
      path,
      licence: findLicence(version),
    });
    const note = `${path} is redis ${version}, identified by its content`;
    return { drafts: [draft], skips: [], notes: [note] };
  }
  return null;
}

/** RSALv2 and SSPL came with 7.4, AGPL beside them with 8.0. */
function findLicence(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major >= 8) return 'LicenseRef-RSALv2 OR SSPL-1.0 OR AGPL-3.0-only';
  return major === 7 && minor >= 4 ? 'LicenseRef-RSALv2 OR SSPL-1.0' : 'BSD-3-Clause';
}

const PIECE_BYTES = 1024 * 1024;
const OVERLAP_BYTES = 256;

function* findVersion({ loaded, named }: ProgramLayout, size: number): PartReading<string | null> {
  const constants = named.filter(({ name }) => name.startsWith('.rodata'));
  const parts = constants.length > 0 ? constants : loaded.filter(({ kind }) => kind !== 'code');
  if (parts.reduce((sum, { length }) => sum + length, 0) > 2 * size) return null;
  const versions = new Set<string>();
  const builds = new Set<string>();
  for (const { offset, length } of parts)
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const wanted = Math.min(PIECE_BYTES + OVERLAP_BYTES, length - at);
      const piece = viewBuffer(yield { offset: offset + at, length: wanted });
      // The first text of a later piece may begin before it; the piece before it has it whole.
      const from = at === 0 ? 0 : piece.indexOf(0) + 1;
      noteTexts(piece.subarray(from), versions, builds);
    }
  const found = [...versions].filter((one) => [...builds].some((id) => beginsBuild(id, one)));
  // Of `7.2.14` and `7.2.1` the longer one: no command is newer than its program.
  return found.toSorted((one, other) => other.length - one.length)[0] ?? null;
}

const VERSIONS_MAX = 1_000;
const BUILDS_MAX = 16;
const NO_COMMIT = '00000000';

function noteTexts(piece: Buffer, versions: Set<string>, builds: Set<string>): void {
  for (let from = 0; from < piece.length; ) {
    const end = piece.indexOf(0, from);
    const to = end === -1 ? piece.length : end;
    if (end !== -1 && to - from < OVERLAP_BYTES) {
      const text = piece.toString('latin1', from, to);
      if (versions.size < VERSIONS_MAX && VERSION.test(text)) versions.add(text);
      if (builds.size < BUILDS_MAX && text.endsWith(NO_COMMIT)) builds.add(text);
    }
    from = to + 1;
  }
}

const VERSION = /^\d{1,2}\.\d{1,2}\.\d{1,3}$/;
/** Host and seconds, or seconds alone; then whether sources were changed. */
const BUILD = /^(?:[a-z0-9][\w.-]{0,63}-)?1\d{9}\d?$/i;

function beginsBuild(build: string, version: string): boolean {
  const at = build.indexOf(version);
  // mutant redis-of-any-constant by redis-program: value -> at !== -1
  return at !== -1 && BUILD.test(build.slice(at + version.length, -NO_COMMIT.length));
}
