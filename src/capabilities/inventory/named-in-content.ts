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

/** Files of one version each, by which version managers choose a runtime or a tool. */
const VERSION_FILE =
  /(?:^|\/)\.(?:nvmrc|(?:node|python|ruby|java|go|php|bun|deno|swift|kotlin|terraform|opentofu|terragrunt|tofu|xcode|scala)-version|bazelversion|bazeliskrc|sdkmanrc|fvmrc)$|(?:^|\/)(?:rust-toolchain(?:\.toml)?|lean-toolchain)$/;

/** Files whose content may name more, and what that is. */
const READERS: readonly {
  readonly names: RegExp;
  /** The kind that is named where there are too many of them to open. */
  readonly kind: string;
  readonly find: (text: string) => string | null;
}[] = [
  { names: YAML, kind: 'yaml', find: findInYaml },
  { names: /\.pyw?$/i, kind: 'python-script', find: findScriptHeader },
  { names: /(?:^|\/)CMakeLists\.txt$|\.cmake$/i, kind: 'cmake', find: findFetched },
  { names: /\.ipynb$/i, kind: 'notebook', find: findInstalled },
  { names: /\.(?:scala|sc)$/i, kind: 'scala-script', find: findDirective },
  { names: VERSION_FILE, kind: 'tools', find: findOpenVersion },
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
        const found = reader?.find(text) ?? null;
        // Who reads the file reads its images.
        return ok(owner !== null && found === 'container-image' ? null : found);
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
function findInYaml(text: string): string | null {
  if (namesLooseImage(text)) return 'container-image';
  return YAML_SIGNS.find(({ signs }) => signs.every((sign) => sign.test(text)))?.kind ?? null;
}

/** What else YAML requires under any name: one line of it has to fit each of the signs. */
const YAML_SIGNS: readonly { readonly kind: string; readonly signs: readonly RegExp[] }[] = [
  { kind: 'helm', signs: [/^kind: *["']?Helm(?:Release|Chart|ChartConfig)\b/m] },
  { kind: 'helm', signs: [/^kind: *["']?Application(?:Set)?\b/m, /^ +(?:- )?targetRevision:/m] },
  {
    kind: 'container-image',
    signs: [/^ *(?:- )?type: *["']?(?:registry|docker)-image\b/m, /\brepository:/],
  },
  { kind: 'swift', signs: [/^packages:/m, /^targets:/m] },
  { kind: 'flatpak', signs: [/^(?:app-)?id:/m, /^sdk:/m, /^modules:/m] },
  { kind: 'git-hooks', signs: [/^remotes?:/m, /^ +(?:- )?git_url:/m] },
];

/** A notebook that installs packages when it runs. */
function findInstalled(text: string): string | null {
  const wanted = ['pip install', 'pip3 install', 'conda install', 'mamba install', 'uv add'];
  return wanted.some((command) => text.includes(command)) ? 'python' : null;
}

/** Dependencies that scala-cli or Ammonite fetches for a script. */
function findDirective(text: string): string | null {
  const isDirective = /^\/\/> *using +(?:[a-z.]*[dD]eps?|lib|libs|plugin|toolkit|compileOnly)\b/m;
  return isDirective.test(text) || /^import \$(?:ivy|dep)\b/m.test(text) ? 'scala' : null;
}

/** A range or an alias, such as `lts/*` and `3.12`; a whole version is what it is. */
function findOpenVersion(text: string): string | null {
  const channel = /^channel *= *("[^"\n]*")/m.exec(text)?.[1];
  const lines = (channel ?? text).split('\n').map((line) => line.split('#', 1)[0]?.trim() ?? '');
  const stated = lines.filter((line) => line !== '' && line !== '{' && line !== '}');
  // mutant version-file-with-an-alias by named-in-content: value -> true
  const areWhole = stated.every((line) => WHOLE_VERSION.test(line));
  return areWhole && stated.length > 0 ? null : 'tools';
}

const WHOLE_VERSION = /^[^0-9]*[0-9]+[.][0-9]+[.][0-9][^\s*]*$/;

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
