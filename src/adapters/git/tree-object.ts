import type { ObjectFormat } from '../../capabilities/signing/index.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** One name in a folder, as a tree object or the index has it. */
export interface GitEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'submodule';
  readonly executable: boolean;
  readonly id: string;
}

const KINDS: Readonly<Record<string, GitEntry['kind']>> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'file',
  '40000': 'directory',
  '040000': 'directory',
  '120000': 'symlink',
  '160000': 'submodule',
};

/**
 * The entry for a mode and a name. Null for modes and names that git never writes and that could
 * lead out of the tree.
 */
export function parseGitEntry(mode: string, name: string, id: string): GitEntry | null {
  const kind = getOwn(KINDS, mode);
  const isUnsafe =
    name === '' ||
    name === '.' ||
    name === '..' ||
    /[/\0]/.test(name) ||
    name.toLowerCase() === '.git';
  return kind === undefined || isUnsafe ? null : { name, kind, executable: mode === '100755', id };
}

/**
 * Parses `MODE NAME NUL ID`, one after the other. A repeated name would be two files at one path.
 */
export function parseTreeObject(bytes: Buffer, format: ObjectFormat): Result<readonly GitEntry[]> {
  const idBytes = format === 'sha1' ? 20 : 32;
  const entries = new Map<string, GitEntry>();
  for (let at = 0; at < bytes.length; ) {
    const [blank, end] = [bytes.indexOf(0x20, at), bytes.indexOf(0, at)];
    if (blank < 0 || end < blank || end + 1 + idBytes > bytes.length)
      return malformed('it ends in the middle of an entry');
    const name = bytes.toString('utf8', blank + 1, end);
    const id = bytes.toString('hex', end + 1, end + 1 + idBytes);
    const entry = parseGitEntry(bytes.toString('latin1', at, Math.min(blank, at + 8)), name, id);
    if (entry === null)
      return malformed(
        `it has an entry ${JSON.stringify(name.slice(0, 100))} that git does not write`,
      );
    if (entries.has(name)) return malformed(`${JSON.stringify(name.slice(0, 100))} is in it twice`);
    entries.set(name, entry);
    at = end + 1 + idBytes;
  }
  return ok([...entries.values()]);
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `not a tree object: ${why}`, 'Run git fsck.');
}
