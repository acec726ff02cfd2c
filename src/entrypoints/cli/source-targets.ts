import type { FileTree } from '../../capabilities/inventory/index.ts';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { parseTarget } from '../compose/targets.ts';
import { openTree } from '../compose/trees.ts';
import type { Call } from './command.ts';

export interface SourceFolder {
  readonly text: string;
  readonly path: string;
}

/** A target that is a source tree; without a target, this folder. */
export function parseSourceFolder(text: string | undefined, call: Call): SourceFolder {
  const target = parseTarget(text ?? '.', call.io.cwd);
  if (target.kind === 'tree') return { text: target.text, path: target.path };
  const remedy = 'Name a folder. For an image, use waybill gate release or waybill scan.';
  throw new Failure('USAGE', `${target.text} is not a source tree`, remedy);
}

export async function openSource({ path }: SourceFolder): Promise<FileTree> {
  return orThrow(await openTree(path));
}
