import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { viewBuffer } from '../../../formats/program/fields.ts';
import type { ProgramLayout } from '../../../formats/program/loaded-part.ts';
import type { PartReading } from '../../../formats/program/part-reading.ts';
import {
  type DocumentFinder,
  type Extraction,
  type Extractor,
  NOTHING,
  type ProgramFile,
  takeBaseName,
  takeDirectory,
} from '../extractor.ts';
import { createProgramExtractor } from '../program-reader.ts';
import { wantFiles } from '../wanted-files.ts';
import { createProgramDraft } from './program-draft.ts';

/** The header of CPython that names its version; a program of it need not. */
class PythonHeader {
  readonly version: string;

  constructor(version: string) {
    this.version = version;
  }
}

const HEADER = /(?:^|\/)include\/python3\.\d{1,2}[a-z]{0,3}\/patchlevel\.h$/;
const VERSION = /^#define PY_VERSION[ \t]+"(3\.\d{1,2}\.\d{1,2}[a-z0-9]{0,6})"/m;

export const pythonHeader: Extractor = {
  name: 'python-header',
  database: false,
  reads: ['root-file-system'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['patchlevel.h'], where: HEADER }),
  extract: ({ bytes }) => {
    const version = VERSION.exec(orThrow(decodeUtf8(bytes)))?.[1];
    return version === undefined ? NOTHING : { ...NOTHING, document: new PythonHeader(version) };
  },
};

/** `bin/python3.12`, `lib/libpython3.12.so.1.0`, `lib/libpython3.so`. */
const PROGRAM = /^(?:lib)?python3(?:\.(\d{1,2})[a-z]{0,3})?(?:\.so(?:\.1\.0)?)?$/;
/** Names of its own functions, or of its library, in what it links. */
const SIGNS = ['Py_BytesMain', 'Py_GetVersion', 'libpython3.'].map((text) => Buffer.from(text));

/** CPython where it was built: its programs, with the version that its header names. */
export const pythonProgram: Extractor = {
  ...createProgramExtractor('python-program', readProgram),
  // Its modules of machine code; what pip installs is elsewhere.
  findOwnFolder: (path) => {
    const minor = PROGRAM.exec(takeBaseName(path))?.[1] ?? '';
    return `${takePrefix(path)}lib/python3.${minor}/lib-dynload`;
  },
};

/** The folder above `bin` or `lib`, with its slash; empty for the root. */
function takePrefix(path: string): string {
  const folder = takeDirectory(takeDirectory(path));
  return folder === '' ? '' : `${folder}/`;
}

function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  const found = PROGRAM.exec(takeBaseName(path));
  const folder = takeBaseName(takeDirectory(path));
  if (found === null || (folder !== 'bin' && folder !== 'lib')) return null;
  // mutant program-that-is-only-called-python by known-program: condition -> true
  for (const layout of layouts)
    if (yield* hasSign(layout, size))
      return { ...NOTHING, complete: (find) => completeProgram(path, found[1] ?? null, find) };
  return null;
}

/** The strings for the linker are loaded, and are no code. */
function* hasSign({ loaded }: ProgramLayout, size: number): PartReading<boolean> {
  const parts = loaded.filter(({ kind }) => kind !== 'code');
  const searched = parts.length === 0 ? loaded : parts;
  if (searched.reduce((sum, { length }) => sum + length, 0) > 2 * size) return false;
  for (const { offset, length } of searched)
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const wanted = Math.min(PIECE_BYTES + OVERLAP_BYTES, length - at);
      const piece = viewBuffer(yield { offset: offset + at, length: wanted });
      if (SIGNS.some((sign) => piece.includes(sign))) return true;
    }
  return false;
}

const PIECE_BYTES = 1024 * 1024;
const OVERLAP_BYTES = 32;
const MINORS_MAX = 40;

/** Without its header, the program remains unknown. */
function completeProgram(path: string, minor: string | null, find: DocumentFinder): Extraction {
  const minors =
    minor === null ? Array.from({ length: MINORS_MAX }, (_, at) => String(at)) : [minor];
  for (const one of minors) {
    const header = find(`${takePrefix(path)}include/python3.${one}/patchlevel.h`, PythonHeader);
    if (header === null || !header.version.startsWith(`3.${one}.`)) continue;
    const { version } = header;
    const program = { name: 'python', version, path, licence: 'PSF-2.0' };
    const note = `${path} is python ${version}, identified by its content and its header`;
    return { drafts: [createProgramDraft(program)], skips: [], notes: [note] };
  }
  return NOTHING;
}
