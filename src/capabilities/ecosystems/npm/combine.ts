import type { ExtractedFile } from '../ecosystem.ts';
import type { Extraction } from '../extractor.ts';
import { LockPart } from './linked/lock-part.ts';
import { linkModules } from './node-modules/link-modules.ts';

/** Each lock with the manifests of the tree, and installed packages with what they find. */
export function combineNpm(
  files: readonly ExtractedFile[],
  readLink: (path: string) => string | null,
): readonly Extraction[] {
  const manifests = files.flatMap(({ extraction }) => extraction.declares ?? []);
  const linked = linkModules(files, readLink);
  return files.map(({ extraction }, at) =>
    extraction.document instanceof LockPart
      ? extraction.document.complete(manifests)
      : (linked.get(at) ?? extraction),
  );
}
