import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import type { ExtractedFile } from '../ecosystem.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  takeDirectory,
} from '../extractor.ts';
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
  findOwnFolder: takeDirectory,
  extract,
};

/** The formulae that an installed one needs at run time, `NAME` or `TAP/NAME`. */
class FormulaNeeds {
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
  }
}

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
    document: new FormulaNeeds(listNeeds(json)),
  };
}

function listNeeds({ runtime_dependencies: listed }: JsonObject): readonly string[] {
  const needs = Array.isArray(listed) ? (listed as readonly JsonValue[]) : [];
  return needs.flatMap((one) => {
    const name = isJsonObject(one) ? one['full_name'] : null;
    return typeof name === 'string' ? [name.slice(name.lastIndexOf('/') + 1)] : [];
  });
}

/** What a formula needs is in the same cellar, in each version that is installed there. */
export function combineFormulae(files: readonly ExtractedFile[]): readonly Extraction[] {
  const byName = new Map<string, string[]>();
  const findCellar = (path: string): string => takeDirectory(takeDirectory(takeDirectory(path)));
  for (const { path, extraction } of files) {
    if (!(extraction.document instanceof FormulaNeeds)) continue;
    const at = `${findCellar(path)}/${extraction.drafts[0]?.name ?? ''}`;
    byName.set(at, [...(byName.get(at) ?? []), path]);
  }
  return files.map(({ path, extraction }) => {
    const { document } = extraction;
    if (!(document instanceof FormulaNeeds)) return extraction;
    const cellar = findCellar(path);
    const needs = document.names.flatMap((name) => byName.get(`${cellar}/${name}`) ?? []);
    return { ...extraction, drafts: extraction.drafts.map((draft) => ({ ...draft, needs })) };
  });
}
