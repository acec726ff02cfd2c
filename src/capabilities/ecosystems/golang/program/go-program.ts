import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import type { PartReading } from '../../../../formats/program/part-reading.ts';
import type { Skip } from '../../component.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type ProgramFile,
} from '../../extractor.ts';
import { extractProgram } from '../../program-reader.ts';
import { NO_FILES } from '../../wanted-files.ts';
import {
  createGoDraft,
  DEVELOPMENT,
  isModulePath,
  isModuleVersion,
  STANDARD_LIBRARY,
  TOOLCHAIN,
} from '../go-draft.ts';
import { type GoBuildInfo, readGoBuildInfo } from './build-info.ts';
import { type BuiltModule, parseModulesText } from './modules-text.ts';

/** The modules that a program was built from, and the standard library in it. */
export const goProgram: Extractor = {
  name: 'go-program',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: NO_FILES,
  readProgram,
  extract: (file) => extractProgram(readProgram, file),
  yieldsToOwner: true,
};

/** One file of macOS may hold a program for each architecture. */
function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  const drafts = new Map<string, Draft>();
  const skips: Skip[] = [];
  for (const layout of layouts) {
    const info = yield* readGoBuildInfo(layout, size);
    if (info === null) continue;
    const found = info === 'malformed' ? skipAll(path) : listModules(path, info);
    for (const draft of found.drafts) drafts.set(draft.key, draft);
    skips.push(...found.skips);
  }
  return drafts.size === 0 && skips.length === 0 ? null : { drafts: [...drafts.values()], skips };
}

function skipAll(path: string): Extraction {
  const why = 'it was built by Go, and its build information cannot be read';
  return { drafts: [], skips: [createSkip(path, 'MALFORMED', why, REBUILD)] };
}

/** Of the Go project itself (go.dev/LICENSE); modules state theirs in files that stay outside. */
const LICENCE_OF_GO = 'BSD-3-Clause';

const REBUILD = 'Build it again with Go 1.18 or later, with modules.';

function listModules(location: string, { goVersion, modules }: GoBuildInfo): Extraction {
  const { path, main, dependencies } = orThrow(parseModulesText(modules));
  const isOfGo = main === null && path?.startsWith('cmd/') === true;
  const listed = [...(main === null ? [] : [main]), ...dependencies];
  const read = listed.map((module) => readModule(location, module));
  const drafts = read.flatMap(({ draft }) => draft ?? []);
  const skips = read.flatMap(({ skip }) => skip ?? []);
  // mutant go-program-without-modules by go-program: condition -> false
  if (modules === '') skips.push(skipModules(location));
  const release = parseRelease(goVersion);
  if (release === null) return { drafts, skips: [...skips, skipRelease(location, goVersion)] };
  const own = (name: string): Draft => ({
    ...createGoDraft({ path: name, version: release, location }),
    licenses: [LICENCE_OF_GO],
  });
  return { drafts: [own(STANDARD_LIBRARY), ...(isOfGo ? [own(TOOLCHAIN)] : []), ...drafts], skips };
}

/** What replaces a module is what is in the program. */
function readModule(
  location: string,
  { path, version, replacedBy }: BuiltModule,
): { readonly draft?: Draft; readonly skip?: Skip } {
  const isFolder = replacedBy !== null && /^(?:\.{0,2}\/|[A-Za-z]:[\\/])/.test(replacedBy.path);
  if (isFolder && isModulePath(path))
    return {
      draft: createGoDraft({ path, version: DEVELOPMENT, location, origin: replacedBy.path }),
    };
  const real = replacedBy ?? { path, version };
  const isKnown = isModuleVersion(real.version) || real.version === DEVELOPMENT;
  if (isModulePath(real.path) && (isKnown || real.version === ''))
    return {
      draft: createGoDraft({ path: real.path, version: real.version || DEVELOPMENT, location }),
    };
  const name = JSON.stringify(`${real.path} ${real.version}`.slice(0, 120));
  const why = `its build information names no module and version: ${name}`;
  return { skip: createSkip(location, 'MALFORMED', why, 'Build the program again.') };
}

/**
 * The release in `go1.22.3`, `go1.21rc2`, `go1.22.3 X:boringcrypto`, `go1.20.5 (Red Hat …)`,
 * `go1.23.6-custom`; null for what was built from between two releases.
 */
function parseRelease(goVersion: string): string | null {
  const found = /^go(\d+(?:\.\d+){0,3}(?:(?:alpha|beta|rc)\d+)?)(?=$|[ \t+-])/.exec(goVersion);
  // mutant go-between-releases by go-program: condition -> found === null
  if (found === null || /^-devel/.test(goVersion.slice(found[0].length))) return null;
  return found[1] ?? null;
}

function skipModules(location: string): Skip {
  const why = 'it was built by Go, and does not say from which modules';
  const remedy = 'Build it with modules (a go.mod, and without GO111MODULE=off).';
  return createSkip(location, 'FACT_UNKNOWN', why, remedy);
}

function skipRelease(location: string, goVersion: string): Skip {
  const named = JSON.stringify(goVersion.slice(0, 60));
  const why = `it was built by ${named}, which is no release of Go: its standard library is unknown`;
  return createSkip(location, 'FACT_UNKNOWN', why, 'Build it with a release of Go.');
}
