import { type ImageReference, parseImageReference, repositoryOf } from '../../../../core/image-reference.ts';
import { decodeUtf8 } from '../../../../core/json.ts';
import { formatPurl, type Purl } from '../../../../core/purl.ts';
import { ok, type Result } from '../../../../core/result.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { type Installed, installedBy, installedByWords } from './apt.ts';
import { type ArgumentDefaults, expandArguments, readArguments } from './build-arguments.ts';
import { type DockerInstruction, readInstructions } from './instructions.ts';

/** What one Dockerfile declares. */
export interface DockerDeclared {
  readonly dependencies: readonly LocatedDependency[];
  /** Kinds of packages that its commands install and that are not looked at, with the line. */
  readonly notLookedAt: readonly { readonly kind: string; readonly line: number }[];
}

/** With the place of the text that a pin would change; null where no single text says it. */
export interface LocatedDependency extends DeclaredDependency {
  readonly span: { readonly start: number; readonly text: string } | null;
}

interface Reading {
  readonly file: string;
  readonly source: string;
  readonly dependencies: LocatedDependency[];
  readonly notLookedAt: { kind: string; line: number }[];
  /** Names of the stages so far, in lower case, and how many there are. */
  readonly stages: Set<string>;
  stageCount: number;
  globals: ArgumentDefaults;
}

/** Base images, images that files are copied from, and system packages of one Dockerfile (D11, D12). */
export function readDockerfile(file: string, bytes: Uint8Array): Result<DockerDeclared> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const source = decoded.value;
  const { directives, instructions } = readInstructions(source);
  const reading: Reading = {
    file,
    source,
    dependencies: [],
    notLookedAt: [],
    stages: new Set(),
    stageCount: 0,
    globals: new Map(),
  };
  if (directives.syntax !== null)
    addImage(reading, directives.syntax.image, 'it reads this file', { line: directives.syntax.line });
  for (const instruction of instructions) see(reading, instruction, directives.escape);
  return ok({ dependencies: reading.dependencies, notLookedAt: reading.notLookedAt });
}

function see(reading: Reading, instruction: DockerInstruction, escapeMark: string): void {
  const { keyword, text, flags, line } = instruction;
  if (keyword === 'ARG' && reading.stageCount === 0) reading.globals = readArguments(text, reading.globals);
  if (keyword === 'FROM' && !instruction.onbuild) from(reading, instruction);
  if (keyword === 'COPY' || keyword === 'ADD')
    for (const image of flags.get('from') ?? []) copied(reading, image, instruction);
  if (keyword === 'ADD' && /(?:^|[\s"[])(?:https?|git):\/\//i.test(text) && !flags.has('checksum'))
    reading.notLookedAt.push({ kind: 'downloads', line });
  if (keyword !== 'RUN') return;
  for (const mount of flags.get('mount') ?? []) {
    const image = /(?:^|,)from=([^,]*)/.exec(mount)?.[1];
    if (image !== undefined) copied(reading, image, instruction);
  }
  if (escapeMark === '\\') run(reading, instruction);
}

function from(reading: Reading, instruction: DockerInstruction): void {
  const { text, line } = instruction;
  const [written = '', as = '', stage = ''] = text.trim().split(/\s+/);
  const image = written.replace(/^"(.*)"$/, '$1');
  const start = instruction.offsetOf(text.indexOf(written));
  const expanded = expandArguments(image, reading.globals);
  const isStage = expanded.open.length === 0 && reading.stages.has(expanded.text.toLowerCase());
  if (!isStage && expanded.text.toLowerCase() !== 'scratch') addImage(reading, image, '', { line, start });
  reading.stageCount++;
  if (as.toLowerCase() === 'as') reading.stages.add(stage.toLowerCase());
}

/** `--from` names a stage, the number of one, or an image. */
function copied(reading: Reading, image: string, instruction: DockerInstruction): void {
  const isStage =
    reading.stages.has(image.toLowerCase()) || (/^\d+$/.test(image) && Number(image) < reading.stageCount);
  // A build context given by name on the command line looks the same; nobody can tell it from an image.
  if (isStage || image === '' || image.toLowerCase() === 'scratch') return;
  const start = reading.source.indexOf(
    `from=${image}`,
    instruction.offsetOf(0) - 4_096 < 0 ? 0 : lineStart(reading.source, instruction.line),
  );
  addImage(reading, image, 'files are copied from it', {
    line: instruction.line,
    ...(start === -1 ? {} : { start: start + 5 }),
  });
}

function lineStart(source: string, line: number): number {
  let at = 0;
  for (let left = line - 1; left > 0; left--) at = source.indexOf('\n', at) + 1;
  return at;
}

interface At {
  readonly line: number;
  readonly start?: number;
}

function addImage(reading: Reading, written: string, note: string, { line, start }: At): void {
  const expanded = expandArguments(written, reading.globals);
  const reference = expanded.open.length > 0 ? null : parseImageReference(expanded.text);
  // A name that goes on in the next line has no single place that could be changed.
  const isWhole = start !== undefined && reading.source.startsWith(written, start);
  const isPlain = isWhole && expanded.defaults.length === 0 && expanded.open.length === 0;
  const base = {
    ecosystem: 'oci' as const,
    requested: written,
    place: { file: reading.file, line },
    kind: 'base-image' as const,
    development: false,
    span: isPlain ? { start, text: written } : null,
  };
  const notes = [note, expanded.defaults.length > 0 ? `by the default of ARG ${expanded.defaults.join(', ')}` : ''];
  const because = (why: string): string => [why, ...notes.filter((one) => one !== '')].join('; ');
  if (reference === null || !reference.ok) {
    const why = reference === null ? `${expanded.open.join(', ')} has no default` : 'it is no image reference';
    const open = {
      version: null,
      purl: null,
      pinned: 'unknown' as const,
      registry: null,
      registryFrom: 'default' as const,
    };
    reading.dependencies.push({ ...base, name: expanded.text, ...open, why: because(why), recorded: false });
    return;
  }
  reading.dependencies.push({ ...base, ...imageFields(reference.value, expanded.text, because) });
}

function imageFields(image: ImageReference, written: string, because: (why: string) => string) {
  const repository = repositoryOf(image);
  const named =
    written.toLowerCase().startsWith(image.registry) || /^(?:index|registry-1)\.docker\.io\//i.test(written);
  const fixed = image.digest !== null;
  const loose =
    image.tag === null || !/:[^/]*$/.test(written.split('@')[0] ?? '')
      ? 'it names neither tag nor digest'
      : `the tag ${image.tag} may move`;
  return {
    name: repository,
    version: image.digest ?? image.tag,
    purl: imagePurl(image),
    pinned: fixed ? ('yes' as const) : ('no' as const),
    why: because(fixed ? 'named by its digest' : loose),
    registry: repository.slice(0, repository.lastIndexOf('/')),
    registryFrom: named ? ('written' as const) : ('default' as const),
    recorded: fixed,
  };
}

/** purl-spec, oci: the digest is the version, the repository a qualifier. */
export function imagePurl(image: ImageReference): Purl {
  const name = image.repository.slice(image.repository.lastIndexOf('/') + 1);
  const tag = image.tag === null ? {} : { tag: image.tag };
  return formatPurl({
    type: 'oci',
    namespace: null,
    name,
    version: image.digest,
    qualifiers: { repository_url: repositoryOf(image), ...tag },
    subpath: null,
  });
}

function run(reading: Reading, instruction: DockerInstruction): void {
  const { text, body, bodyLine } = instruction;
  for (const found of execForm(text) ?? installedBy(text)) {
    const line = instruction.lineOf(found.at);
    add(reading, found, line, found.at < text.length ? instruction.offsetOf(found.at) : null);
  }
  if (body === '' || !/^\s*(?:(?:ba|da|a|z|k)?sh\b[^|;&]*)?<</.test(text)) return;
  // The first of several here-documents is the script; what stands behind it is read as commands too, which finds no less.
  for (const found of installedBy(body)) {
    const line = bodyLine + (body.slice(0, found.at).match(/\n/g) ?? []).length;
    add(reading, found, line, null);
  }
}

/** `RUN ["apt-get", "install", "curl"]`; null for the shell form. */
function execForm(text: string): readonly Installed[] | null {
  if (!text.trimStart().startsWith('[')) return null;
  try {
    const words: unknown = JSON.parse(text);
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) return null;
    return installedByWords(words.map((word) => ({ text: word, open: false, at: 0 })));
  } catch {
    return null; // Docker reads it as the shell form then.
  }
}

function add(reading: Reading, found: Installed, line: number, start: number | null): void {
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
    purl: isName ? debianPurl(name, version) : null,
    pinned,
    why,
    registry: null,
    registryFrom: 'default',
    recorded: pinned === 'yes',
    place: { file: reading.file, line },
    kind: 'system-package',
    development: false,
    span: isThere && isName && pinned === 'no' && version === null ? { start, text: name } : null,
  });
}

function debianPurl(name: string, version: string | null): Purl {
  return formatPurl({ type: 'deb', namespace: 'debian', name, version, qualifiers: {}, subpath: null });
}
