import { statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { formatCount } from '../../core/count.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { listFiles } from '../../system/files/list-files.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { type Io, makePrintable, sayNote } from './io.ts';

interface WantedTargets {
  readonly args: readonly string[];
  /** Files with one target on each line. */
  readonly lists: readonly string[];
}

/**
 * The targets of a call, in their order: those that were named, those of each list, and for
 * `sbom:FOLDER` every SBOM below the folder. A call has at most LIMITS.targetsMax.
 */
export async function listTargets(
  { args, lists }: WantedTargets,
  io: Io,
): Promise<readonly string[]> {
  const named = [...args];
  for (const list of lists) named.push(...(await readList(resolve(io.cwd, list))));
  const targets = named.flatMap((text) => expandFolder(text, io));
  // mutant targets-without-an-end by many-targets: condition -> false
  if (targets.length > LIMITS.targetsMax)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `${targets.length} targets, over ${LIMITS.targetsMax}`,
      'Name fewer of them in one call.',
    );
  if (targets.length > 0) return targets;
  throw new Failure('USAGE', 'no target was named', 'Name one, such as . or sbom:FOLDER.');
}

async function readList(path: string): Promise<readonly string[]> {
  const bytes = await readFileBounded(path, LIMITS.configBytesMax * 8);
  const lines = orThrow(decodeUtf8(bytes)).split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** Endings of files that hold an SBOM; what they hold is recognised by their content. */
const ENDINGS = /[.](?:json|jsonld|xml|spdx|cdx|tag)$/i;

function expandFolder(text: string, io: Io): readonly string[] {
  const place = /^sbom:(.+)$/s.exec(text)?.[1];
  if (place === undefined) return [text];
  const folder = resolve(io.cwd, place);
  // Links are not followed.
  if (!isFolder(folder)) return [text];
  const { files } = listFiles(folder, { entriesMax: LIMITS.targetsMax });
  const found = files.filter((path) => ENDINGS.test(path));
  const left = files.length - found.length;
  if (left > 0)
    sayNote(
      io,
      `${makePrintable(text)}: ${formatCount(left, 'file')} without the ending of an SBOM left out\n`,
    );
  // mutant folder-without-sboms-is-clean by many-targets: condition -> false
  if (found.length === 0)
    throw new Failure(
      'NOT_FOUND',
      `${text} holds no file with the ending of an SBOM`,
      'Name the files themselves.',
    );
  return found.map((path) => `sbom:${join(place, relative(folder, path))}`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
