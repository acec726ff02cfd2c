import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { createSkip, type Extraction, type Extractor } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { isInstalledPlace } from '../requirements/requirements-name.ts';
import { readPyproject } from './pyproject.ts';
import { type PythonManifest, toRequest } from './python-manifest.ts';

const START = '# /// script';
const END = '# ///';

/** The settings in a script (PEP 723), as TOML; null where it has none. */
export function readScriptHeader(text: string): string | null {
  // mutant python-script-without-a-header by script-header: condition -> true
  if (!text.includes(START)) return null;
  const lines = text.split('\n').map((line) => line.trimEnd());
  const start = lines.indexOf(START);
  if (start === -1) return null;
  const found: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line === END || !(line === '#' || line.startsWith('# '))) break;
    found.push(line.slice(2));
  }
  return found.join('\n');
}

/** What a script requires, which its runner installs; null where it has no such settings. */
function readScript(file: string, bytes: Uint8Array): Result<PythonManifest | null> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const header = readScriptHeader(text.value);
  // The settings have the names of the project table (PEP 723, PEP 621).
  return header === null ? ok(null) : readPyproject(file, Buffer.from(`[project]\n${header}\n`));
}

/** Whether a script requires packages, also where its settings cannot be read. */
export function requiresPackages(text: string): boolean {
  if (!text.includes(START)) return false;
  const read = readScript('', Buffer.from(text));
  return !read.ok || (read.value !== null && !isEmpty(read.value));
}

function isEmpty({ wanted, problems }: PythonManifest): boolean {
  return wanted.length === 0 && problems.length === 0;
}

/** Scripts that say themselves what they require: uv locks `x.py` in `x.py.lock`. */
export const pythonScript: Extractor = {
  name: 'python-script',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ endings: ['.py', '.pyw'], where: (path) => !isInstalledPlace(path) }),
  isWorthReading: async (_, size, read) => {
    const head = await read({ offset: 0, length: Math.min(size, HEAD_BYTES) });
    return Buffer.from(head.buffer, head.byteOffset, head.length).includes(START);
  },
  extract: ({ path, bytes }): Extraction => {
    const read = readScript(path, bytes);
    if (!read.ok) return { drafts: [], skips: [skipUnread(path, read.failure.message)] };
    const script = read.value;
    if (script === null) return NOTHING_REQUIRED;
    const { wanted, problems } = script;
    const uncovered =
      wanted.length === 0 ? null : createSkip(path, 'FACT_UNKNOWN', UNCOVERED, LOCK_IT);
    const requests = wanted.map(toRequest);
    return { drafts: [], skips: problems, declares: { path, name: null, requests, uncovered } };
  },
};

/** A header stands at the beginning: it is not looked for behind so many bytes. */
const HEAD_BYTES = 64 * 1024;
const NOTHING_REQUIRED: Extraction = { drafts: [], skips: [] };
const UNCOVERED = 'it says itself which packages it requires, and no lock beside it has them';
const LOCK_IT = 'Lock them: uv lock --script FILE.';

function skipUnread(path: string, why: string) {
  return createSkip(path, 'MALFORMED', `its settings cannot be read: ${why}`, LOCK_IT);
}
