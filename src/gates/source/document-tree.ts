import { ECOSYSTEMS } from '../../capabilities/ecosystems/index.ts';
import type { FileTree, TreeEntry } from '../../capabilities/inventory/index.ts';
import { fail, ok } from '../../core/result.ts';

export interface DocumentTreeOptions {
  /** The document that is asked about, relative to the root. */
  readonly document: string;
  /** Documents as an editor has them: they count in the place of the files. */
  readonly edited: ReadonlyMap<string, Uint8Array>;
}

/**
 * What says something about one document of a tree: the document, and what declares dependencies in
 * its folder and in those above it. An edited document that is no file yet comes last.
 */
export function createDocumentTree(
  tree: FileTree,
  { document, edited }: DocumentTreeOptions,
): FileTree {
  const isAbove = (path: string): boolean => document.startsWith(`${path}/`);
  const isShown = ({ path, kind }: TreeEntry): boolean =>
    path === document ||
    (kind === 'directory' ? isAbove(path) : isBeside(path, document) && isDeclaration(path));
  return {
    async *entries() {
      let isThere = false;
      for await (const entry of tree.entries({ descend: isAbove })) {
        if (!isShown(entry)) continue;
        isThere ||= entry.path === document;
        const size = edited.get(entry.path)?.length ?? entry.size;
        yield { ...entry, size };
      }
      const own = edited.get(document);
      if (!isThere && own !== undefined) yield { path: document, kind: 'file', size: own.length };
    },
    async read(path, bytesMax) {
      const own = edited.get(path);
      if (own === undefined) return tree.read(path, bytesMax);
      // mutant edited-document-without-end by document-tree: condition -> true
      if (own.length <= bytesMax) return ok(own);
      return fail('LIMIT_EXCEEDED', `${path} has over ${bytesMax} bytes`, 'Divide it.');
    },
    async readPart(path, part) {
      const own = edited.get(path);
      return own === undefined
        ? tree.readPart(path, part)
        : ok(own.subarray(part.offset, part.offset + part.length));
    },
    async *open(path) {
      const own = edited.get(path);
      if (own === undefined) yield* tree.open(path);
      else yield own;
    },
  };
}

/** In the folder of the document, or in one above it. */
function isBeside(path: string, document: string): boolean {
  return document.startsWith(path.slice(0, path.lastIndexOf('/') + 1));
}

function isDeclaration(path: string): boolean {
  return ECOSYSTEMS.some(({ declarations }) => declarations?.wants(path) === true);
}
