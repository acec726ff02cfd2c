import { type Extraction, type Extractor, type FoundFile, NOTHING } from '../extractor.ts';

const LIST = /^(?:var|usr)\/lib\/dpkg\/info\/[^/]+\.list$/;
const LIST_BYTES_MAX = 32 * 1024 * 1024;

/**
 * The files that Debian packages own. A Python or Go program that is part of a Debian package is
 * covered by that package: Debian's advisories name it by its source package.
 */
export const dpkgOwnedFiles: Extractor = {
  name: 'dpkg-files',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIST_BYTES_MAX,
  wants: (path) => path.endsWith('.list') && LIST.test(path),
  extract: ({ bytes }: FoundFile): Extraction => ({ ...NOTHING, owned: Uint8Array.from(bytes) }),
};
