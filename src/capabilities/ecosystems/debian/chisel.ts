import { zstdDecompressSync } from 'node:zlib';
import { Failure } from '../../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
} from '../extractor.ts';
import { createSystemDraft, OwnedFileList } from '../system-package.ts';
import { wantFiles } from '../wanted-files.ts';

const PLACE = 'var/lib/chisel/manifest.wall';
const LINE_BYTES_MAX = 64 * 1024;
const NAME = /^[a-z0-9][a-z0-9+.-]{0,254}$/;

/**
 * The manifest that chisel leaves in an image made of slices of Ubuntu packages: JSON lines in
 * zstd (docs of chisel, "Manifest"). It names packages and files, but no source packages.
 */
export const chiselManifest: Extractor = {
  name: 'chisel',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['manifest.wall'], where: (path) => path === PLACE }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const lines = decompress(bytes).split('\n');
  const drafts: Draft[] = [];
  const lists = new Map<string, OwnedFileList>();
  const flaws: string[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const entry = orThrow(parseJson(line, { bytesMax: LINE_BYTES_MAX, depthMax: 8 }));
    if (!isJsonObject(entry)) flaws.push('a line is no object');
    else if (entry['kind'] === 'package') {
      const draft = readPackage(entry, path);
      if (draft === null) flaws.push('a package has no usable name or version');
      else drafts.push(draft);
    } else if (entry['kind'] === 'path') addPath(lists, entry);
  }
  const [first] = flaws;
  const more = flaws.length > 1 ? ` (and ${flaws.length - 1} more)` : '';
  return {
    drafts,
    skips:
      first === undefined
        ? []
        : [createSkip(path, 'MALFORMED', `${first}${more}`, 'Cut the image again with chisel.')],
    owned: [...lists.values()].flatMap((list) => list.list()),
  };
}

function decompress(bytes: Uint8Array): string {
  try {
    const options = { maxOutputLength: LIMITS.fileBytesMax };
    return zstdDecompressSync(bytes, options).toString('utf8');
  } catch (cause) {
    const why = 'the manifest of chisel is no zstd, or too large';
    throw new Failure('MALFORMED', why, 'Cut the image again with chisel.', { cause });
  }
}

function readPackage(entry: JsonObject, path: string): Draft | null {
  const { name, version, arch, sha256 } = entry;
  if (typeof name !== 'string' || !NAME.test(name)) return null;
  if (typeof version !== 'string' || !/^[!-~]{1,500}$/.test(version)) return null;
  const hasArch = typeof arch === 'string' && /^[a-z0-9-]{1,40}$/.test(arch);
  return {
    ...createSystemDraft({
      type: 'deb',
      name,
      version,
      arch: hasArch ? arch : null,
      location: path,
    }),
    hashes: typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {},
    // chisel cuts packages of the archive of Ubuntu only.
    maker: 'distribution',
  };
}

/** `final_sha256` is that of a file which a slice changed. */
function addPath(lists: Map<string, OwnedFileList>, entry: JsonObject): void {
  const { path, slices } = entry;
  const [slice] = Array.isArray(slices) ? slices : [];
  if (typeof path !== 'string' || typeof slice !== 'string' || path.endsWith('/')) return;
  if (path.includes('\n')) return;
  const name = slice.split('_', 1)[0] ?? '';
  const list = lists.get(name) ?? new OwnedFileList(name);
  const hex = entry['final_sha256'] ?? entry['sha256'];
  const isHex = typeof hex === 'string' && /^[0-9a-f]{64}$/.test(hex);
  list.add(path.replace(/^\//, ''), isHex ? { form: 'sha256sums', hex } : null);
  lists.set(name, list);
}
