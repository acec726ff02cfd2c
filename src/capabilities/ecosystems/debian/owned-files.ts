import { type Extraction, type Extractor, type FoundFile, NOTHING } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';

const PLACE = /^(?:var|usr)\/lib\/dpkg\/(info|status\.d)\/([^/]+)\.(list|md5sums)$/;
const LIST_BYTES_MAX = 32 * 1024 * 1024;

/**
 * The files that Debian packages installed: `.list` has all paths, `.md5sums` all files that are no
 * configuration. Images without dpkg have only the second, in status.d or in info.
 */
export const dpkgOwnedFiles: Extractor = {
  name: 'dpkg-files',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIST_BYTES_MAX,
  wants: wantFiles({ endings: ['.list', '.md5sums'], where: PLACE }),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const [, folder, name, kind] = PLACE.exec(path) ?? [];
    if (name === undefined || (folder === 'status.d' && kind === 'list')) return NOTHING;
    const form = kind === 'list' ? 'paths' : 'md5sums';
    return { ...NOTHING, owned: [{ package: name, form, lines: Uint8Array.from(bytes) }] };
  },
};
