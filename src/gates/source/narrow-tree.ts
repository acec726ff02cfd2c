import type { FileTree } from '../../capabilities/inventory/index.ts';

/** The part of a tree below one of its folders; the whole tree for an empty folder name. */
export function narrowTree(tree: FileTree, folder: string): FileTree {
  if (folder === '') return tree;
  const prefix = `${folder}/`;
  const leadsThere = (path: string): boolean =>
    path.startsWith(prefix) || prefix.startsWith(`${path}/`);
  return {
    async *entries(options = {}) {
      const asked = options.descend;
      const descend = (path: string): boolean =>
        leadsThere(path) &&
        (!path.startsWith(prefix) || asked === undefined || asked(path.slice(prefix.length)));
      for await (const entry of tree.entries({ descend })) {
        // A folder on the way that cannot be read hides everything below it.
        if (entry.path.startsWith(prefix))
          yield { ...entry, path: entry.path.slice(prefix.length) };
        else if (entry.kind === 'unreadable' && (entry.path === '.' || leadsThere(entry.path)))
          yield entry;
      }
    },
    read: (path, bytesMax) => tree.read(prefix + path, bytesMax),
    readPart: (path, part) => tree.readPart(prefix + path, part),
    open: (path) => tree.open(prefix + path),
  };
}
