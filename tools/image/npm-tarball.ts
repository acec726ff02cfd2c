import type { BuiltCommit } from './checkout.ts';
import { deterministicGzip } from './layer.ts';
import { packTar } from './tar.ts';

/** The time that npm gives every file: 1985-10-26T08:15:00Z (npm pack, "portable" archives). */
const NPM_EPOCH = 499_162_500;

/**
 * Makes the npm package like `npm pack`, but independent of the npm version, the umask and the
 * disk: equal commits give equal bytes (D9).
 */
export function npmTarball({ packaged }: Pick<BuiltCommit, 'packaged'>): Uint8Array {
  const items = packaged.map(({ path, content, executable }) => ({
    path: `package/${path}`,
    content,
    mode: executable ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: NPM_EPOCH,
  }));
  return deterministicGzip(packTar(items));
}
