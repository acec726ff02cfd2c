import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  type PackageRequest,
  takeBaseName,
} from '../../extractor.ts';
import { isFolderHere } from '../declared/folders.ts';
import { type NpmRequirement, readManifest } from '../declared/read-manifest.ts';

/** A package.json of the project itself: it names no versions, only that dependencies exist. */
export const npmManifest: Extractor = {
  name: 'npm-manifest',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: (path) => takeBaseName(path) === 'package.json' && !/(?:^|\/)node_modules\//.test(path),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const { wanted, problems } = orThrow(readManifest(path, bytes));
    const requests = wanted.map(toRequest);
    const uncovered = requests.some(
      ({ kind, spec }) => kind !== 'optional-peer' && !isFolderHere(path, spec),
    )
      ? createSkip(
          path,
          'FACT_UNKNOWN',
          'it declares dependencies that no lock that is read here, and no installation, has',
          'Lock or install them; npm install --package-lock-only locks those of npm.',
        )
      : null;
    return { drafts: [], skips: problems, declares: { path, name: null, requests, uncovered } };
  },
};

/** How a requirement counts for a lock and for an installation. */
export function toRequest({ name, spec, group, optionalPeer }: NpmRequirement): PackageRequest {
  if (group === 'peerDependencies')
    return { name, spec, kind: optionalPeer ? 'optional-peer' : 'peer' };
  return { name, spec, kind: group === 'optionalDependencies' ? 'optional' : 'required' };
}
