import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  type PackageRequest,
  type ProjectManifest,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { isFolderHere } from '../declared/folders.ts';
import { type NpmManifest, type NpmRequirement, readManifest } from '../declared/read-manifest.ts';

/** A package.json of the project itself: it names no versions, only that dependencies exist. */
export const npmManifest: Extractor = {
  name: 'npm-manifest',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({
    names: ['package.json'],
    where: (path) => !/(?:^|\/)node_modules\//.test(path),
  }),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const manifest = orThrow(readManifest(path, bytes));
    return { drafts: [], skips: manifest.problems, declares: toProjectManifest(path, manifest) };
  },
};

/** What locks and installations are compared with. */
export function toProjectManifest(path: string, manifest: NpmManifest): ProjectManifest {
  const { name, version, workspaces, overridden } = manifest;
  const requests = manifest.wanted.map(toRequest);
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
  return { path, name, requests, uncovered, version, members: workspaces, overridden };
}

/** How a requirement counts for a lock and for an installation. */
export function toRequest({ name, spec, group, optionalPeer }: NpmRequirement): PackageRequest {
  if (group === 'peerDependencies')
    return { name, spec, kind: optionalPeer ? 'optional-peer' : 'peer' };
  const kind = group === 'optionalDependencies' ? 'optional' : 'required';
  return { name, spec, kind, development: group === 'devDependencies' };
}
