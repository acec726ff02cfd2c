import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/process.ts';
import { SHARED_FOLDER } from './command-file.ts';
import type { Follower } from './guide.ts';

/** Whether the single executable can be built here: of a git checkout, on Linux on x64. */
export const isBuildable =
  `${process.platform} ${process.arch}` === 'linux x64' && existsSync(join(root, '.git'));

/** The number of an ordinary user. */
const NOBODY = 65_534;

/**
 * Somebody who has the single executable of the commit on the PATH, at a path with a blank, as an
 * ordinary user where the tests run as root; where it cannot be built, this checkout and this user.
 */
export function followWithExecutable({ isOther = true } = {}): Follower {
  const shared = process.env[SHARED_FOLDER];
  if (!isBuildable || shared === undefined) {
    console.warn('skipped: the guide is followed with this checkout, not with the executable');
    return {};
  }
  const user = isOther && process.getuid?.() === 0 ? NOBODY : undefined;
  return { program: buildExecutable(shared), user };
}

/** Built once for a run of the tests. */
function buildExecutable(shared: string): string {
  const folder = join(shared, 'an executable');
  const program = join(folder, 'waybill');
  if (existsSync(program)) return program;
  const made = join(mkdtempSync(join(shared, 'building-')), 'waybill');
  const words = [join(root, 'tools/executable.ts'), made];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the executable cannot be built: ${stderr}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  // Another worker may have been first: its file has the same bytes.
  renameSync(made, program);
  return program;
}
