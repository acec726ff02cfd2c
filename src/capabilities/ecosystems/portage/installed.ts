import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { type Extractor, NOTHING } from '../extractor.ts';
import { readSystemLicence } from '../system-licence.ts';
import { createSystemDraft, OwnedFileList } from '../system-package.ts';
import { wantFiles } from '../wanted-files.ts';

const PLACE = /^var\/db\/pkg\/([A-Za-z0-9_][A-Za-z0-9+_.-]*)\/([^/]+)\/(PF|CONTENTS|LICENSE)$/;
const FIELD_BYTES_MAX = 64 * 1024;

function parsePlace(path: string): { category: string; folder: string; file: string } | null {
  const [, category, folder, file] = path.startsWith('var/db/pkg/') ? (PLACE.exec(path) ?? []) : [];
  return category === undefined || folder === undefined || file === undefined
    ? null
    : { category, folder, file };
}

/** A package in the database of Portage; its folder says what it is (PMS, "The VDB"). */
export const portagePackage: Extractor = {
  name: 'portage',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: FIELD_BYTES_MAX,
  wants: wantFiles({ names: ['PF'], where: PLACE }),
  extract: ({ path }) => {
    const { category = '', folder = '' } = parsePlace(path) ?? {};
    const { name, version } = splitVersion(folder);
    const key = `${category}/${folder}`;
    const draft = createSystemDraft({ type: 'ebuild', name, version, arch: null, location: path });
    const parts = { ...draft.parts, namespace: category };
    return { drafts: [{ ...draft, key, parts, listName: key, maker: 'unstated' }], skips: [] };
  },
};

/** What a package put there: `obj /usr/bin/x MD5 TIME`, links and folders beside it. */
export const portageContents: Extractor = {
  name: 'portage-contents',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['CONTENTS'], where: PLACE }),
  extract: ({ path, bytes }) => {
    const { category = '', folder = '' } = parsePlace(path) ?? {};
    const list = new OwnedFileList(`${category}/${folder}`);
    for (const line of orThrow(decodeUtf8(bytes)).split('\n')) {
      const [, file, hex] = /^obj \/(.+) ([0-9a-f]{32}) [0-9]+$/.exec(line) ?? [];
      const link = /^sym \/(.+) -> /.exec(line)?.[1];
      if (file !== undefined && hex !== undefined)
        list.add(file, file.startsWith('etc/') ? null : { form: 'md5sums', hex });
      else if (link !== undefined) list.add(link, null);
    }
    return { ...NOTHING, owned: list.list() };
  },
};

export const portageLicence: Extractor = {
  name: 'portage-license',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: FIELD_BYTES_MAX,
  wants: wantFiles({ names: ['LICENSE'], where: PLACE }),
  extract: ({ path, bytes }) => {
    const { folder = '' } = parsePlace(path) ?? {};
    const text = orThrow(decodeUtf8(bytes)).trim();
    // A choice or a condition is written in a way of its own, and stays as it is.
    const expressions = /[?|()]/.test(text)
      ? readSystemLicence(text.replace(/[?|()]+/g, ' ').trim(), 'ebuild')
      : text.split(/\s+/).flatMap((name) => readSystemLicence(name, 'ebuild'));
    return { ...NOTHING, licenses: { package: folder, expressions: [...new Set(expressions)] } };
  },
};

const VERSION = /^[0-9]+(?:\.[0-9]+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)[0-9]*)*(?:-r[0-9]+)?$/;

/** `gtk+-2.24.33-r2` → the name and the first text behind a hyphen that is a version (PMS 3.2). */
function splitVersion(folder: string): { name: string; version: string } {
  for (let at = folder.indexOf('-'); at > 0; at = folder.indexOf('-', at + 1)) {
    const version = folder.slice(at + 1);
    if (VERSION.test(version)) return { name: folder.slice(0, at), version };
  }
  throw new Failure(
    'MALFORMED',
    `the folder ${JSON.stringify(folder.slice(0, 100))} names no version`,
    'Install the package again.',
  );
}
