import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  takeBaseName,
} from '../../extractor.ts';
import { readDependencies } from './dependencies.ts';
import { readPackages } from './packages.ts';

/**
 * package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3 (docs.npmjs.com,
 * package-lock.json).
 */
export const npmLock: Extractor = {
  name: 'npm-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: (path) => isNpmLock(path) && !/(?:^|\/)node_modules\//.test(path),
  extract,
};

export function isNpmLock(path: string): boolean {
  const name = takeBaseName(path);
  return name === 'package-lock.json' || name === 'npm-shrinkwrap.json';
}

function extract({ path, bytes }: FoundFile): Extraction {
  const lock = orThrow(parseJson(bytes, { bytesMax: LIMITS.fileBytesMax }));
  if (!isJsonObject(lock)) return rejectLock(path, 'MALFORMED', 'it is not an object');
  const version = lock['lockfileVersion'] ?? 1;
  if (version !== 1 && version !== 2 && version !== 3) {
    return rejectLock(
      path,
      'UNSUPPORTED',
      `lockfileVersion ${JSON.stringify(version).slice(0, 40)} is not 1, 2 or 3`,
    );
  }
  return readLock(path, lock);
}

/**
 * Version 2 says everything twice; `packages` is the whole truth, and what npm 7 and later go by.
 */
function readLock(path: string, lock: JsonObject): Extraction {
  const { packages, dependencies } = lock;
  if (isJsonObject(packages)) return readPackages(path, packages);
  if (isJsonObject(dependencies)) return readDependencies(path, dependencies);
  if (packages !== undefined || dependencies !== undefined)
    return rejectLock(path, 'MALFORMED', 'packages are no object');
  return { drafts: [], skips: [] };
}

function rejectLock(path: string, code: 'MALFORMED' | 'UNSUPPORTED', why: string): Extraction {
  return {
    drafts: [],
    skips: [
      createSkip(path, code, why, 'Write the lock again with npm install --package-lock-only.'),
    ],
  };
}
