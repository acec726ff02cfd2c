import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { createSkip, type Extractor, NOTHING } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { type PortManifest, readPortManifest } from './manifest.ts';
import { createPortDraft } from './port.ts';
import { readConfiguration } from './registries.ts';

/** vcpkg.json: versions are in it only where an override names them. */
export const vcpkgManifest: Extractor = {
  name: 'vcpkg-manifest',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['vcpkg.json'] }),
  extract: ({ path, bytes }) => {
    const manifest = orThrow(readPortManifest(path, bytes));
    const { name, version, requests, overrides, problems } = manifest;
    const drafts = requests.flatMap((request) => {
      const port = overrides.get(request.name);
      if (port === undefined || request.kind !== 'required') return [];
      const draft = createPortDraft({ ...port, key: port.name, location: path });
      return [{ ...draft, development: request.development }];
    });
    const uncovered =
      requests.length === 0
        ? null
        : createSkip(
            path,
            'FACT_UNKNOWN',
            describeUncovered(manifest),
            'Install what it requires, and keep vcpkg_installed/vcpkg beside it: vcpkg install.',
          );
    const declares = { path, name, version, requests, uncovered };
    return {
      drafts: [...new Map(drafts.map((one) => [one.key, one])).values()],
      skips: problems,
      declares,
    };
  },
};

function describeUncovered({ baseline }: PortManifest): string {
  const where = baseline === null ? 'a registry' : `commit ${baseline} of a registry`;
  return `it declares dependencies whose versions are in ${where}, and not in this tree`;
}

/** vcpkg-configuration.json: registries, and artifacts that are not read. */
export const vcpkgConfiguration: Extractor = {
  name: 'vcpkg-configuration',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['vcpkg-configuration.json'] }),
  extract: ({ path, bytes }) => ({
    drafts: [],
    skips: orThrow(readConfiguration(path, bytes)).problems,
  }),
};

/** vcpkg-lock.json: commits of the registries that a run fetched; it names no package. */
export const vcpkgLock: Extractor = {
  name: 'vcpkg-lock',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['vcpkg-lock.json'] }),
  extract: ({ path, bytes }) => {
    const json = orThrow(parseJson(bytes, { bytesMax: LIMITS.dependencyFileBytesMax }));
    const isLock =
      isJsonObject(json) &&
      Object.values(json).every(
        (one) =>
          isJsonObject(one) &&
          Object.values(one).every((commit) => /^[0-9a-f]{40}$/.test(String(commit))),
      );
    // mutant vcpkg-lock-of-another-form by vcpkg: condition -> true
    if (isLock) return NOTHING;
    const why = 'it is no lock of registries of vcpkg';
    const skip = createSkip(path, 'MALFORMED', why, 'Write it again: vcpkg install.');
    return { drafts: [], skips: [skip] };
  },
};
