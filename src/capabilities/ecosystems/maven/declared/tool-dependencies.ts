import { formatPurl } from '../../../../core/purl.ts';
import { parseRegistry } from '../../component-registry.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { buildMavenPurl, judgeVersionPin } from './pin.ts';
import type { MavenExtension, Wrapper } from './wrapper.ts';

/** The build tool itself, which a wrapper downloads. */
export function createWrapper(
  file: string,
  { tool, version, address, hashed, line }: Wrapper,
): DeclaredDependency {
  const name = tool === 'gradle' ? 'gradle' : 'apache-maven';
  const host = parseRegistry(address)?.split('/', 1)[0] ?? null;
  return {
    ecosystem: 'maven',
    name,
    version,
    requested: version,
    purl: formatPurl({
      ...{ type: 'generic', namespace: null, name, version },
      ...{ qualifiers: {}, subpath: null },
    }),
    ...(hashed
      ? { pinned: 'yes' as const, why: 'the wrapper has its SHA-256' }
      : {
          pinned: version === null ? ('unknown' as const) : ('yes' as const),
          why: 'the wrapper names one released version, and no hash (distributionSha256Sum)',
        }),
    registry: host,
    registryFrom: host === null ? 'default' : 'written',
    recorded: hashed,
    place: { file, line },
    kind: 'direct',
    development: true,
  };
}

/** A core extension runs in every build. */
export function createExtension(
  file: string,
  { group, artifact, version, line }: MavenExtension,
): DeclaredDependency {
  return {
    ecosystem: 'maven',
    name: `${group}:${artifact}`,
    version,
    requested: version,
    purl: buildMavenPurl({ group, artifact, version }),
    ...(version === null
      ? { pinned: 'unknown' as const, why: 'it names no version' }
      : judgeVersionPin(version)),
    registry: null,
    registryFrom: 'default',
    recorded: false,
    place: { file, line },
    kind: 'direct',
    development: true,
  };
}
