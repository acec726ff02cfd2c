import { LIMITS } from '../../core/limits.ts';
import { ok } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { type SourceFiles, takeBaseName } from '../ecosystems/index.ts';

/** A file whose name alone does not say what it requires. */
export interface UnclearFile {
  readonly path: string;
  /** By its name; null where the name says nothing. */
  readonly kind: string | null;
}

const YAML = /\.ya?ml$/i;

/** Files whose content may name more, and what that is. */
const READERS: readonly {
  readonly names: RegExp;
  /** The kind that is named where there are too many of them to open. */
  readonly kind: string;
  readonly find: (text: string) => string | null;
}[] = [
  { names: YAML, kind: 'yaml', find: findLooseImage },
  { names: /\.pyw?$/i, kind: 'python-script', find: findScriptHeader },
  { names: /(?:^|\/)CMakeLists\.txt$|\.cmake$/i, kind: 'cmake', find: findFetched },
];

/** Whether a file is opened; a list of packages may be winget's. */
export function mayNameMore(path: string, kind: string | null): boolean {
  return kind === null
    ? READERS.some(({ names }) => names.test(path))
    : takeBaseName(path) === 'packages.json';
}

/** More files of a kind are not opened, and then the rest is not looked at. */
const OPENED_MAX = 5_000;

/** What the files require that is not read, each with its place. */
export async function inspectFiles(
  unclear: readonly UnclearFile[],
  files: SourceFiles,
): Promise<readonly { readonly kind: string; readonly place: string }[]> {
  const found: { kind: string; place: string }[] = [];
  const byReader = Map.groupBy(unclear, ({ path }) =>
    READERS.find(({ names }) => names.test(path)),
  );
  for (const [reader, group] of byReader) {
    for (const { path, kind } of group.slice(0, OPENED_MAX)) {
      const named = await files.parse(path, LIMITS.fileBytesMax, (_, bytes) => {
        const text = readText(bytes);
        return ok(kind === null ? reader?.find(text) : detectWinget(text, kind));
      });
      if (named !== null && named !== undefined) found.push({ kind: named, place: path });
    }
    const beyond = group[OPENED_MAX];
    if (beyond !== undefined) found.push({ kind: reader?.kind ?? 'yaml', place: beyond.path });
  }
  return found;
}

/** Bytes that are no text name no image. */
function readText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  return text.ok ? text.value : '';
}

/** The keys under which Kubernetes, Argo, Tekton, Helm and others name an image. */
const IMAGE_KEYS = ['image:', '"image":', "'image':"];

/** An image that no digest fixes: what runs is then decided elsewhere. */
function findLooseImage(text: string): string | null {
  if (!text.includes('image')) return null;
  // Line by line: all of them at once would hold a large file several times over.
  for (let start = 0; start < text.length; ) {
    const end = findLineEnd(text, start);
    const next = stripLine(text.slice(end + 1, findLineEnd(text, end + 1)));
    if (isLooseImage(stripLine(text.slice(start, end)), next)) return 'container-image';
    start = end + 1;
  }
  return null;
}

function isLooseImage(line: string, next: string): boolean {
  const key = IMAGE_KEYS.find((one) => line.startsWith(one));
  if (key === undefined) return false;
  const value = line.slice(key.length).trim();
  // Helm writes the parts of a name below the key.
  const isInParts = value === '' && IMAGE_PARTS.some((part) => next.startsWith(part));
  // mutant loose-image-in-yaml by named-in-content: value -> isInParts
  return isInParts || (value !== '' && !value.startsWith('#') && !value.includes('@sha256:'));
}

function findLineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

/** PEP 723: a script that names its own dependencies, which its runner installs. */
function findScriptHeader(text: string): string | null {
  const start = text.indexOf('# /// script');
  if (start === -1) return null;
  for (const line of text
    .slice(start, start + HEADER_BYTES_MAX)
    .split('\n')
    .slice(1)) {
    if (!line.startsWith('#') || line.startsWith('# ///')) return null;
    const words = line.slice(1).replaceAll(' ', '').trim();
    // mutant script-with-dependencies by named-in-content: condition -> false
    if (words.startsWith('dependencies=') && words !== 'dependencies=[]') return 'python';
  }
  return null;
}

/** A header that is longer is not read to its end. */
const HEADER_BYTES_MAX = 64 * 1024;

/** Commands of CMake that download other projects. */
const FETCHES = [
  'fetchcontent_declare(',
  'externalproject_add(',
  'cpmaddpackage(',
  'file(download',
];

function findFetched(text: string): string | null {
  const plain = text.toLowerCase().replaceAll(' (', '(').replaceAll('( ', '(');
  return FETCHES.some((command) => plain.includes(command)) ? 'cpp' : null;
}

const IMAGE_PARTS = ['repository:', 'registry:', 'name:', 'tag:'];

/** Without its indentation and the hyphens of a list. */
function stripLine(line: string): string {
  let at = 0;
  while (at < line.length && (line[at] === ' ' || line[at] === '-' || line[at] === '\t')) at++;
  return line.slice(at);
}

/** `winget export` writes a file of this name, with its own schema. */
function detectWinget(text: string, kind: string): string {
  return text.includes('"WinGetVersion"') || text.includes('"PackageIdentifier"') ? 'winget' : kind;
}
