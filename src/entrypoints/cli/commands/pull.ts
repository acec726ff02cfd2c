import { randomUUID } from 'node:crypto';
import { lstatSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pullManifest } from '../../../capabilities/registry/index.ts';
import type { Descriptor } from '../../../core/descriptor.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { getOwn } from '../../../core/own.ts';
import { orThrow } from '../../../core/result.ts';
import { toFileFailure } from '../../../system/files/errno.ts';
import { isBelow } from '../../../system/files/is-below.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { openAttachTarget } from '../attach-target.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PullCall } from '../options/artifacts.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { TITLE } from './push.ts';

/** As file systems have it (NAME_MAX), and folders so that a path stays below PATH_MAX. */
const [NAME_BYTES_MAX, FOLDERS_MAX] = [255, 64];

/** A file of an artifact, and where it is written. */
interface NamedFile {
  readonly title: string;
  readonly path: string;
  readonly blob: Descriptor;
}

/** Writes the files of an artifact below a folder; a name that leads out of it writes nothing. */
export async function run(call: PullCall): Promise<Report> {
  const { options, io, signal } = call;
  const config = await loadCallConfig(call);
  const { target, reference, close } = await openAttachTarget(call.args[0] ?? '', { io }, config);
  try {
    const repository = formatRepository(reference);
    const subject = orThrow(await target.resolve(reference, { signal }));
    const { manifest } = orThrow(await pullManifest(target, repository, subject, { signal }));
    if (manifest.kind !== 'image')
      throw new Failure(
        'UNSUPPORTED',
        'it is an index, which has no files',
        'Name one of its manifests.',
      );
    const folder = resolve(io.cwd, options.to ?? '.');
    const named = manifest.layers.flatMap((blob) => nameFile(folder, blob));
    refuseTwins(folder, named);
    for (const file of named) {
      const bytes = orThrow(await target.blob(repository, file.blob, { signal }));
      await writeBelow(folder, file, bytes);
    }
    const artifact = formatImageReference({ ...reference, digest: subject.digest });
    const skipped = manifest.layers.length - named.length;
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('pull', () => ({
        ...{ artifact, digest: subject.digest, skipped },
        files: named.map(({ title, path, blob }) => ({
          ...{ title, path, digest: blob.digest, size: blob.size, mediaType: blob.mediaType },
        })),
      })),
      blocks: () => [
        showLine(artifact),
        ...named.map(({ title, path }) => showLine(`  ${title}: ${path}`)),
        ...(skipped === 0 ? [] : [showLine(`  ${skipped} layers have no name, and were left out`)]),
      ],
    };
  } finally {
    close();
  }
}

/** Before anything is written: no file has the name of another one, or of a folder above it. */
function refuseTwins(folder: string, files: readonly NamedFile[]): void {
  const paths = new Set(files.map(({ path }) => path));
  // mutant pull-of-two-files-of-one-name by push-and-pull: condition -> false
  if (paths.size !== files.length)
    throw new Failure('MALFORMED', 'two files of it have one name', 'Ask who pushed it.');
  for (const { path } of files)
    for (let at = dirname(path); isBelow(at, folder); at = dirname(at))
      // mutant pull-of-a-file-below-a-file by push-and-pull: condition -> false
      if (paths.has(at))
        throw new Failure(
          'MALFORMED',
          'a file of it is the folder of another',
          'Ask who pushed it.',
        );
}

/** None for a layer without a name, as oras has it. */
function nameFile(folder: string, blob: Descriptor): readonly NamedFile[] {
  const title = getOwn(blob.annotations ?? {}, TITLE);
  if (title === undefined) return [];
  const path = resolve(folder, title);
  const names = title.split('/');
  // mutant pull-of-a-path-that-leads-out by push-and-pull: condition -> false
  if (!isBelow(path, folder) || /[\0\\]/.test(title) || names.includes('..'))
    throw new Failure(
      'UNSAFE_PATH',
      `the name ${JSON.stringify(title.slice(0, 100))} leads out of the folder`,
      'Ask who pushed it.',
    );
  // A terminal, a script that reads lines, and git in this folder obey such names.
  // mutant pull-of-a-name-that-commands by push-and-pull: condition -> false
  if (/\p{Cc}/u.test(title) || names.some((name) => name.toLowerCase() === '.git'))
    throw new Failure(
      'UNSAFE_PATH',
      `the name ${JSON.stringify(title.slice(0, 100))} has control characters, or is one of git's`,
      'Ask who pushed it.',
    );
  if (names.some((name) => Buffer.byteLength(name) > NAME_BYTES_MAX) || names.length > FOLDERS_MAX)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the name ${JSON.stringify(`${title.slice(0, 100)}…`)} is too long for a file`,
      'Ask who pushed it.',
    );
  return [{ title, path, blob }];
}

/** The file appears whole, under its name, when its digest is right; links are not followed. */
async function writeBelow(
  folder: string,
  { path, title }: NamedFile,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const parent = dirname(path);
  const temporary = join(parent, `.waybill-${randomUUID()}.part`);
  makeFolders(folder, 0o755);
  const [real, top] = [realpathSync(findExisting(parent)), realpathSync(folder)];
  // mutant pull-through-a-link by push-and-pull: condition -> false
  if (real !== top && !isBelow(real, top))
    throw new Failure(
      'UNSAFE_PATH',
      `${title} would be written through a link out of the folder`,
      'Pull it to another folder: --to.',
    );
  if (isFolder(path)) throw new Failure('UNSAFE_PATH', `${path} is a folder`, 'Move it away.');
  try {
    makeFolders(parent, 0o755);
    await writeFile(temporary, bytes, { mode: 0o644, flag: 'wx' });
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown instanceof Failure ? thrown : toFileFailure(path, thrown, 'write');
  }
}

/** The folder itself, or the nearest one above it that is there. */
function findExisting(folder: string): string {
  for (let at = folder; ; at = dirname(at))
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined || at === dirname(at)) return at;
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
