import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { type SourceFiles, takeBaseName } from '../ecosystems/index.ts';

/** A file whose name alone does not say what it requires. */
export interface UnclearFile {
  readonly path: string;
  /** By its name; null where the name says nothing. */
  readonly kind: string | null;
}

const YAML = /\.ya?ml$/i;

/** Whether a file is opened: YAML that names images, and lists of packages that may be winget's. */
export function mayNameMore(path: string, kind: string | null): boolean {
  return kind === null ? YAML.test(path) : takeBaseName(path) === 'packages.json';
}

/** More files are not opened, and then the rest is not looked at. */
const OPENED_MAX = 5_000;

/** What the files require that is not read, each with its place. */
export async function inspectFiles(
  unclear: readonly UnclearFile[],
  files: SourceFiles,
): Promise<readonly { readonly kind: string; readonly place: string }[]> {
  const found: { kind: string; place: string }[] = [];
  for (const { path, kind } of unclear.slice(0, OPENED_MAX)) {
    const text = await files.parse(path, LIMITS.fileBytesMax, readText);
    if (text === null) continue;
    const named = kind === null ? findLooseImage(text) : detectWinget(text, kind);
    if (named !== null) found.push({ kind: named, place: path });
  }
  const beyond = unclear[OPENED_MAX];
  if (beyond !== undefined) found.push({ kind: 'yaml', place: beyond.path });
  return found;
}

function readText(_: string, bytes: Uint8Array): Result<string> {
  const text = decodeUtf8(bytes);
  // Bytes that are no text name no image.
  return text.ok ? text : ok('');
}

/** The keys under which Kubernetes, Argo, Tekton, Helm and others name an image. */
const IMAGE_KEYS = ['image:', '"image":', "'image':"];

/** An image that no digest fixes: what runs is then decided elsewhere. */
function findLooseImage(text: string): string | null {
  const lines = text.split('\n').map(stripLine);
  const isLoose = lines.some((line, at) => {
    const key = IMAGE_KEYS.find((one) => line.startsWith(one));
    if (key === undefined) return false;
    const value = line.slice(key.length).trim();
    // Helm writes the parts of a name below the key.
    const isInParts = value === '' && IMAGE_PARTS.some((part) => lines[at + 1]?.startsWith(part));
    // mutant loose-image-in-yaml by named-in-content: value -> isInParts
    return isInParts || (value !== '' && !value.startsWith('#') && !value.includes('@sha256:'));
  });
  return isLoose ? 'container-image' : null;
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
