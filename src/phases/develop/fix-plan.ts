import { createTwoFilesPatch } from 'diff';
import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import {
  type DeclaredDependency,
  type LocatedDependency,
  readDockerfile,
} from '../../capabilities/ecosystems/index.ts';
import { type FileTree, isDockerfile } from '../../capabilities/inventory/index.ts';
import { findNearestSafeVersion } from '../../capabilities/scanning/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { applyEdits, type TextEdit } from '../../formats/text/edits.ts';
import { groupFindingsByPurl, type SourceAnalysis } from '../../gates/source/index.ts';
import { fixNpm, type Remedy, type Step } from './fix-npm.ts';

export interface FileChange {
  readonly file: string;
  /** The bytes that were read: a change is made of these, or not at all. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export interface FixPlan {
  readonly changes: readonly FileChange[];
  /** A unified diff of all changes; empty where there are none. */
  readonly diff: string;
  readonly steps: readonly Step[];
  /** What is wrong and not mended here, and why. */
  readonly open: readonly Step[];
  /** What has to be run after the changes: nothing is fetched here. */
  readonly commands: readonly string[];
}

/** What somebody knows beside the tree. */
export interface FixKnowledge {
  readonly advisories: AdvisoryIndex;
  /** The digest of a base image as it is written, or null. */
  readonly findDigest: (image: DeclaredDependency) => Promise<Digest | null>;
  /** The version of a system package, or null. */
  readonly findVersion: (name: string) => string | null;
}

/** Pins and upgrades, as changes of texts: nothing is written here. */
export async function planFixes(
  tree: FileTree,
  reading: SourceAnalysis,
  knowledge: FixKnowledge,
): Promise<FixPlan> {
  const texts = await readTexts(tree, reading);
  const npm = fixNpm({
    dependencies: reading.declared.dependencies,
    findRemedy: createRemedyFinder(reading, knowledge.advisories),
    readText: (file) => texts.get(file)?.text ?? null,
    findLock: (file) => findLock(texts, file),
  });
  const docker = await fixDockerfiles(texts, knowledge);
  const edits = new Map([...npm.edits, ...docker.edits]);
  const changes = [...edits].map(([file, list]): FileChange => {
    const { text, bytes } = texts.get(file) ?? { text: '', bytes: new Uint8Array() };
    return { file, before: bytes, after: new TextEncoder().encode(applyEdits(text, list)) };
  });
  const folders = [...npm.relock].sort();
  return {
    changes,
    diff: changes.map(formatPatch).join(''),
    steps: [...npm.steps, ...docker.steps],
    open: [...npm.open, ...docker.open],
    commands: folders.map(
      (folder) =>
        `npm install --package-lock-only${folder === '' ? '' : ` --prefix ${quoteFolder(folder)}`}`,
    ),
  };
}

interface FileText {
  readonly text: string;
  readonly bytes: Uint8Array;
}

async function readTexts(
  tree: FileTree,
  { declared }: SourceAnalysis,
): Promise<ReadonlyMap<string, FileText>> {
  const files = new Set(declared.dependencies.map(({ place }) => place.file));
  for (const { place } of declared.dependencies.filter(({ ecosystem }) => ecosystem === 'npm'))
    for (const folder of listFoldersAbove(place.file))
      for (const name of ['package.json', 'package-lock.json', 'npm-shrinkwrap.json'])
        files.add(folder + name);
  const texts = new Map<string, FileText>();
  for (const file of files) {
    const bytes = await tree.read(file, LIMITS.fileBytesMax);
    if (!bytes.ok) continue;
    // A byte order mark stays: what is not changed keeps every byte.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.value);
    texts.set(file, { text, bytes: bytes.value });
  }
  return texts;
}

function listFoldersAbove(file: string): readonly string[] {
  const folders = [''];
  for (let slash = file.indexOf('/'); slash !== -1; slash = file.indexOf('/', slash + 1))
    folders.push(file.slice(0, slash + 1));
  return folders;
}

/** The lock beside a manifest, or the nearest above that knows its folder. */
function findLock(
  texts: ReadonlyMap<string, FileText>,
  manifest: string,
): { file: string; key: string } | null {
  for (const folder of listFoldersAbove(manifest).toReversed()) {
    const key = manifest.slice(folder.length).replace(/\/?package\.json$/, '');
    for (const name of ['npm-shrinkwrap.json', 'package-lock.json']) {
      const lock = texts.get(folder + name);
      if (lock !== undefined && (key === '' || lock.text.includes(JSON.stringify(key))))
        return { file: folder + name, key };
    }
  }
  return null;
}

function createRemedyFinder(
  reading: SourceAnalysis,
  advisories: AdvisoryIndex,
): (of: DeclaredDependency) => Remedy | null {
  const findings = groupFindingsByPurl(reading);
  return ({ purl, version }) => {
    const own = purl === null ? undefined : findings.get(purl);
    if (own === undefined || purl === null || version === null) return null;
    const safe = findNearestSafeVersion({ purl, version, source: null }, advisories);
    return { findings: [...new Set(own.map(({ id }) => id))], safe };
  };
}

interface DockerFix {
  readonly edits: ReadonlyMap<string, readonly TextEdit[]>;
  readonly steps: readonly Step[];
  readonly open: readonly Step[];
}

async function fixDockerfiles(
  texts: ReadonlyMap<string, FileText>,
  knowledge: FixKnowledge,
): Promise<DockerFix> {
  const edits = new Map<string, TextEdit[]>();
  const steps: Step[] = [];
  const open: Step[] = [];
  for (const [file, { bytes, text }] of texts) {
    if (!isDockerfile(file.slice(file.lastIndexOf('/') + 1))) continue;
    const own: TextEdit[] = [];
    const shift = text.startsWith('\ufeff') ? 1 : 0;
    for (const dependency of orThrow(readDockerfile(file, bytes)).dependencies) {
      if (dependency.pinned === 'yes') continue;
      const place = `${file}:${dependency.place.line}`;
      const pin = await findPin(dependency, knowledge);
      if (dependency.span === null || pin === null) {
        open.push({ place, what: `${dependency.name}: ${explainOpen(dependency)}` });
        continue;
      }
      const start = dependency.span.start + shift;
      own.push({
        start,
        end: start + dependency.span.text.length,
        text: dependency.span.text + pin,
      });
      steps.push({ place, what: `${dependency.span.text} -> ${dependency.span.text}${pin}` });
    }
    if (own.length > 0) edits.set(file, own);
  }
  return { edits, steps, open };
}

async function findPin(
  dependency: LocatedDependency,
  knowledge: FixKnowledge,
): Promise<string | null> {
  if (dependency.kind === 'base-image') {
    const digest = await knowledge.findDigest(dependency);
    return digest === null ? null : `@${digest}`;
  }
  const version = knowledge.findVersion(dependency.name);
  return version === null ? null : `=${version}`;
}

function explainOpen({ kind, span, why }: LocatedDependency): string {
  if (span === null) return why;
  if (kind === 'base-image')
    return (
      `${why}; its digest is not known here: --digest IMAGE=sha256:…, or --resolve asks its ` +
      'registry'
    );
  return (
    `${why}; its version is not known here: --versions-from names an image or an SBOM that has ` +
    'it'
  );
}

function formatPatch({ file, before, after }: FileChange): string {
  const decode = (bytes: Uint8Array): string =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const patch = createTwoFilesPatch(
    `a/${file}`,
    `b/${file}`,
    decode(before),
    decode(after),
    undefined,
    undefined,
    {
      context: 2,
    },
  );
  return patch.replace(/^=+\n/, '');
}

function quoteFolder(folder: string): string {
  const path = folder.replace(/\/$/, '');
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Refuses changes of a file that is not what the plan was made of. */
export function requireUnchanged({ file, before }: FileChange, now: Uint8Array): void {
  // mutant fix-file-changed-meanwhile by source: remove operand 2
  if (before.length === now.length && before.every((byte, at) => byte === now[at])) return;
  throw new Failure(
    'FILE_UNWRITABLE',
    `${file} changed since it was read; nothing was written`,
    'Run it again.',
  );
}
