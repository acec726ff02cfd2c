import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../../core/image-reference.ts';
import { formatPurl, type Purl } from '../../../core/purl.ts';
import { ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { cutBefore } from '../../../formats/text/cut.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { findInstalls, findInstallsInWords, type Installation } from './apt.ts';
import { type ArgumentDefaults, expandArguments, readArgumentsInto } from './build-arguments.ts';
import { type DockerInstruction, readInstructions } from './instructions.ts';

/** The declarations of one Dockerfile. */
export interface DockerfileDependencies {
  readonly dependencies: readonly LocatedDependency[];
  /** Kinds of packages that its commands install but that are not read, with the line. */
  readonly notLookedAt: readonly { readonly kind: string; readonly line: number }[];
}

export interface LocatedDependency extends DeclaredDependency {
  /** What a stage is built upon, with the defaults of arguments filled in; null for all else. */
  readonly base: string | null;
  /** The place of the text that a pin would change; null where no single text names the image. */
  readonly span: { readonly start: number; readonly text: string } | null;
}

interface DockerfileState {
  readonly file: string;
  readonly source: string;
  readonly dependencies: LocatedDependency[];
  readonly notLookedAt: { kind: string; line: number }[];
  /** Names of the stages so far, in lower case, and the number of stages. */
  readonly stages: Set<string>;
  stageCount: number;
  readonly globals: Map<string, string | null>;
  /** The variables of the current stage. */
  values: Map<string, string | null>;
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
  const { keyword, text, flags, line } = instruction;
  if (keyword === 'ARG' && reading.stageCount === 0) readArgumentsInto(reading.globals, text);
  if (keyword === 'FROM' && !instruction.onbuild) readFrom(reading, instruction);
  if (keyword === 'COPY' || keyword === 'ADD')
    for (const image of flags.get('from') ?? []) readCopySource(reading, image, instruction);
  if (keyword === 'ARG' || keyword === 'ENV')
    readArgumentsInto(reading.values, text, reading.globals);
  if (
    keyword === 'ADD' &&
    !hasChecksum(flags.get('checksum')) &&
    fetchesSource(text, reading.values)
  )
    reading.notLookedAt.push({ kind: 'downloads', line });
  if (keyword !== 'RUN') return;
  for (const mount of flags.get('mount') ?? []) {
    // Comma-separated values, which may be in quotes; names in any case (BuildKit).
    const image = /(?:^|,)"?from=([^,"]*)/i.exec(mount)?.[1];
    if (image !== undefined) readCopySource(reading, image, instruction);
  }
  readRun(reading, instruction);
}

const SUM = /^sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/;

function hasChecksum(written: readonly string[] | undefined): boolean {
  return written?.every((sum) => SUM.test(sum)) === true;
}

/**
 * Whether a source of ADD is an address, or may be one: a source that begins with a variable
 * without a value is unknown.
 */
function fetchesSource(text: string, values: ArgumentDefaults): boolean {
  const words = text
    .replace(/^\s*\[|\]\s*$|["',]/g, ' ')
    .trim()
    .split(/\s+/);
  return words.slice(0, -1).some((word) => {
    const expanded = expandArguments(word, values);
    const isOpen = word.startsWith('$') && expanded.open.length > 0;
    return isOpen || /^(?:(?:https?|git|ssh):\/\/|\w+@[\w.-]+:)/i.test(expanded.text);
  });
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
  const reference = expanded.open.length > 0 ? null : parseImageReference(expanded.text);
  // A name that continues on the next line has no single place to change.
  const isWhole = start !== undefined && reading.source.startsWith(written, start);
  const isPlain = isWhole && expanded.defaults.length === 0 && expanded.open.length === 0;
  const base = {
    ecosystem: 'oci' as const,
    requested: written,
    place: { file: reading.file, line },
    kind: 'base-image' as const,
    development: false,
    base: isBase === true ? expanded.text : null,
    span: isPlain ? { start, text: written } : null,
  };
  const notes = [
    note,
    expanded.defaults.length > 0 ? `by the default of ARG ${expanded.defaults.join(', ')}` : '',
  ];
  const explain = (why: string): string => [why, ...notes.filter((one) => one !== '')].join('; ');
  if (reference === null || !reference.ok) {
    const why =
      reference === null
        ? `${expanded.open.join(', ')} has no default`
        : 'it is not an image reference';
    const open = {
      version: null,
      purl: null,
      pinned: 'unknown' as const,
      registry: null,
      registryFrom: 'default' as const,
    };
    reading.dependencies.push({
      ...base,
      name: expanded.text,
      ...open,
      why: explain(why),
      recorded: false,
    });
    return;
  }
  reading.dependencies.push({
    ...base,
    ...buildImageFields(reference.value, expanded.text, explain),
  });
}

function buildImageFields(
  image: ImageReference,
  written: string,
  because: (why: string) => string,
) {
  const repository = formatRepository(image);
  const named =
    written.toLowerCase().startsWith(image.registry) ||
    /^(?:index|registry-1)\.docker\.io\//i.test(written);
  // mutant base-image-pinned-by-tag: value -> true
  const fixed = image.digest !== null;
  const address = cutBefore(written, '@');
  const loose =
    image.tag === null || address.lastIndexOf(':') <= address.lastIndexOf('/')
      ? 'it names neither tag nor digest'
      : `the tag ${image.tag} may move`;
  return {
    name: repository,
    version: image.digest ?? image.tag,
    purl: buildImagePurl(image),
    pinned: fixed ? ('yes' as const) : ('no' as const),
    why: because(fixed ? 'named by its digest' : loose),
    registry: repository.slice(0, repository.lastIndexOf('/')),
    registryFrom: named ? ('written' as const) : ('default' as const),
    recorded: fixed,
  };
}

/** purl-spec, oci: the digest is the version, the repository a qualifier. */
export function buildImagePurl(image: ImageReference): Purl {
  const name = image.repository.slice(image.repository.lastIndexOf('/') + 1);
  const tag = image.tag === null ? {} : { tag: image.tag };
  return formatPurl({
    type: 'oci',
    namespace: null,
    name,
    version: image.digest,
    qualifiers: { repository_url: formatRepository(image), ...tag },
    subpath: null,
  });
}

function readRun(reading: DockerfileState, instruction: DockerInstruction): void {
  const { text, body, bodyLine } = instruction;
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
    return findInstallsInWords(words.map((word) => ({ text: word, open: false, at: 0 })));
  } catch {
    return null; // Docker then reads it as the shell form.
  }
}

function addPackage(
  reading: DockerfileState,
  found: Installation,
  line: number,
  start: number | null,
): void {
  if (found.kind === 'other') {
    reading.notLookedAt.push({ kind: found.what, line });
    return;
  }
  const { name, version, pinned, why } = found;
  const isName = /^[a-z0-9][a-z0-9+.-]*$/.test(name);
  const isThere = start !== null && reading.source.startsWith(name, start);
  reading.dependencies.push({
    ecosystem: 'deb',
    name,
    version,
    requested: version === null ? name : `${name}=${version}`,
    purl: isName ? buildDebianPurl(name, version) : null,
    pinned,
    why,
    registry: null,
    registryFrom: 'default',
    recorded: pinned === 'yes',
    place: { file: reading.file, line },
    kind: 'system-package',
    development: false,
    base: null,
    span: isThere && isName && pinned === 'no' && version === null ? { start, text: name } : null,
  });
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
