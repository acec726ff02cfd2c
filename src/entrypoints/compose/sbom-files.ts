import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sha256, takeHex } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readFileBounded, readWhole } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import { parseTarget } from './targets.ts';

/** Where sbom-tool puts its documents, below the folder that it was given. */
const MANIFEST = 'manifest.spdx.json';
const PLACES = ['spdx_2.2', 'spdx_3.0'].map((version) => join('_manifest', version, MANIFEST));
/** A digest, and the name of a file as sha256sum writes it. */
const CHECKSUM_BYTES_MAX = 8_192;
const CHECKSUM = /^([0-9A-Fa-f]{64})(?:[ \t][^\r\n]*)?$/;

/** The folder of each version, by the form in which Waybill writes it. */
export const MANIFEST_FORMS: ReadonlyMap<string, string> = new Map([
  ['spdx-2.2-json', 'spdx_2.2'],
  ['spdx-3-json', 'spdx_3.0'],
]);

/**
 * Writes a document as sbom-tool does, below a folder and with its checksum beside it, and gives
 * its path. Fails with FILE_UNWRITABLE where one is there: its checksum would not be that of both.
 */
export function writeManifest(folder: string, version: string, bytes: Uint8Array): string {
  const file = join(folder, '_manifest', version, MANIFEST);
  const checksum = `${file}.sha256`;
  const there = [file, checksum].find((path) => existsSync(path));
  // mutant manifest-over-another by sbom-files: condition -> false
  if (there !== undefined)
    throw new Failure(
      'FILE_UNWRITABLE',
      `${there} is there already`,
      'Remove the folder _manifest, or name another one.',
    );
  makeFolders(dirname(file));
  writeWhole(file, bytes);
  writeWhole(checksum, Buffer.from(takeHex(sha256(bytes))));
  return file;
}

interface SbomFile {
  readonly bytes: Uint8Array;
  /** What the place of the file should have and has not. */
  readonly lacks: readonly string[];
}

/**
 * The bytes of an SBOM. A folder is one that sbom-tool wrote to; its manifest has a file beside it
 * with its checksum, and the two must agree.
 */
export async function loadSbomFile(path: string): Promise<SbomFile> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const file = isFolder ? findManifest(path) : path;
  const bytes = await readFileBounded(file, LIMITS.documentBytesMax);
  return { bytes, lacks: await checkManifest(file, bytes) };
}

/** The bytes of a target that must be an SBOM: a file, `sbom:FILE`, or standard input. */
export async function loadSbomTarget(
  text: string,
  { cwd, stdin }: { readonly cwd: string; readonly stdin: AsyncIterable<Uint8Array> },
): Promise<SbomFile> {
  const target = parseTarget(text, cwd);
  if (target.kind === 'sbom') return loadSbomFile(target.path);
  if (target.kind === 'stdin')
    return { bytes: await readWhole('standard input', LIMITS.documentBytesMax, stdin), lacks: [] };
  throw new Failure(
    'USAGE',
    `${text} is no SBOM`,
    'Name a file, sbom:FILE or -; waybill sbom makes one of a source tree or an image.',
  );
}

function findManifest(folder: string): string {
  const found = PLACES.map((place) => join(folder, place)).find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new Failure(
    'FILE_NOT_FOUND',
    `${folder} is a folder without an SBOM of sbom-tool, ${PLACES.join(' or ')}`,
    'Name the file of the SBOM; a folder without sbom: is a source tree.',
  );
}

async function checkManifest(file: string, bytes: Uint8Array): Promise<readonly string[]> {
  if (basename(file) !== MANIFEST) return [];
  const checksum = `${file}.sha256`;
  if (!existsSync(checksum)) {
    const isOfTool = /^spdx_[0-9.]+$/.test(basename(dirname(file)));
    return isOfTool ? [`it has no ${MANIFEST}.sha256 beside it, which sbom-tool writes`] : [];
  }
  const text = Buffer.from(await readFileBounded(checksum, CHECKSUM_BYTES_MAX)).toString('utf8');
  const stated = CHECKSUM.exec(text.replace(/^\uFEFF/, '').trim())?.[1]?.toLowerCase();
  if (stated === undefined)
    throw new Failure('MALFORMED', `${checksum} is no SHA-256`, 'Make the SBOM again.');
  // mutant manifest-checksum by sbom-files: condition -> false
  if (stated !== takeHex(sha256(bytes)))
    throw new Failure(
      'DIGEST_MISMATCH',
      `${file} is not the document that ${MANIFEST}.sha256 is about`,
      'Make the SBOM again; somebody changed it after sbom-tool wrote it.',
    );
  return [];
}
