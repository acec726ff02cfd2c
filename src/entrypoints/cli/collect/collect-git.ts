import { sha256 } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { openGit } from '../../compose/trees.ts';
import { DOCUMENT } from './collect-folder.ts';
import { type Collector, findUnreadable } from './found-document.ts';

/** The documents that are committed at HEAD, as git keeps them; nothing is fetched. */
export function collectGit(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Collector {
  return async function* (isKnown) {
    const repository = orThrow(await openGit(path, env));
    try {
      const commit = orThrow(await repository.resolve('HEAD'));
      const tree = repository.openTree(commit);
      for await (const entry of tree.entries()) {
        if (entry.kind !== 'file' || !DOCUMENT.test(entry.path)) continue;
        const name = `${commit.slice(0, 12)}:${entry.path}`;
        const read = await tree.read(entry.path, LIMITS.documentBytesMax);
        if (!read.ok) {
          yield findUnreadable(name, read.failure);
          continue;
        }
        const bytes = read.value;
        const mark = `${entry.path} ${sha256(bytes)}`;
        if (isKnown(mark)) continue;
        yield { name, mark, subject: null, read: async () => bytes };
      }
    } finally {
      repository.close();
    }
  };
}
