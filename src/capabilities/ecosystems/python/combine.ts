import type { ExtractedFile } from '../ecosystem.ts';
import type { Extraction } from '../extractor.ts';
import { linkInstalled } from './installed/installed-packages.ts';
import { settle } from './requirements/requirements-extractor.ts';
import type { RequirementsFile } from './requirements/requirements-file.ts';

/** What files of Python say together: constraints and inclusions, and what packages require. */
export function combinePython(files: readonly ExtractedFile[]): readonly Extraction[] {
  const byPath = new Map<string, RequirementsFile>();
  for (const { path, extraction } of files)
    if (isRequirements(extraction.part)) byPath.set(path, extraction.part);
  const linked = linkInstalled(files);
  return files.map(({ path, extraction }) => {
    const own = byPath.get(path);
    if (own !== undefined) return settle(own, (other) => byPath.get(other) ?? null);
    return linked.get(path) ?? extraction;
  });
}

function isRequirements(part: unknown): part is RequirementsFile {
  return typeof part === 'object' && part !== null && 'inclusions' in part;
}
