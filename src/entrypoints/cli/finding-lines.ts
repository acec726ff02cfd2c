import type { FileTree } from '../../capabilities/inventory/index.ts';
import {
  type Finding,
  findPackageLines,
  LineNames,
  type ScanReport,
} from '../../capabilities/scanning/index.ts';
import { LIMITS } from '../../core/limits.ts';

/**
 * The line of each finding in its first location, for a source tree. A file that cannot be read as
 * text, or that does not say it clearly, gives none.
 */
export async function locateFindings(
  tree: FileTree,
  { findings }: Pick<ScanReport, 'findings'>,
  known = new LineNames(),
): Promise<(finding: Finding) => number | null> {
  const lines = new Map<Finding, number | null>();
  for (const [location, found] of Map.groupBy(findings, ({ locations }) => locations[0])) {
    if (location === undefined || location.includes('!/')) continue;
    const read = await tree.read(location, LIMITS.fileBytesMax);
    if (!read.ok) continue;
    const text = decodeText(read.value);
    if (text === null) continue;
    for (const [at, line] of findPackageLines(text, found, known).entries()) {
      const finding = found[at];
      if (finding !== undefined) lines.set(finding, line);
    }
  }
  return (finding) => lines.get(finding) ?? null;
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
