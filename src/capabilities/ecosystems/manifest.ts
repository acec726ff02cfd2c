import { formatCount } from '../../core/count.ts';
import type { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { createLineCounter } from '../../formats/json/places.ts';
import type { TextEdit } from '../../formats/text/edits.ts';
import { parseYamlTrees, type YamlNode } from '../../formats/yaml/trees.ts';
import type { DeclarationReader, Declarations } from './declarations.ts';
import type { DeclaredDependency } from './dependency.ts';
import { type Extraction, type Extractor, NOTHING } from './extractor.ts';
import type { Fix, FixPlanner, FixQuestion, Step } from './fix.ts';
import type { WantedFiles } from './wanted-files.ts';

/** A dependency of a manifest, and where a pin would be written. */
export interface LocatedDependency extends DeclaredDependency {
  /** The place of the text that a pin would change; null where no single text names it. */
  readonly span: TextSpan | null;
  /** How a person pins it, where nothing here can; one sentence. */
  readonly remedy?: string;
}

export interface TextSpan {
  /** An offset in the text without its byte order mark. */
  readonly start: number;
  readonly text: string;
}

/** What one manifest declares. */
export interface ManifestReading {
  readonly dependencies: readonly LocatedDependency[];
  /** What it fetches and is not read, with the line. */
  readonly notLookedAt: readonly { readonly kind: string; readonly line: number }[];
}

/** A kind of file whose declarations can be read from that file alone. */
export interface ManifestFormat {
  readonly wants: (path: string) => boolean;
  /** `DeclarationReader.recognises`. */
  readonly recognises?: (path: string, text: string) => boolean;
  readonly bytesMax?: number;
  readonly read: (file: string, bytes: Uint8Array) => Result<ManifestReading>;
}

/** One whose files are known by their names. */
export interface NamedManifestFormat extends ManifestFormat {
  readonly wants: WantedFiles;
}

export function createDeclarationReader(format: ManifestFormat): DeclarationReader {
  const { wants, recognises, read, bytesMax = LIMITS.dependencyFileBytesMax } = format;
  return {
    wants,
    ...(recognises === undefined ? {} : { recognises }),
    read: async (paths, files) => {
      const readings = new Map<string, ManifestReading>();
      for (const file of paths) {
        files.signal?.throwIfAborted();
        const reading = await files.parse(file, bytesMax, read);
        if (reading !== null) readings.set(file, reading);
      }
      return mergeReadings(readings, paths.length > 0);
    },
  };
}

/**
 * Tells that such files were read, and how many images they name: those have inventories of their
 * own.
 */
export function createManifestExtractor(name: string, format: NamedManifestFormat): Extractor {
  const { wants, read, bytesMax = LIMITS.dependencyFileBytesMax } = format;
  return {
    name,
    database: false,
    reads: ['source-tree'],
    bytesMax,
    wants,
    extract: ({ path, bytes }): Extraction => {
      const images = orThrow(read(path, bytes)).dependencies.filter(isImage).length;
      if (images === 0) return NOTHING;
      const named = formatCount(images, 'image');
      return {
        ...NOTHING,
        notes: [`${path}: it names ${named}, of which the content is in an inventory of its own`],
      };
    },
  };
}

export function mergeReadings(
  readings: ReadonlyMap<string, ManifestReading>,
  found: boolean,
): Declarations {
  const dependencies: DeclaredDependency[] = [];
  const notLookedAt: { kind: string; place: string }[] = [];
  for (const [file, reading] of readings) {
    for (const located of reading.dependencies) dependencies.push(dropPlace(located));
    for (const { kind, line } of reading.notLookedAt)
      notLookedAt.push({ kind, place: `${file}:${line}` });
  }
  return { found, dependencies, problems: [], notLookedAt };
}

function dropPlace({
  span: _,
  remedy: _remedy,
  ...dependency
}: LocatedDependency): DeclaredDependency {
  return dependency;
}

/** Pins images to digests and system packages to versions, where these are known. */
export function createPinPlanner({ wants, recognises, read }: ManifestFormat): FixPlanner {
  return {
    listFiles: () => [],
    plan: (question): Fix => {
      const plan = { edits: new Map<string, TextEdit[]>(), steps: [], open: [] };
      for (const [file, { bytes, text }] of question.files) {
        if (!wants(file) && recognises?.(file, text) !== true) continue;
        const reading = read(file, bytes);
        if (!reading.ok) continue;
        const shift = text.startsWith('\ufeff') ? 1 : 0;
        planPins(plan, { file, shift, question }, reading.value.dependencies);
      }
      return { ...plan, commands: [], fixed: new Set() };
    },
  };
}

interface PinPlan {
  readonly edits: Map<string, TextEdit[]>;
  readonly steps: Step[];
  readonly open: Step[];
}

interface PinContext {
  readonly file: string;
  readonly shift: number;
  readonly question: FixQuestion;
}

function planPins(
  { edits, steps, open }: PinPlan,
  { file, shift, question }: PinContext,
  dependencies: readonly LocatedDependency[],
): void {
  const own: TextEdit[] = [];
  for (const dependency of dependencies) {
    if (dependency.pinned === 'yes' || !question.isAsked(dependency)) continue;
    const place = `${file}:${dependency.place.line}`;
    const { span } = dependency;
    const pin = findPin(dependency, question);
    if (span === null || pin === null) {
      open.push({ place, what: `${dependency.name}: ${explainOpen(dependency)}` });
      continue;
    }
    const start = span.start + shift;
    own.push({ start, end: start + span.text.length, text: span.text + pin });
    steps.push({ place, what: `${span.text} -> ${span.text}${pin}` });
  }
  if (own.length > 0) edits.set(file, own);
}

function findPin(dependency: LocatedDependency, question: FixQuestion): string | null {
  if (dependency.remedy !== undefined) return null;
  if (isImage(dependency)) {
    const digest = question.findDigest(dependency);
    return digest === null ? null : `@${digest}`;
  }
  if (dependency.ecosystem !== 'deb') return null;
  const version = question.findVersion(dependency.name);
  return version === null ? null : `=${version}`;
}

function isImage({ kind }: DeclaredDependency): boolean {
  return kind === 'base-image' || kind === 'image';
}

function explainOpen(dependency: LocatedDependency): string {
  const { span, why, remedy } = dependency;
  if (remedy !== undefined) return `${why}; ${remedy}`;
  if (span === null) return why;
  if (isImage(dependency))
    return (
      `${why}; its digest is not known here: use --digest IMAGE=sha256:…, or --resolve to ask ` +
      'its registry'
    );
  return (
    `${why}; its version is not known here: use --versions-from with an image or an SBOM that ` +
    'has it'
  );
}

/** The documents of a YAML file, and what its readers need to give places. */
export interface YamlManifest {
  readonly file: string;
  readonly text: string;
  readonly trees: readonly YamlNode[];
  readonly toLine: (node: YamlNode) => number;
}

/** Reads a file of YAML and hands it on; `wants` as in `parseYamlTrees`. */
export function readYamlManifest(
  file: string,
  bytes: Uint8Array,
  read: (manifest: YamlManifest) => ManifestReading,
  wants?: (document: string) => boolean,
): Result<ManifestReading> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = decoded.value.replace(/^\ufeff/, '');
  const options = { bytesMax: LIMITS.fileBytesMax, ...(wants === undefined ? {} : { wants }) };
  const trees = parseYamlTrees(text, options);
  if (!trees.ok) return text.includes('{{') ? explainTemplate(trees.failure) : trees;
  const countLine = createLineCounter(text);
  const { dependencies, notLookedAt } = read({
    file,
    text,
    trees: trees.value,
    toLine: ({ start }) => countLine(start),
  });
  return ok({ dependencies: dropRepeated(dependencies), notLookedAt });
}

function explainTemplate({ code, message }: Failure): Result<never> {
  const why = `${message}; a template is no YAML before its values are filled in`;
  return fail(code, why, 'Judge what the template makes.');
}

/** What an alias repeats is one declaration. */
function dropRepeated(all: readonly LocatedDependency[]): readonly LocatedDependency[] {
  const seen = new Set<string>();
  return all.filter(({ place, name, requested, span }) => {
    const key = JSON.stringify([place.line, name, requested, span?.start ?? null]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** The text of a scalar where the file writes it whole, without its quotes; otherwise null. */
export function findSpan(text: string, node: YamlNode, value: string): TextSpan | null {
  for (const start of [node.start, node.start + 1])
    if (value !== '' && text.startsWith(value, start) && start + value.length <= node.end)
      return { start, text: value };
  return null;
}
