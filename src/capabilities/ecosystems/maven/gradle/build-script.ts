import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { takeDirectory } from '../../extractor.ts';
import { joinFolder } from '../../locked/locked-package.ts';
import { wantFiles } from '../../wanted-files.ts';
import { isCoordinate } from '../lock/java-lock.ts';
import { isExact } from './catalogue.ts';
import { isDevelopmentConfiguration } from './gradle-lock.ts';
import { createBlockFinder, createCounter, hideComments } from './script-text.ts';

/** A dependency that a script of Gradle names as a text. */
export interface ScriptDependency {
  readonly configuration: string;
  readonly group: string;
  readonly artifact: string;
  /** Null where something else gives it, or where it allows several. */
  readonly version: string | null;
  /** As written; null without one. */
  readonly requested: string | null;
  readonly development: boolean;
  /** From 1. */
  readonly line: number;
}

/** An entry of a catalogue that a script uses: `libs.groovy.core`, `libs.bundles.groovy`. */
export interface CatalogueUse {
  readonly accessor: string;
  readonly configuration: string;
  readonly line: number;
}

/**
 * What is certain of a build.gradle or build.gradle.kts. It is a program: what it adds in other
 * ways only Gradle knows.
 */
export interface BuildScript {
  readonly path: string;
  readonly dependencies: readonly ScriptDependency[];
  readonly uses: readonly CatalogueUse[];
  /** Whether it can require anything: it applies a plug-in or another script, or names packages. */
  readonly requires: boolean;
  /** Set where all that it requires is written in it. */
  readonly isWhole?: boolean;
  /** Whether it configures projects below its folder. */
  readonly configuresOthers: boolean;
  /** A build, a project or a script outside of the tree that it takes in; null where none is. */
  readonly outside: string | null;
  readonly repositories: readonly ScriptRepository[];
}

export interface ScriptRepository {
  /** An address, or the name of one that Gradle knows: `mavenCentral`. */
  readonly value: string;
  readonly isAddress: boolean;
  readonly line: number;
}

export const isBuildScript = wantFiles({ endings: ['.gradle', '.gradle.kts'] });

/** `settings.gradle` says which projects there are, and requires nothing for them. */
export function isSettings(path: string): boolean {
  return /(?:^|\/)settings\.gradle(?:\.kts)?$/.test(path);
}

/** `config 'g:a:v'`, `config("g:a:v")`, `config platform('g:a:v')`. */
const NOTATION =
  /\b([a-z]\w{0,60})[ \t]{0,8}\(?[ \t]{0,8}(?:(?:platform|enforcedPlatform|testFixtures|dependencies\.create)[ \t]{0,8}\([ \t]{0,8})?(["'])([A-Za-z0-9_.-]{1,200}):([A-Za-z0-9_.-]{1,200})(?::([^"'\s]{0,200}))?\2/g;
/** `config group: 'g', name: 'a', version: 'v'`. */
const MAP =
  /\b([a-z]\w{0,60})[ \t]{0,8}\(?[ \t]{0,8}group[ \t]{0,8}[:=][ \t]{0,8}["']([A-Za-z0-9_.-]{1,200})["'],[ \t]{0,8}name[ \t]{0,8}[:=][ \t]{0,8}["']([A-Za-z0-9_.-]{1,200})["'](?:,[ \t]{0,8}version[ \t]{0,8}[:=][ \t]{0,8}["']([^"'\s]{1,200})["'])?/g;
const USE =
  /\b([a-z]\w{0,60})[ \t]{0,8}\(?[ \t]{0,8}(?:(?:platform|enforcedPlatform|testFixtures)[ \t]{0,8}\([ \t]{0,8})?([a-zA-Z]\w{0,60}\.[A-Za-z0-9_.]{1,200})/g;
const REPOSITORY =
  /\b(mavenCentral|google|gradlePluginPortal|jcenter|mavenLocal)[ \t]{0,8}\(|\burl[ \t]{0,8}(?:=[ \t]{0,8})?(?:uri[ \t]{0,8})?\(?[ \t]{0,8}["']([a-z]+:\/\/[^"'\s]{1,500})["']|\bmaven[ \t]{0,8}\([ \t]{0,8}["']([a-z]+:\/\/[^"'\s]{1,500})["']/g;

/** Words before a text that are no configuration. */
const OTHER_WORDS = new Set(
  (
    'id classpath url uri alias version exclude module group name plugin apply project file ' +
    'files println throw return include task property description'
  ).split(' '),
);

export function readBuildScript(path: string, bytes: Uint8Array): Result<BuildScript> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = hideComments(decoded.value);
  const findLine = createCounter(text);
  const isInside = createBlockFinder(text, 'dependencies');
  const variables = readVariables(text);
  const dependencies = [...text.matchAll(NOTATION)]
    .map((match) => ({ match, parts: [match[1], match[3], match[4], match[5]] }))
    .concat([...text.matchAll(MAP)].map((match) => ({ match, parts: match.slice(1, 5) })))
    .flatMap(({ match, parts }) => {
      const [configuration = '', group, artifact, given] = parts;
      if (!isInside(match.index) || OTHER_WORDS.has(configuration)) return [];
      if (!isCoordinate(group) || !isCoordinate(artifact)) return [];
      const line = findLine(match.index);
      const development = isDevelopmentConfiguration(configuration);
      return [
        { configuration, group, artifact, ...fillVersion(given, variables), development, line },
      ];
    });
  const uses = [...text.matchAll(USE)].flatMap(
    ({ 1: configuration = '', 2: accessor = '', index }) =>
      !isInside(index) || OTHER_WORDS.has(configuration)
        ? []
        : [{ accessor, configuration, line: findLine(index) }],
  );
  const repositories = [...text.matchAll(REPOSITORY)].map((match) => ({
    value: match[1] ?? match[2] ?? match[3] ?? '',
    isAddress: match[1] === undefined,
    line: findLine(match.index),
  }));
  const requires = !isSettings(path) && mayRequire(text);
  const configuresOthers = /\b(?:sub|all)projects\b/.test(text);
  const outside = findOutside(path, text);
  return ok({ path, dependencies, uses, requires, configuresOthers, outside, repositories });
}

/**
 * `includeBuild '../x'`, `projectDir = file('../x')`, `apply from: '../x.gradle'`; of sbt,
 * `RootProject(file("../x"))` and `project in file("../x")`.
 */
const TAKEN_IN =
  /\b(?:includeBuild|apply[ \t(]{0,8}from|projectDir|files|RootProject|ProjectRef|project[ \t]{1,8}in)\b[^\n"']{0,80}(["'])([^"'\n$]{1,300})\1/g;

export function findOutside(path: string, text: string): string | null {
  const folder = takeDirectory(path);
  // mutant script-that-leads-out-of-the-tree by outside-the-tree: condition -> false
  for (const { 2: place = '' } of text.matchAll(TAKEN_IN))
    if (!/^\w+:\/\//.test(place) && joinFolder(folder, place) === null) return place;
  return null;
}

/** A script that only applies nothing, sets names and registers tasks requires nothing. */
function mayRequire(text: string): boolean {
  const rest = text.replace(/^[^\n]{0,300}\bapply[ \t(]*false\b[^\n]{0,100}$/gm, '');
  return /\bdependencies\b|\bapply\b|\b(?:id|kotlin|alias)[ \t]*[("']|\b(?:sub|all)projects\b/.test(
    rest,
  );
}

/** Plain texts that a script gives a name: `val x = "1"`, `ext.x = '1'`, `x = '1'`. */
function readVariables(text: string): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  const set = /\b(?:ext\.)?([A-Za-z_]\w{0,80})[ \t]{0,8}=[ \t]{0,8}(["'])([^"'\n$]{1,100})\2/g;
  // One that is set twice is not known here.
  for (const { 1: name = '', 3: value = '' } of text.matchAll(set))
    found.set(name, found.has(name) && found.get(name) !== value ? null : value);
  return found;
}

/** Versions are filled in from the script itself; `$x` from elsewhere is not known. */
function fillVersion(
  given: string | undefined,
  variables: ReadonlyMap<string, string | null>,
): Pick<ScriptDependency, 'version' | 'requested'> {
  if (given === undefined || given === '') return { version: null, requested: null };
  // A classifier and a suffix may follow: `1.0:sources@zip`.
  const [own = ''] = given.split(/[:@]/, 1);
  const name = /^\$\{?(?:ext\.|project\.|rootProject\.)?([A-Za-z_]\w{0,80})\}?$/.exec(own)?.[1];
  const version = (name === undefined ? own : variables.get(name))?.replace(/!!$/, '') ?? null;
  return { requested: given, version: version !== null && isExact(version) ? version : null };
}
