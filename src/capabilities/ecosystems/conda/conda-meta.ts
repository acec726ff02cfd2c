import { posix } from 'node:path';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import type { ExtractedFile } from '../ecosystem.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  type RecordedFile,
  takeDirectory,
} from '../extractor.ts';
import { takeText, takeTexts } from '../python/values.ts';
import { wantFiles } from '../wanted-files.ts';
import { createCondaDraft, isCondaName, isCondaVersion } from './conda-draft.ts';

/** Packages of a conda environment: a record for each in `conda-meta`. */
export const condaMeta: Extractor = {
  name: 'conda-meta',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ endings: ['.json'], where: /(?:^|\/)conda-meta\/[^/]+\.json$/ }),
  extract,
  yieldsToOwner: true,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const fields = orThrow(parseJson(bytes, { bytesMax: LIMITS.fileBytesMax }));
  const [name, version] = isJsonObject(fields)
    ? [takeText(fields['name']), takeText(fields['version'])]
    : [null, null];
  // mutant conda-record-without-a-name by conda: condition -> false
  if (
    !isJsonObject(fields) ||
    name === null ||
    version === null ||
    !isCondaName(name) ||
    !isCondaVersion(version)
  ) {
    const why = 'it has no usable name or version';
    return { drafts: [], skips: [createSkip(path, 'MALFORMED', why, 'Install it again.')] };
  }
  const draft = createCondaDraft({
    key: path,
    name,
    version,
    location: path,
    build: takeText(fields['build']),
    url: takeText(fields['url']),
    sha256: takeText(fields['sha256']),
    license: takeText(fields['license']),
  });
  const document: Needs = { depends: takeTexts(fields['depends']).map(takeFirstName) };
  const recorded = { of: path, files: listFiles(path, fields) };
  return { drafts: [draft], skips: [], document, recorded };
}

/** `python >=3.12,<3.13.0a0`: the name is the first word. */
export function takeFirstName(text: string): string {
  return text.split(/[\s=<>!~]/, 1)[0] ?? '';
}

/** Without sizes: conda writes the prefix into some files, which changes them. */
function listFiles(path: string, fields: JsonObject): readonly RecordedFile[] {
  const prefix = takeDirectory(takeDirectory(path));
  return takeTexts(fields['files']).flatMap((place) => {
    const at = locate(prefix, place);
    return at === null ? [] : [{ path: at, size: null }];
  });
}

function locate(prefix: string, place: string): string | null {
  if (place.startsWith('/')) return null;
  const path = posix.normalize(posix.join(prefix, place));
  // mutant conda-record-that-leads-away by conda: condition -> true
  return prefix === '' || path.startsWith(`${prefix}/`) ? path : null;
}

interface Needs {
  readonly depends: readonly string[];
}

/** What a package depends on is in the same environment. */
export function combineConda(files: readonly ExtractedFile[]): readonly Extraction[] {
  const byFolder = new Map<string, Map<string, string>>();
  for (const { path, extraction } of files) {
    const name = extraction.drafts[0]?.name;
    if (name === undefined || !isNeeds(extraction.document)) continue;
    const folder = takeDirectory(path);
    const names = byFolder.get(folder) ?? new Map<string, string>();
    byFolder.set(folder, names.set(name, path));
  }
  return files.map(({ path, extraction }) => {
    const { document } = extraction;
    if (!isNeeds(document)) return extraction;
    const beside = byFolder.get(takeDirectory(path));
    const needs = document.depends.flatMap((name) => beside?.get(name) ?? []);
    return { ...extraction, drafts: extraction.drafts.map((draft) => ({ ...draft, needs })) };
  });
}

function isNeeds(part: unknown): part is Needs {
  return typeof part === 'object' && part !== null && 'depends' in part;
}
