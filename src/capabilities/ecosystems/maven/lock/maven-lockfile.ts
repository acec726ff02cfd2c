import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import { isVersion } from '../archive-name.ts';
import { formatArtifact, isCoordinate, type JavaLock, type LockedArtifact } from './java-lock.ts';
import { createLineFinder } from './line-finder.ts';

/** Whether a lockfile.json is that of maven-lockfile, and not of something else. */
function isMavenLockfile(value: JsonValue): value is JsonObject {
  return (
    isJsonObject(value) && isCoordinate(value['groupId']) && Array.isArray(value['dependencies'])
  );
}

const REMEDY = 'Write it again: mvn io.github.chains-project:maven-lockfile:generate';

/**
 * lockfile.json of maven-lockfile: the tree that Maven resolved, with a checksum of each artifact.
 * A node that is not `included` lost against another version, or is elsewhere in the tree.
 */
export function readMavenLockfile(path: string, bytes: Uint8Array): Result<JavaLock | null> {
  const parsed = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!parsed.ok) return parsed;
  const lock = parsed.value;
  if (!isMavenLockfile(lock)) return ok(null);
  if (lock['lockFileVersion'] !== 1)
    return fail('UNSUPPORTED', 'its lockFileVersion is not 1', REMEDY);
  const nodes = listNodes(lock['dependencies'] ?? []);
  if (nodes === null) return fail('MALFORMED', 'a dependency has no coordinates', REMEDY);
  const findLine = createLineFinder(bytes);
  const byName = Map.groupBy(
    nodes.filter(({ included }) => included),
    (node) => formatUnversioned(node),
  );
  const chosen = new Map<string, LockedArtifact>();
  for (const node of nodes) {
    const key = formatArtifact(node);
    if (!node.included || chosen.has(key)) continue;
    const needs = node.children.flatMap(
      (child) => byName.get(formatUnversioned(child))?.map(formatArtifact) ?? [],
    );
    chosen.set(key, {
      ...node,
      needs,
      line: findLine(`"${node.group}:${node.artifact}:${node.version}"`),
    });
  }
  const artifact = lock['artifactId'];
  const group = lock['groupId'];
  const project = isCoordinate(group) && isCoordinate(artifact) ? { group, artifact } : null;
  return ok({ path, tool: 'maven', project, gap: null, artifacts: [...chosen.values()] });
}

interface Node extends Omit<LockedArtifact, 'needs' | 'line'> {
  readonly included: boolean;
  readonly children: Node[];
}

function formatUnversioned({ group, artifact, classifier }: Node): string {
  return `${group}:${artifact}:${classifier ?? ''}`;
}

/** All nodes, each before its children; null where one has no coordinates. */
function listNodes(dependencies: JsonValue): readonly Node[] | null {
  const all: Node[] = [];
  const read = (values: JsonValue, depth: number): readonly Node[] | null => {
    if (!Array.isArray(values)) return null;
    const nodes: Node[] = [];
    for (const value of values) {
      const node = readNode(value, depth);
      if (node === null) return null;
      all.push(node);
      nodes.push(node);
      const children = read(isJsonObject(value) ? (value['children'] ?? []) : [], depth + 1);
      if (children === null) return null;
      node.children.push(...children);
    }
    return nodes;
  };
  return read(dependencies, 0) === null ? null : all;
}

function readNode(value: JsonValue, depth: number): Node | null {
  if (!isJsonObject(value)) return null;
  const { groupId, artifactId, version, classifier, scope, resolved, included } = value;
  if (!isCoordinate(groupId) || !isCoordinate(artifactId)) return null;
  if (typeof version !== 'string' || !isVersion(version)) return null;
  return {
    group: groupId,
    artifact: artifactId,
    version,
    classifier: isCoordinate(classifier) ? classifier : null,
    hashes: readChecksum(value),
    address: typeof resolved === 'string' && /^https?:/.test(resolved) ? resolved : null,
    development: scope === 'test',
    direct: depth === 0,
    included: included !== false,
    children: [],
  };
}

const ALGORITHMS: ReadonlyMap<JsonValue | undefined, readonly [string, number]> = new Map([
  ['SHA-1', ['sha1', 40] as const],
  ['SHA-256', ['sha256', 64] as const],
  ['SHA-512', ['sha512', 128] as const],
]);

function readChecksum({
  checksumAlgorithm,
  checksum,
}: JsonObject): Readonly<Record<string, string>> {
  const [name, length] = ALGORITHMS.get(checksumAlgorithm) ?? [];
  if (name === undefined || typeof checksum !== 'string') return {};
  return checksum.length === length && /^[0-9a-f]+$/i.test(checksum)
    ? { [name]: checksum.toLowerCase() }
    : {};
}
