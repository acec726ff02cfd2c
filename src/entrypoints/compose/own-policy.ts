import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { FileTree } from '../../capabilities/inventory/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { isBelow } from '../../system/files/is-below.ts';
import type { Config } from '../config/config.ts';

/** The judged tree, and the earlier trees that it is compared with. */
export interface JudgedTree {
  readonly topLevel: string | null;
  readonly tree: FileTree;
  readonly before: readonly FileTree[];
}

/**
 * Notes about the documents that decide and are in the work tree, and about those that the judged
 * commits change: anyone who can change them there decides the verdict.
 */
export async function listOwnPolicyNotes(
  config: Config,
  judged: JudgedTree,
): Promise<readonly string[]> {
  const own = listOwnFiles(config, judged.topLevel);
  if (own.length === 0) return [];
  const remedy =
    'if strangers can propose changes, name files outside of the work tree: --config, ' +
    '--policy, --home';
  const notes = [
    `note: it is judged by ${own.join(', ')} of its own work tree: anyone who can change it ` +
      `there decides; ${remedy}`,
  ];
  for (const file of own)
    if (await isChanged(file, judged))
      notes.push(`note: ${file} is changed by what is judged, and it decides the verdict`);
  return notes;
}

async function isChanged(file: string, { tree, before }: JudgedTree): Promise<boolean> {
  for (const one of before)
    if ((await readContent(tree, file)) !== (await readContent(one, file))) return true;
  return false;
}

/** The files by their paths from the top of the work tree. */
function listOwnFiles(
  { file, policy, advisories }: Config,
  topLevel: string | null,
): readonly string[] {
  if (topLevel === null) return [];
  const top = resolveRealPath(topLevel);
  const within = [file, policy, advisories].filter((one) => one !== null).map(resolveRealPath);
  return [...new Set(within)]
    .filter((one) => isBelow(one, top))
    .map((one) => relative(top, one).split(sep).join('/'));
}

function resolveRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The bytes, or the code of the failure. */
async function readContent(tree: FileTree, path: string): Promise<string> {
  const read = await tree.read(path, LIMITS.fileBytesMax);
  return read.ok ? Buffer.from(read.value).toString('base64') : `! ${read.failure.code}`;
}
