import { gunzipSync } from 'node:zlib';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import {
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  type OwnedFiles,
} from '../extractor.ts';
import { readSystemLicence } from '../system-licence.ts';
import { createSystemDraft, OwnedFileList } from '../system-package.ts';
import { wantFiles } from '../wanted-files.ts';

const PLACE = /^var\/lib\/pacman\/local\/([^/]+)\/(desc|files|mtree)$/;
const LIST_BYTES_MAX = 32 * 1024 * 1024;

/** The folder of each package that pacman installed: what it is, and its files. */
export const pacmanPackage: Extractor = {
  name: 'pacman',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIST_BYTES_MAX,
  wants: wantFiles({ names: ['desc'], where: PLACE }),
  extract: ({ path, bytes }) => ({ drafts: [readPackage(path, bytes)], skips: [] }),
};

export const pacmanFiles: Extractor = {
  name: 'pacman-files',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIST_BYTES_MAX,
  wants: wantFiles({ names: ['files', 'mtree'], where: PLACE }),
  extract: readFiles,
};

/** Blocks of `%FIELD%` and its lines, divided by empty lines (alpm-db-desc(5)). */
function readFields(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  let lines: string[] | null = null;
  for (const line of orThrow(decodeUtf8(bytes)).split('\n')) {
    const name = /^%([A-Z0-9]{1,40})%$/.exec(line)?.[1];
    if (line === '') lines = null;
    else if (name === undefined) lines?.push(line);
    else {
      lines = [];
      fields.set(name, lines);
    }
  }
  return fields;
}

function readPackage(path: string, bytes: Uint8Array): Draft {
  const fields = readFields(bytes);
  const read = (name: string): string => fields.get(name)?.[0] ?? '';
  const [name, version, base] = [read('NAME'), read('VERSION'), read('BASE')];
  if (!/^[a-z0-9@_+][a-z0-9@._+-]{0,254}$/i.test(name) || !/^[!-~]{1,500}$/.test(version))
    throw new Failure(
      'MALFORMED',
      'a package has no usable name or version',
      'Repair the package database: pacman -Dk.',
    );
  const arch = /^[a-z0-9_]{1,40}$/.exec(read('ARCH'))?.[0] ?? null;
  return {
    ...createSystemDraft({ type: 'alpm', name, version, arch, location: path }),
    licenses: (fields.get('LICENSE') ?? []).flatMap((text) => readSystemLicence(text, 'alpm')),
    source: { name: base === '' ? name : base, version },
    listName: PLACE.exec(path)?.[1] ?? name,
    maker: /@archlinux\.org>?$/.test(read('PACKAGER').slice(0, 300)) ? 'distribution' : 'unstated',
  };
}

function readFiles({ path, bytes }: FoundFile): Extraction {
  const [, folder = '', kind] = PLACE.exec(path) ?? [];
  const list = new OwnedFileList(folder);
  if (kind === 'mtree') listDigests(bytes, list);
  else
    for (const file of readFields(bytes).get('FILES') ?? [])
      if (!file.endsWith('/')) list.add(file, null);
  const owned: readonly OwnedFiles[] = list.list();
  return { ...NOTHING, owned };
}

/** `./usr/bin/x time=… sha256digest=…` in gzip (mtree(5)). */
function listDigests(bytes: Uint8Array, list: OwnedFileList): void {
  for (const line of decompress(bytes).split('\n')) {
    const [, file, hex] = /^\.\/(\S+) (?:.* )?sha256digest=([0-9a-f]{64})(?: |$)/.exec(line) ?? [];
    if (file === undefined || hex === undefined || file.startsWith('etc/')) continue;
    list.add(decodeName(file), { form: 'sha256sums', hex });
  }
}

function decompress(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: LIST_BYTES_MAX }).toString('latin1');
  } catch (cause) {
    const remedy = 'Install the package again.';
    throw new Failure('MALFORMED', 'its list of files is no gzip, or too large', remedy, { cause });
  }
}

/** Other characters than plain ones are written as octal bytes: `\303\244`. */
function decodeName(text: string): string {
  const latin = text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8) & 255),
  );
  return Buffer.from(latin, 'latin1').toString('utf8');
}
