import type { BuiltCommit } from './checkout.ts';
import { deterministicGzip } from './layer.ts';
import { packTar } from './tar.ts';

/** What npm gives every file: 1985-10-26T08:15:00Z (npm pack, "portable" archives). */
const NPM_EPOCH = 499_162_500;

/**
 * The npm package as `npm pack` would make it, without what depends on the version of npm, the
 * umask or the disk: equal commits give equal bytes (D9).
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
