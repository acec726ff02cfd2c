import { createTwoFilesPatch } from 'diff';
import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import {
  type DeclaredDependency,
  ECOSYSTEMS,
  type FileText,
  type FixQuestion,
  type Remedy,
  type Step,
} from '../../capabilities/ecosystems/index.ts';
import type { FileTree } from '../../capabilities/inventory/index.ts';
import { findNearestSafeVersion } from '../../capabilities/scanning/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { type ReadingBudget, readWithin } from '../../core/reading-budget.ts';
import { orThrow } from '../../core/result.ts';
import { applyEdits } from '../../formats/text/edits.ts';
import { groupFindingsByPurl, type SourceAnalysis } from '../../gates/source/index.ts';
import { AskedFixes, compareFindings, type FindingChange } from './asked-fixes.ts';
import { describeGap, listOpenFindings } from './open-findings.ts';

export interface FileChange {
  readonly file: string;
  /** The bytes that were read: a change applies to exactly these bytes or is refused. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export interface FixPlan {
  readonly changes: readonly FileChange[];
  /** A unified diff of all changes; empty if there are none. */
  readonly diff: string;
  readonly steps: readonly Step[];
  /** What is wrong, or may be, and is not fixed here, and why. */
  readonly open: readonly Step[];
  /** Commands to run after the changes: nothing is downloaded here. */
  readonly commands: readonly string[];
  /** What is found as it is, and after the changes and the commands. */
  readonly findings: FindingChange;
}

/** What is known besides the tree. */
export interface FixKnowledge extends Pick<FixQuestion, 'findVersion'> {
  readonly advisories: AdvisoryIndex;
  /** The digest of a base image as it is written, or null. */
  readonly findDigest: (image: DeclaredDependency) => Promise<Digest | null>;
  /** For the plan: it looks at each file once for each dependency in it. */
  readonly reading: ReadingBudget;
  /** The one finding or package that is to be fixed; null for everything. */
  readonly only: string | null;
}

/**
 * Plans pins and upgrades as changes of texts; it writes nothing. Throws a Failure where that takes
 * too long.
 */
export async function planFixes(
  tree: FileTree,
  reading: SourceAnalysis,
  knowledge: FixKnowledge,
): Promise<FixPlan> {
  const { dependencies } = reading.declared;
  const files = await readTexts(tree, dependencies);
  const { findVersion } = knowledge;
  const asked = new AskedFixes(knowledge.only);
  const findRemedy = await createRemedyFinder(reading, knowledge.advisories, asked);
  const isAsked = (one: DeclaredDependency): boolean => asked.hasDependency(one, findRemedy(one));
  const digests = await findDigests(dependencies, knowledge);
  const findDigest = ({ requested }: DeclaredDependency) => digests.get(requested ?? '') ?? null;
  const question = { dependencies, files, findRemedy, findDigest, findVersion, isAsked };
  // What the plan takes does not follow from the bytes: also that of small files is bounded.
  let bytes = LIMITS.lightDocumentsBytesMax + 1;
  for (const { bytes: own } of files.values()) bytes += own.length;
  // mutant fix-without-a-deadline by hostile-source: argument 2 ->
  //   (_, read) => read()
  return orThrow(readWithin(knowledge.reading, bytes, () => buildPlan(question, reading, asked)));
}

async function findDigests(
  dependencies: readonly DeclaredDependency[],
  { findDigest }: FixKnowledge,
): Promise<ReadonlyMap<string, Digest | null>> {
  const digests = new Map<string, Digest | null>();
  for (const image of dependencies) {
    const { kind, pinned, requested } = image;
    const isImage = kind === 'base-image' || kind === 'image';
    if (!isImage || pinned === 'yes' || requested === null) continue;
    if (!digests.has(requested)) digests.set(requested, await findDigest(image));
  }
  return digests;
}

function buildPlan(question: FixQuestion, reading: SourceAnalysis, asked: AskedFixes): FixPlan {
  const { files } = question;
  const fixes = ECOSYSTEMS.flatMap(({ fixes: planner }) => planner?.plan(question) ?? []);
  const changes = fixes.flatMap(({ edits }) =>
    [...edits].map(([file, list]): FileChange => {
      const { text, bytes } = files.get(file) ?? { text: '', bytes: new Uint8Array() };
      return { file, before: bytes, after: new TextEncoder().encode(applyEdits(text, list)) };
    }),
  );
  const gap = describeGap(reading);
  return {
    changes,
    diff: changes.map(formatPatch).join(''),
    steps: fixes.flatMap(({ steps }) => steps),
    open: [
      ...fixes.flatMap(({ open }) => open),
      ...listOpenFindings(reading, fixes, asked),
      ...(gap === null ? [] : [gap]),
    ],
    commands: fixes.flatMap(({ commands }) => commands),
    findings: compareFindings(reading, fixes),
  };
}

async function readTexts(
  tree: FileTree,
  dependencies: readonly DeclaredDependency[],
): Promise<ReadonlyMap<string, FileText>> {
  const files = new Set([
    ...dependencies.map(({ place }) => place.file),
    ...ECOSYSTEMS.flatMap(({ fixes }) => fixes?.listFiles(dependencies) ?? []),
  ]);
  const texts = new Map<string, FileText>();
  for (const file of files) {
    const bytes = await tree.read(file, LIMITS.fileBytesMax);
    if (!bytes.ok) continue;
    // A byte order mark stays: text that is not changed keeps every byte.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.value);
    texts.set(file, { text, bytes: bytes.value });
  }
  return texts;
}

async function createRemedyFinder(
  reading: SourceAnalysis,
  advisories: AdvisoryIndex,
  asked: AskedFixes,
): Promise<(of: DeclaredDependency) => Remedy | null> {
  const findings = groupFindingsByPurl(reading);
  const remedies = new Map<DeclaredDependency, Remedy>();
  for (const dependency of reading.declared.dependencies) {
    const { purl, version } = dependency;
    const own = purl === null ? [] : (findings.get(purl) ?? []);
    if (purl === null || version === null || !own.some((one) => asked.hasFinding(one))) continue;
    const component = { purl, version, source: null };
    const safe = orThrow(await findNearestSafeVersion(component, advisories));
    remedies.set(dependency, { findings: [...new Set(own.map(({ id }) => id))], safe });
  }
  return (dependency) => remedies.get(dependency) ?? null;
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

/** Refuses to change a file that is no longer the one that the plan was made for. */
export function requireUnchanged({ file, before }: FileChange, now: Uint8Array): void {
  // mutant fix-file-changed-meanwhile by source: remove operand 2
  if (before.length === now.length && before.every((byte, at) => byte === now[at])) return;
  throw new Failure(
    'FILE_UNWRITABLE',
    `${file} changed since it was read; nothing was written`,
    'Run the command again.',
  );
}
