import { isJsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  takeBaseName,
} from '../../extractor.ts';
import { listNeededNames } from './npm-draft.ts';

const DECLARED = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** A package.json of the project itself: it names no versions, only that dependencies exist. */
export const npmManifest: Extractor = {
  name: 'npm-manifest',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: (path) => takeBaseName(path) === 'package.json' && !/(?:^|\/)node_modules\//.test(path),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const fields = orThrow(parseJson(bytes, { bytesMax: LIMITS.fileBytesMax }));
    if (!isJsonObject(fields) || listNeededNames(fields, DECLARED).length === 0) return NOTHING;
    const declares = createSkip(
      path,
      'FACT_UNKNOWN',
      'it declares dependencies that are neither locked nor installed',
      'Run npm install --package-lock-only.',
    );
    return { ...NOTHING, declares };
  },
};
