import { LIMITS } from '../../../core/limits.ts';
import { formatPurl, type Purl } from '../../../core/purl.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { cutBefore } from '../../../formats/text/cut.ts';
import { parseRegistry } from '../component-registry.ts';
import { declareImage } from '../image-dependency.ts';
import type { LocatedDependency, ManifestReading } from '../manifest.ts';
import { findInstalls, findInstallsInWords } from './apt.ts';
import { expandArguments, readArgumentsInto } from './build-arguments.ts';
import { RunText } from './downloads.ts';
import {
  collectSettings,
  findConfiguredOrigin,
  findOtherIndexes,
  hasOtherIndex,
  type OtherIndexes,
} from './index-settings.ts';
import type { Installation, InstalledPackage } from './installation.ts';
import { type DockerInstruction, readInstructions } from './instructions.ts';

/** The declarations of one Dockerfile. */
export interface DockerfileDependencies extends ManifestReading {
  readonly dependencies: readonly DockerfileDependency[];
}

export interface DockerfileDependency extends LocatedDependency {
  /** What a stage is built upon, with the defaults of arguments filled in; null for all else. */
  readonly base: string | null;
}

export interface DockerfileState {
  readonly file: string;
  readonly source: string;
  readonly dependencies: DockerfileDependency[];
  readonly notLookedAt: { kind: string; line: number }[];
  /** Names of the stages so far, in lower case, and the number of stages. */
  readonly stages: Set<string>;
  stageCount: number;
  readonly globals: Map<string, string | null>;
  /** The variables of the current stage. */
  values: Map<string, string | null>;
  readonly otherIndexes: OtherIndexes;
  /** Where each line begins. */
  readonly lineStarts: readonly number[];
}

/**
 * Base images, images that files are copied from, and system packages of one Dockerfile (D11, D12).
 */
export function readDockerfile(file: string, bytes: Uint8Array): Result<DockerfileDependencies> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const source = decoded.value;
  // mutant dockerfile-of-flags-without-end: condition -> false
  if (source.split('--', LIMITS.dockerfileFlagsMax + 2).length > LIMITS.dockerfileFlagsMax + 1)
    return fail(
      'LIMIT_EXCEEDED',
      `${file} has more than ${LIMITS.dockerfileFlagsMax} options`,
      'Divide it, so that each part has fewer.',
    );
  const { directives, instructions } = readInstructions(source);
  const reading: DockerfileState = {
    file,
    source,
    dependencies: [],
    notLookedAt: [],
    stages: new Set(),
    stageCount: 0,
    globals: new Map(),
    values: new Map(),
    otherIndexes: findOtherIndexes(source),
    lineStarts: [...source.matchAll(/^/gm)].map(({ index }) => index),
  };
  if (directives.syntax !== null)
    addImage(reading, directives.syntax.image, 'it reads this file', {
      line: directives.syntax.line,
    });
  for (const instruction of instructions) applyInstruction(reading, instruction);
  return ok({ dependencies: reading.dependencies, notLookedAt: reading.notLookedAt });
}

function applyInstruction(reading: DockerfileState, instruction: DockerInstruction): void {
  const { keyword, text, flags } = instruction;
  if (keyword === 'ARG' && reading.stageCount === 0) readArgumentsInto(reading.globals, text);
  if (keyword === 'FROM' && !instruction.onbuild) readFrom(reading, instruction);
  if (keyword === 'COPY' || keyword === 'ADD')
    for (const image of flags.get('from') ?? []) readCopySource(reading, image, instruction);
  if (keyword === 'ARG' || keyword === 'ENV')
    readArgumentsInto(reading.values, text, reading.globals);
  if (keyword === 'ADD') readAdd(reading, instruction);
  if (keyword !== 'RUN') return;
  for (const mount of flags.get('mount') ?? []) {
    // Comma-separated values, which may be in quotes; names in any case (BuildKit).
    const image = /(?:^|,)"?from=([^,"]*)/i.exec(mount)?.[1];
    if (image !== undefined) readCopySource(reading, image, instruction);
  }
  readRun(reading, instruction);
}

const SUM = /^sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/;

/**
 * Sources of ADD that are addresses, or may be: one that begins with a variable without a value is
 * unknown. A checksum is for the only address; one of git may have its commit behind `#`.
 */
function readAdd(reading: DockerfileState, { text, flags, line }: DockerInstruction): void {
  const words = text
    .replace(/^\s*\[|\]\s*$|["',]/g, ' ')
    .trim()
    .split(/\s+/);
  const sums = flags.get('checksum') ?? [];
  const sum = sums.length === 1 && SUM.test(sums[0] ?? '') ? (sums[0] ?? null) : null;
  for (const word of words.slice(0, -1)) {
    const { text: address, open } = expandArguments(word, reading.values);
    const isOpen = word.startsWith('$') && open.length > 0;
    if (!isOpen && !/^(?:(?:https?|git|ssh):\/\/|\w+@[\w.-]+:)/i.test(address)) continue;
    const commit = /#([0-9a-f]{40}|[0-9a-f]{64})(?::|$)/.exec(address)?.[1] ?? null;
    const fixed = isOpen ? null : (sum ?? commit);
    reading.dependencies.push({
      ...buildDownload(address, fixed, line, reading.file),
      ...(isOpen && sum === null
        ? { pinned: 'unknown', why: `${open.join(', ')} has no value` }
        : {}),
      requested: word,
    });
  }
}

function buildDownload(
  address: string,
  fixed: string | null,
  line: number,
  file: string,
): DockerfileDependency {
  const registry = parseRegistry(address);
  return {
    ecosystem: 'generic',
    name: hideCredentials(address),
    version: fixed,
    requested: address,
    purl: null,
    pinned: fixed === null ? 'no' : 'yes',
    why: fixed === null ? 'nothing fixes the content of the address' : 'its checksum is named',
    registry: registry === null ? null : cutBefore(registry, '/'),
    registryFrom: registry === null ? 'default' : 'written',
    recorded: fixed !== null,
    place: { file, line },
    kind: 'direct',
    development: false,
    base: null,
    span: null,
  };
}

/** An address may hold a password, which no report repeats. */
function hideCredentials(address: string): string {
  return address.replace(/^(\w+:\/\/)[^/@\s]*@/, '$1').slice(0, 500);
}

function readFrom(reading: DockerfileState, instruction: DockerInstruction): void {
  const { text, line } = instruction;
  const [written = '', as = '', stage = ''] = text.trim().split(/\s+/);
  const image = written.replace(/^"(.*)"$/, '$1');
  const start = instruction.toOffset(text.indexOf(written));
  const expanded = expandArguments(image, reading.globals);
  const isStage = expanded.open.length === 0 && reading.stages.has(expanded.text.toLowerCase());
  if (!isStage && expanded.text.toLowerCase() !== 'scratch')
    addImage(reading, image, '', { line, start, isBase: true });
  reading.stageCount++;
  reading.values = new Map();
  if (as.toLowerCase() === 'as') reading.stages.add(stage.toLowerCase());
}

/** `--from` names a stage, the number of one, or an image. */
function readCopySource(
  reading: DockerfileState,
  image: string,
  instruction: DockerInstruction,
): void {
  const isStage =
    reading.stages.has(image.toLowerCase()) ||
    (/^\d+$/.test(image) && Number(image) < reading.stageCount);
  // A build context that the command line names looks the same as an image: the two cannot be
  // told apart.
  if (isStage || image === '' || image.toLowerCase() === 'scratch') return;
  const { line, toOffset } = instruction;
  const from = reading.lineStarts[line - 1] ?? 0;
  const start = reading.source.slice(from, toOffset(0)).indexOf(`from=${image}`);
  addImage(reading, image, 'files are copied from it', {
    line,
    ...(start === -1 ? {} : { start: from + start + 'from='.length }),
  });
}

interface ImagePlace {
  readonly line: number;
  readonly start?: number;
  readonly isBase?: true;
}

function addImage(
  reading: DockerfileState,
  written: string,
  note: string,
  { line, start, isBase }: ImagePlace,
): void {
  const expanded = expandArguments(written, reading.globals);
  // A name that continues on the next line has no single place to change.
  const isWhole = start !== undefined && reading.source.startsWith(written, start);
  const isPlain = isWhole && expanded.defaults.length === 0 && expanded.open.length === 0;
  const argument = expanded.defaults.join(', ');
  const notes = [note, argument === '' ? '' : `by the default of ARG ${argument}`];
  const image = declareImage({
    text: expanded.text,
    written,
    place: { file: reading.file, line },
    kind: 'base-image',
    open: expanded.open.length > 0 ? `${expanded.open.join(', ')} has no default` : null,
    notes: notes.filter((one) => one !== ''),
  });
  reading.dependencies.push({
    ...image,
    base: isBase === true ? expanded.text : null,
    span: isPlain ? { start, text: written } : null,
  });
}

function readRun(reading: DockerfileState, instruction: DockerInstruction): void {
  const { text, body, bodyLine } = instruction;
  collectSettings(reading.values, `${text}\n${body}`);
  for (const found of parseExecForm(text) ?? findInstalls(text)) {
    const line = instruction.toLine(found.at);
    addPackage(
      reading,
      found,
      line,
      found.at < text.length ? instruction.toOffset(found.at) : null,
    );
  }
  if (body === '') return;
  // The lines of a here-document may be run, so they are read as commands.
  for (const found of findInstalls(body)) {
    const line = bodyLine + (body.slice(0, found.at).match(/\n/g) ?? []).length;
    addPackage(reading, found, line, null);
  }
}

/** `RUN ["apt-get", "install", "curl"]`; null for the shell form. */
function parseExecForm(text: string): readonly Installation[] | null {
  if (!text.trimStart().startsWith('[')) return null;
  try {
    const words: unknown = JSON.parse(text);
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) return null;
    return findInstallsInWords(
      words.map((word) => ({ text: word, open: false, at: 0 })),
      new RunText(text),
    );
  } catch {
    return null; // Docker then reads it as the shell form.
  }
}

/** Adds what a command installs; `start` is where the text of the file names it. */
export function addPackage(
  reading: DockerfileState,
  found: Installation,
  line: number,
  start: number | null,
): void {
  if (found.kind === 'other') {
    reading.notLookedAt.push({ kind: found.what, line });
    return;
  }
  const isSystem = SYSTEM_TYPES.has(found.ecosystem);
  const isThere = start !== null && reading.source.startsWith(found.name, start);
  const isPinnable = found.pinned === 'no' && found.version === null && NAME.test(found.name);
  const own = found.ecosystem === 'deb' && isThere && isPinnable;
  reading.dependencies.push({
    ...(found.ecosystem === 'generic'
      ? buildFetched(reading, found, line)
      : buildPackage(reading, found)),
    place: { file: reading.file, line },
    kind: isSystem ? 'system-package' : 'direct',
    development: false,
    base: null,
    span: own ? { start, text: found.name } : null,
  });
}

const NAME = /^[a-z0-9][a-z0-9+.-]*$/;
const SYSTEM_TYPES: ReadonlySet<string> = new Set(['deb', 'apk', 'rpm']);

function buildPackage(reading: DockerfileState, found: InstalledPackage) {
  const { ecosystem, name, version, pinned, why, recorded } = found;
  const mark = MARKS.get(ecosystem) ?? '@';
  return {
    ecosystem,
    name,
    version,
    requested: version === null ? name : `${name}${mark}${version}`,
    purl: buildPackagePurl(found),
    pinned,
    why,
    ...findOrigin(reading, found),
    // The content behind a version of a distribution is what its signed lists say.
    recorded: recorded ?? (SYSTEM_TYPES.has(ecosystem) && pinned === 'yes'),
  };
}

function findOrigin(
  { otherIndexes, values }: DockerfileState,
  { ecosystem, name, address, isMixed }: InstalledPackage,
): Pick<DockerfileDependency, 'registry' | 'registryFrom'> {
  const registry = address === undefined ? null : parseRegistry(address);
  // mutant other-index-of-the-file by dockerfile-registries: value -> isMixed === true
  const isOpen = isMixed === true || hasOtherIndex(otherIndexes, ecosystem, name);
  if (isOpen) return { registry: null, registryFrom: 'configured' };
  return registry === null
    ? findConfiguredOrigin(ecosystem, values)
    : { registry, registryFrom: 'written' };
}

const MARKS: ReadonlyMap<string, string> = new Map([
  ['deb', '='],
  ['apk', '='],
  ['rpm', '-'],
  ['pypi', '=='],
]);
/** Types whose name alone is the package. */
const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'pypi',
  'npm',
  'gem',
  'cargo',
  'nuget',
  'composer',
]);

/** Null where the command does not say all of it: the distribution, or the module of a command. */
function buildPackagePurl({ ecosystem, name, version }: InstalledPackage): Purl | null {
  if (ecosystem === 'deb') return NAME.test(name) ? buildDebianPurl(name, version) : null;
  if (!PLAIN_TYPES.has(ecosystem) || !/^@?[\w.-]+(?:\/[\w.-]+)?$/.test(name)) return null;
  const slash = name.indexOf('/');
  return formatPurl({
    type: ecosystem,
    namespace: slash === -1 ? null : name.slice(0, slash),
    name: name.slice(slash + 1),
    version,
    qualifiers: {},
    subpath: null,
  });
}

/** A download, with the variables that have values here. */
function buildFetched(reading: DockerfileState, found: InstalledPackage, line: number) {
  const { text, open } = expandArguments(found.name, reading.values);
  const download = buildDownload(text, null, line, reading.file);
  const isOpen = open.length > 0 && found.pinned === 'no';
  return {
    ...download,
    requested: hideCredentials(found.name),
    version: found.version,
    pinned: isOpen && !/^\w+:\/\/[\w.-]+\//.test(text) ? ('unknown' as const) : found.pinned,
    why: found.why,
    recorded: found.recorded === true,
  };
}

function buildDebianPurl(name: string, version: string | null): Purl {
  return formatPurl({
    type: 'deb',
    namespace: 'debian',
    name,
    version,
    qualifiers: {},
    subpath: null,
  });
}
