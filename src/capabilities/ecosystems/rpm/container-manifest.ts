import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  type OwnedFiles,
} from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { createRpmDraft } from './rpm-package.ts';

const PLACE = 'var/lib/rpmmanifest/container-manifest-2';

/**
 * The list that images of Azure Linux without rpm have in its place, one package a line between
 * tabs: name, version and release, two times, vendor, epoch, size, architecture, epoch as a number,
 * source package. It names no files.
 */
export const rpmManifest: Extractor = {
  name: 'rpm-manifest',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['container-manifest-2'], where: (path) => path === PLACE }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const drafts: Draft[] = [];
  const owned: OwnedFiles[] = [];
  const flaws: string[] = [];
  for (const line of orThrow(decodeUtf8(bytes)).split('\n')) {
    if (line.trim() === '') continue;
    const draft = readLine(line, path);
    if (draft === null) flaws.push(line.slice(0, 100));
    else drafts.push(draft);
  }
  const skips = flaws
    .slice(0, 20)
    .map((line) =>
      createSkip(
        path,
        'MALFORMED',
        `the line ${JSON.stringify(line)} names no package`,
        'Build the image again.',
      ),
    );
  return { drafts, skips, owned };
}

function readLine(line: string, path: string): Draft | null {
  const [name = '', build = '', , , vendor = '', , , arch = '', epoch = '', source = ''] =
    line.split('\t');
  const hyphen = build.indexOf('-');
  if (!/^[A-Za-z0-9]/.test(name) || hyphen < 1 || !/^(?:[0-9]{1,9}|\(none\))$/.test(epoch))
    return null;
  const isNone = (text: string): boolean => text === '' || text === '(none)';
  return createRpmDraft(
    {
      name,
      version: build.slice(0, hyphen),
      release: build.slice(hyphen + 1),
      epoch: Number.parseInt(epoch, 10) || 0,
      arch: isNone(arch) ? null : arch,
      sourceRpm: isNone(source) ? null : source,
      vendor: isNone(vendor) ? null : vendor,
      licence: '',
      module: null,
      md5: null,
    },
    path,
  );
}
