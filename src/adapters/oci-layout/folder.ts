import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { isAbsent, toFileFailure } from '../../system/files/errno.ts';
import type { Container } from './container.ts';

/** Windows has no O_NOFOLLOW. There only the earlier check protects. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/**
 * The folder of a layout. Paths come only from the code in this folder, never from the layout. A
 * layout could still put a link where a file or folder belongs; that is refused, not followed
 * (A15).
 */
export function openFolder(root: string): Container {
  const size = async (path: string): Promise<Result<number | null>> => {
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth++) {
      const found = await readStat(join(root, ...parts.slice(0, depth)));
      if (!found.ok) return found;
      if (found.value === null) return ok(null);
      const last = depth === parts.length;
      if (found.value.isSymbolicLink())
        return unsafe(`${parts.slice(0, depth).join('/')} is a link`, FOLLOW_LINKS);
      if (last ? !found.value.isFile() : !found.value.isDirectory())
        return unsafe(`${path} is not a regular file`);
      if (last) return ok(found.value.size);
    }
    return ok(null);
  };
  return {
    name: root,
    size,
    stream: (path) => readFolderFile(join(root, ...path.split('/'))),
    close: async () => {},
  };
}

async function readStat(path: string) {
  try {
    return ok(await lstat(path));
  } catch (thrown) {
    return isAbsent(thrown) ? ok(null) : failed(toFileFailure(path, thrown));
  }
}

async function* readFolderFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, READ).catch((thrown: unknown) => {
    throw toFileFailure(path, thrown);
  });
  try {
    for await (const chunk of file.createReadStream({
      autoClose: false,
      highWaterMark: 256 * 1024,
    })) {
      yield chunk as Uint8Array;
    }
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  } finally {
    await file.close();
  }
}

/** Bazel's oci_image links to the blobs of its base image. */
const FOLLOW_LINKS =
  'If the links are yours, such as those of Bazel, copy what they lead to (cp -RL DIR COPY) and ' +
  'name the copy.';

function unsafe(what: string, remedy = 'Write the layout again.'): Result<never> {
  return failed(
    new Failure('UNSAFE_PATH', `the image layout is not safe to read: ${what}`, remedy),
  );
}
