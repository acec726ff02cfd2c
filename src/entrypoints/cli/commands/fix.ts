import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type DeclaredDependency, findByPurlType } from '../../../capabilities/ecosystems/index.ts';
import type { FileTree } from '../../../capabilities/inventory/index.ts';
import { formatCount } from '../../../core/count.ts';
import { type Digest, parseDigest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { formatRepository, parseImageReference } from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parsePurl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { SEVERITIES } from '../../../core/severity.ts';
import { readSource } from '../../../gates/source/index.ts';
import {
  AskedFixes,
  type FileChange,
  type FixKnowledge,
  type FixPlan,
  planFixes,
  requireUnchanged,
} from '../../../phases/develop/index.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { openCommandClient } from '../../compose/command-registry.ts';
import { takeInventory } from '../../compose/take-inventory.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import type { FixCall } from '../options/develop.ts';
import { type Block, showNote, showText } from '../report/block.ts';
import { paintSeverities } from '../report/cell.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { openSource, parseSourceFolder, type SourceFolder } from '../source-targets.ts';

/**
 * Ends with 0 if nothing is left to do, else with 1: changes were only shown, a lock must be
 * written again, something was not fixed, or there may be more than was found.
 */
export async function run(call: FixCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const folder = parseSourceFolder(call.args[0], call);
  const tree = await openSource(folder);
  const { index: advisories, close } = await openAdvisories(config);
  const digests = await openDigests(call);
  try {
    const budget = createCommandBudget();
    const reading = await readSource(tree, folder.text, {
      advisories,
      now: toInstant(Date.now()),
      signal: call.signal,
      reading: budget,
    });
    const versions = await readVersions(call);
    const knowledge: FixKnowledge = {
      advisories,
      findDigest: digests.findDigest,
      findVersion: (name) => versions.get(name) ?? null,
      reading: budget,
      only: call.options.only ?? null,
    };
    const plan = await planFixes(tree, reading, knowledge);
    const applies = call.options.apply;
    if (applies) await applyChanges(folder, tree, plan.changes);
    const asked = new AskedFixes(knowledge.only);
    const missing = asked.explainMissing(reading);
    const isOpen = plan.open.length > 0 || plan.commands.length > 0;
    return {
      kind: 'result',
      exitCode: isOpen || (plan.changes.length > 0 && !applies) ? 1 : 0,
      value: toValue('fix', () => toJson(plan, applies)),
      blocks: () => showPlan(folder, plan, asked, applies),
      hints: missing === null ? [] : [missing],
    };
  } finally {
    close();
    digests.close();
  }
}

/** Writes nothing unless every file is still as it was when the plan was made. */
async function applyChanges(
  { path }: SourceFolder,
  tree: FileTree,
  changes: readonly FileChange[],
): Promise<void> {
  const root = realpathSync(path);
  for (const change of changes) {
    const now = orThrow(await tree.read(change.file, LIMITS.fileBytesMax));
    requireUnchanged(change, now);
    // A rename would replace it by another file.
    if ((statSync(join(root, ...change.file.split('/'))).mode & 0o222) === 0)
      throw new Failure(
        'FILE_UNWRITABLE',
        `${change.file} is read-only; nothing was written`,
        'Make the file writable.',
      );
  }
  for (const { file, after } of changes) {
    const full = join(root, ...file.split('/'));
    if (!realpathSync(full).startsWith(root + sep))
      throw new Failure(
        'UNSAFE_PATH',
        `${file} points out of the tree`,
        'Replace the link by the file itself.',
      );
    writeWhole(full, after, statSync(full).mode & 0o777);
  }
}

function showPlan(
  folder: SourceFolder,
  plan: FixPlan,
  asked: AskedFixes,
  applied: boolean,
): readonly Block[] {
  const { diff, steps, open, commands, findings } = plan;
  return [
    ...(diff === '' ? [] : [showText(diff)]),
    ...steps.map(({ place, what }) => showNote(`${applied ? 'fixed' : 'fix'}: ${place}: ${what}`)),
    ...open.map(({ place, what }) => showNote(`not fixed: ${place}: ${what}`)),
    ...(steps.length > 0 && !applied
      ? [showNote('nothing was written; to write the changes: --apply')]
      : []),
    ...(commands.length === 0 ? [] : showCommands(folder, plan, applied)),
    ...(steps.length + open.length + commands.length === 0 ? [showNote('nothing to fix')] : []),
    ...showFindings(findings, asked),
  ];
}

/** Nothing where nothing was found. */
function showFindings({ before, after }: FixPlan['findings'], asked: AskedFixes): readonly Block[] {
  if (before.length === 0) return [];
  const count = (found: FixPlan['findings']['before']): string => {
    const levels = [...SEVERITIES, 'unknown' as const].flatMap((severity) => {
      const of = found.filter((one) => one.severity === severity).length;
      return of === 0 ? [] : [`${of} ${severity}`];
    });
    return `${formatCount(found.length, 'finding')}${levels.length === 0 ? '' : ` (${levels.join(', ')})`}`;
  };
  return [
    showNote(...paintSeverities(`before: ${count(before)}`)),
    showNote(...paintSeverities(`after the changes and the commands: ${count(after)}`)),
    ...after
      .slice(0, STAYING_SHOWN)
      .map((one) =>
        showNote(
          `  stays: ${one.id} `,
          ...paintSeverities(one.severity),
          ` in ${one.name} ${one.version}${asked.hasFinding(one) ? '' : ' (not asked for)'}`,
        ),
      ),
    ...(after.length > STAYING_SHOWN
      ? [showNote(`  and ${after.length - STAYING_SHOWN} more`)]
      : []),
  ];
}

const STAYING_SHOWN = 10;

function showCommands(
  { text }: SourceFolder,
  { commands, steps }: FixPlan,
  applied: boolean,
): readonly Block[] {
  const when = steps.length === 0 ? '' : 'after the change ';
  const why = applied
    ? 'the lock disagrees with its manifest until you run the following command'
    : `${when}the lock must be written again; run the following command`;
  const place = text === '.' ? '' : ` in ${text}`;
  return [
    showNote(`${why}${place} (it uses the network):`),
    ...commands.map((command) => showNote(`  ${command}`)),
    showNote(
      'the versions were chosen from advisories; registries were not asked whether they have ' +
        'them',
    ),
  ];
}

function toJson(
  { changes, diff, steps, open, commands, findings }: FixPlan,
  applied: boolean,
): SchemaValue<'fix'> {
  const show = ({ id, severity, component }: FixPlan['findings']['before'][number]) => ({
    ...{ id, severity, component },
  });
  return {
    ...{ applied, files: changes.map(({ file }) => file), diff, steps, open, commands },
    before: findings.before.map(show),
    after: findings.after.map(show),
  };
}

interface DigestSource {
  readonly findDigest: (image: DeclaredDependency) => Promise<Digest | null>;
  readonly close: () => void;
}

/** Digests from the options, and with --resolve also digests from registries. */
async function openDigests(call: FixCall): Promise<DigestSource> {
  const given = new Map<string, Digest>();
  for (const text of call.options.digest) {
    const equals = text.lastIndexOf('=');
    const image = parseImageReference(text.slice(0, Math.max(equals, 0)));
    const digest = parseDigest(text.slice(equals + 1));
    if (!image.ok || !digest.ok)
      throw new Failure(
        'USAGE',
        `--digest ${text.slice(0, 200)} is not an image with its digest`,
        'Write --digest node:22=sha256:….',
      );
    given.set(formatKey(image.value), digest.value);
  }
  const client = call.options.resolve
    ? await openCommandClient(await loadCallConfig(call), call.io.env)
    : null;
  return {
    findDigest: async ({ requested }) => {
      const image = parseImageReference(requested ?? '');
      if (!image.ok) return null;
      const known = given.get(formatKey(image.value));
      if (known !== undefined || client === null) return known ?? null;
      return orThrow(await client.resolve(image.value, { signal: call.signal })).digest;
    },
    close: () => client?.close(),
  };
}

function formatKey(image: Parameters<typeof formatRepository>[0]): string {
  return `${formatRepository(image)}:${image.tag ?? ''}`;
}

/**
 * Versions of system packages by name, from an image or an SBOM. A package with several versions is
 * left out.
 */
async function readVersions(call: FixCall): Promise<ReadonlyMap<string, string>> {
  const text = call.options.versionsFrom;
  if (text === undefined) return new Map();
  const { inventory } = await takeInventory(
    text,
    readTargetContext(call, await loadCallConfig(call)),
  );
  const versions = new Map<string, Set<string>>();
  for (const { purl, name, version } of inventory.components) {
    const parts = parsePurl(purl);
    if (parts.ok && findByPurlType(parts.value.type)?.distribution !== undefined)
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return new Map(
    [...versions].flatMap(([name, all]) =>
      all.size === 1 ? [[name, [...all][0] ?? ''] as const] : [],
    ),
  );
}
