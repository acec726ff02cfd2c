import { LIMITS } from '../../core/limits.ts';
import { ok } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import {
  ECOSYSTEMS,
  namesLooseImage,
  requiresPackages,
  type SourceFiles,
} from '../ecosystems/index.ts';

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

/** Whether a file whose name says nothing is opened. */
export function mayNameMore(path: string): boolean {
  return READERS.some(({ names }) => names.test(path));
}

/** More files of a kind are not opened, and then the rest is not looked at. */
const OPENED_MAX = 5_000;

/** What files say that are known by their content. */
export interface InspectedFiles {
  /** What they require that is not read, each with its place. */
  readonly unread: readonly { readonly kind: string; readonly place: string }[];
  /** Those that an ecosystem reads, by its name. */
  readonly recognised: readonly { readonly ecosystem: string; readonly path: string }[];
}

export async function inspectFiles(
  unclear: readonly string[],
  files: SourceFiles,
): Promise<InspectedFiles> {
  const found: { kind: string; place: string }[] = [];
  const recognised: { ecosystem: string; path: string }[] = [];
  const byReader = Map.groupBy(unclear, (path) => READERS.find(({ names }) => names.test(path)));
  for (const [reader, group] of byReader) {
    for (const path of group.slice(0, OPENED_MAX)) {
      const named = await files.parse(path, LIMITS.fileBytesMax, (_, bytes) => {
        const text = readText(bytes);
        const owner = reader?.kind === 'yaml' ? recognise(path, text) : null;
        if (owner !== null) recognised.push({ ecosystem: owner, path });
        if (owner !== null) return ok(null);
        return ok(reader?.find(text));
      });
      if (named !== null && named !== undefined) found.push({ kind: named, place: path });
    }
    const beyond = group[OPENED_MAX];
    if (beyond !== undefined) found.push({ kind: reader?.kind ?? 'yaml', place: beyond });
  }
  return { unread: found, recognised };
}

/** The ecosystem that reads a file by its content. */
function recognise(path: string, text: string): string | null {
  const owner = ECOSYSTEMS.find(
    ({ declarations }) => declarations?.recognises?.(path, text) === true,
  );
  return owner?.name ?? null;
}

/** Bytes that are no text name no image. */
function readText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  return text.ok ? text.value : '';
}

/** An image that no digest fixes: what runs is then decided elsewhere. */
function findLooseImage(text: string): string | null {
  return namesLooseImage(text) ? 'container-image' : null;
}

/** A script that names its own dependencies, which its runner installs. */
function findScriptHeader(text: string): string | null {
  // mutant script-with-dependencies by named-in-content: condition -> false
  return requiresPackages(text) ? 'python' : null;
}

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
