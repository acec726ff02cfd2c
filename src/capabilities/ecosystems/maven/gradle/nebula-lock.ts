import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import { isVersion } from '../archive-name.ts';
import { isCoordinate, type JavaLock, type LockedArtifact } from '../lock/java-lock.ts';
import { createLineFinder } from '../lock/line-finder.ts';
import { isDevelopmentConfiguration } from './gradle-lock.ts';

const REMEDY = 'Write it again: gradle generateLock saveLock';

/**
 * dependencies.lock of Nebula's plug-in for Gradle: by configuration, then by name. It has what
 * those need in turn only where the build says so (`includeTransitives`).
 */
export function readNebulaLock(path: string, bytes: Uint8Array): Result<JavaLock> {
  const parsed = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!parsed.ok) return parsed;
  if (!isJsonObject(parsed.value)) return fail('MALFORMED', 'it is no lock of Nebula', REMEDY);
  const findLine = createLineFinder(bytes);
  const found = new Map<string, LockedArtifact>();
  let hasTransitive = false;
  for (const [configuration, entries] of Object.entries(parsed.value)) {
    if (!isJsonObject(entries)) return fail('MALFORMED', 'it is no lock of Nebula', REMEDY);
    const isOfTools = isDevelopmentConfiguration(configuration);
    for (const [name, entry] of Object.entries(entries)) {
      if (!isJsonObject(entry)) return fail('MALFORMED', 'an entry is no object', REMEDY);
      hasTransitive ||= entry['transitive'] !== undefined;
      // A project of the same build.
      if (entry['project'] === true && entry['locked'] === undefined) continue;
      const read = readEntry(name, entry, findLine);
      if (read === null) return fail('MALFORMED', `${JSON.stringify(name)} has no version`, REMEDY);
      const known = found.get(`${name}:${read.version}`);
      const development = isOfTools && known?.development !== false;
      found.set(`${name}:${read.version}`, { ...read, development });
    }
  }
  const gap = hasTransitive || found.size === 0 ? null : 'it has only what is required directly';
  return ok({ path, tool: 'gradle', project: null, gap, artifacts: [...found.values()] });
}

function readEntry(
  name: string,
  entry: JsonObject,
  findLine: (text: string) => number,
): LockedArtifact | null {
  const [group, artifact, ...more] = name.split(':');
  const version = entry['locked'];
  if (!isCoordinate(group) || !isCoordinate(artifact) || more.length > 0) return null;
  if (typeof version !== 'string' || !isVersion(version)) return null;
  return {
    ...{ group, artifact, version, classifier: null, hashes: {}, address: null },
    ...{ development: false, needs: [], line: findLine(`"${name}"`) },
    direct: entry['transitive'] === undefined && entry['firstLevelTransitive'] === undefined,
  };
}
