import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { createSkip, type Extraction, type Extractor, type FoundFile } from '../extractor.ts';
import { buildPlainParts } from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';
import {
  findHash,
  findOrigin,
  formatKey,
  listLicences,
  listNames,
  listPackages,
} from './composer-lock.ts';

export const isInstalledList = wantFiles({ names: ['composer/installed.json'] });

/** `vendor/composer/installed.json` of Composer 1 (a list) and 2 (an object with a list). */
export const installedPhp: Extractor = {
  name: 'php-installed',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: isInstalledList,
  extract,
  yieldsToOwner: true,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const json = orThrow(parseJson(bytes, { bytesMax: LIMITS.fileBytesMax }));
  const list = findList(json);
  const why = 'it does not have the packages that Composer installed';
  if (list === null)
    return {
      drafts: [],
      skips: [createSkip(path, 'MALFORMED', why, 'Run composer install again.')],
    };
  const named = isJsonObject(json) ? json['dev-package-names'] : undefined;
  const forDevelopment = new Set<JsonValue>(Array.isArray(named) ? named : []);
  const problems: Skip[] = [];
  const packages = listPackages(path, list, {
    isDevelopment: (name) => forDevelopment.has(name),
    findLine: () => 1,
    problems,
  });
  const keys = new Map(packages.map((one) => [one.name.toLowerCase(), formatKey(one)]));
  return {
    drafts: packages.map(({ name, version, fields, development }) => ({
      ...{ key: formatKey({ name, version }), name, version, development },
      parts: buildPlainParts('composer', name.toLowerCase(), version),
      licenses: listLicences(fields['license']),
      source: null,
      locations: [path],
      hashes: nameHash(fields),
      origin: findOrigin(fields),
      needs: listNames(fields, 'require').flatMap((need) => keys.get(need.toLowerCase()) ?? []),
    })),
    skips: problems,
  };
}

function findList(json: JsonValue): JsonValue | null {
  if (Array.isArray(json)) return json;
  return isJsonObject(json) && Array.isArray(json['packages']) ? json['packages'] : null;
}

function nameHash(fields: JsonObject): Readonly<Record<string, string>> {
  const hash = findHash(fields);
  return hash === null ? {} : { sha1: hash };
}
