import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { createSkip, type Extraction, type Extractor, type FoundFile } from '../extractor.ts';
import { buildPlainParts } from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';

const PLACE =
  /(?:^|\/)Cellar\/([a-z0-9][\w@+.-]{0,200})\/([\w@+.-]{1,200})\/INSTALL_RECEIPT\.json$/i;

/**
 * The receipt of an installed formula (Homebrew, `Tab`): its folder says name and version, with the
 * revision of the formula behind `_`.
 */
export const homebrewReceipt: Extractor = {
  name: 'homebrew',
  database: true,
  reads: ['root-file-system'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['INSTALL_RECEIPT.json'], ignoresCase: true, where: PLACE }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const [, name = '', version = ''] = PLACE.exec(path) ?? [];
  const json = orThrow(parseJson(bytes, { bytesMax: LIMITS.fileBytesMax }));
  if (!isJsonObject(json) || name === '') {
    const why = 'it is no receipt of Homebrew';
    const skip = createSkip(path, 'MALFORMED', why, `Install it again: brew reinstall ${name}`);
    return { drafts: [], skips: [skip] };
  }
  const source = isJsonObject(json['source']) ? json['source'] : {};
  const { tap } = source;
  return {
    drafts: [
      {
        ...{ key: path, name, version },
        parts: buildPlainParts('brew', name, version),
        licenses: [],
        source: null,
        locations: [path],
        hashes: {},
        origin: typeof tap === 'string' && /^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(tap) ? tap : null,
        needs: [],
        development: false,
      },
    ],
    skips: [],
  };
}
