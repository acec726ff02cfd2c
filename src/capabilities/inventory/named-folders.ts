import type { Digest } from '../../core/digest.ts';
import { readAtOnce } from '../../core/reading-budget.ts';
import {
  type FileRecord,
  type FileRequest,
  type FileRequests,
  type Layer,
  runExtractor,
} from './file-requests.ts';
import type { Snapshot } from './layers/snapshot.ts';
import type { EffectiveResult } from './unexplained.ts';

interface GatheredFiles {
  readonly snapshot: Snapshot<FileRecord>;
  readonly requests: FileRequests;
  /** The layers of an image, lowest first; absent for a tree. */
  readonly layers?: readonly Digest[];
}

const NO_BYTES = new Uint8Array(0);

/**
 * Packages that are known by the names of their folders. A folder is there as long as something is
 * in it, since the layer of the oldest of what is left.
 */
export function listNamedFolders(gathered: GatheredFiles): readonly EffectiveResult[] {
  const { snapshot, requests } = gathered;
  const found: EffectiveResult[] = [];
  for (const extractor of requests.folderReaders) {
    const { root = '', wants } = extractor.namedFolders ?? {};
    const end = snapshot.resolve(root);
    if (end.kind !== 'path' || end.path === '') continue;
    for (const { name, layer } of snapshot.listFolders(end.path)) {
      if (wants?.(name) !== true) continue;
      const request = { extractor, path: `${root}/${name}` };
      found.push({ path: `${end.path}/${name}`, reading: readFolder(request, layer, gathered) });
    }
  }
  return found;
}

function readFolder(
  request: FileRequest,
  index: number,
  { layers }: GatheredFiles,
): EffectiveResult['reading'] {
  // Only a name is read.
  const extracted = runExtractor(request, NO_BYTES, readAtOnce);
  const diffId = layers?.[index];
  if (diffId === undefined) return { request, extracted, since: null };
  const layer: Layer = { index, diffId };
  return { request, extracted, since: new Map(extracted.drafts.map(({ key }) => [key, layer])) };
}
