import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import { isVersion } from '../archive-name.ts';
import { isCoordinate, type JavaLock, type LockedArtifact } from '../lock/java-lock.ts';
import { createLineFinder } from '../lock/line-finder.ts';

const REMEDY = 'Write it again: sbt dependencyLockWrite';

/** build.sbt.lock of sbt-dependency-lock, version 1: a flat list with the hash of each archive. */
export function readSbtLock(path: string, bytes: Uint8Array): Result<JavaLock> {
  const parsed = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!parsed.ok) return parsed;
  const lock = parsed.value;
  if (!isJsonObject(lock) || !Array.isArray(lock['dependencies']))
    return fail('MALFORMED', 'it is no lock of sbt-dependency-lock', REMEDY);
  if (lock['lockVersion'] !== 1) return fail('UNSUPPORTED', 'its lockVersion is not 1', REMEDY);
  const findLine = createLineFinder(bytes);
  const artifacts: LockedArtifact[] = [];
  for (const value of lock['dependencies']) {
    const read = isJsonObject(value) ? readDependency(value, findLine) : null;
    if (read === null) return fail('MALFORMED', 'a dependency has no coordinates', REMEDY);
    artifacts.push(read);
  }
  return ok({ path, tool: 'sbt', project: null, gap: null, artifacts });
}

function readDependency(
  { org, name, version, configurations, artifacts }: JsonObject,
  findLine: (text: string) => number,
): LockedArtifact | null {
  if (!isCoordinate(org) || !isCoordinate(name)) return null;
  if (typeof version !== 'string' || !isVersion(version)) return null;
  const used = Array.isArray(configurations) ? configurations : [];
  return {
    group: org,
    artifact: name,
    version,
    classifier: null,
    hashes: readHash(artifacts),
    address: null,
    development: used.length > 0 && used.every((one) => one === 'test' || one === 'it'),
    direct: null,
    needs: [],
    line: findLine(`"${name}"`),
  };
}

/** The hash of the one archive; of several it is not known which is which. */
function readHash(artifacts: JsonValue | undefined): Readonly<Record<string, string>> {
  const [only, ...others] = Array.isArray(artifacts) ? artifacts : [];
  const hash = isJsonObject(only) && others.length === 0 ? only['hash'] : null;
  const sha1 = /^sha1:([0-9a-f]{40})$/.exec(typeof hash === 'string' ? hash : '')?.[1];
  return sha1 === undefined ? {} : { sha1 };
}
