import type { Draft } from '../extractor.ts';
import { isVersion } from './archive-name.ts';
import type { MavenCoordinates } from './pom/coordinates.ts';

/** The form of a group and of an artifact. */
export const PART = /^[A-Za-z0-9_.-]+$/;

/** What the values of a pom.properties say; null where one of the three is no coordinate. */
export function pickCoordinates(values: ReadonlyMap<string, string>): MavenCoordinates | null {
  const [group = '', artifact = '', version] = ['groupId', 'artifactId', 'version'].map(
    (key) => values.get(key) ?? '',
  );
  const isWhole = PART.test(group) && PART.test(artifact) && isVersion(version);
  return isWhole ? { group, artifact, version } : null;
}

/** A component of Maven; without a group, no advisory finds it. */
export function createMavenDraft(
  location: string,
  group: string | null,
  artifact: string,
  version: string,
): Draft {
  return {
    key: `${location} ${group}:${artifact}:${version}`,
    parts: {
      type: 'maven',
      namespace: group,
      name: artifact,
      version,
      qualifiers: {},
      subpath: null,
    },
    name: group === null ? artifact : `${group}:${artifact}`,
    version,
    licenses: [],
    source: null,
    locations: [location],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
}
