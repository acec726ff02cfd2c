import satisfies from 'semver/functions/satisfies.js';
import parseRange from 'semver/ranges/valid.js';
import { LIMITS } from '../../../core/limits.ts';
import { formatPurl } from '../../../core/purl.ts';
import { ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { createLineCounter } from '../../../formats/json/places.ts';
import {
  findNode,
  listItems,
  parseYamlTrees,
  readScalar,
  type YamlNode,
} from '../../../formats/yaml/trees.ts';
import { parseRegistry } from '../component-registry.ts';
import type { LocatedDependency } from '../manifest.ts';

/** Chart.yaml, or requirements.yaml of the first version of the format. */
export interface ChartFile {
  readonly requires: readonly ChartRequest[];
  readonly appVersion: string | null;
  readonly version: string | null;
  readonly name: string | null;
}

export interface ChartRequest {
  readonly name: string;
  /** As written: a version or a range. */
  readonly version: string | null;
  readonly repository: string | null;
  readonly line: number;
}

/** Reads Chart.yaml, requirements.yaml, Chart.lock and requirements.lock, which share a form. */
export function readChart(_: string, bytes: Uint8Array): Result<ChartFile> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = decoded.value.replace(/^\ufeff/, '');
  const trees = parseYamlTrees(text, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!trees.ok) return trees;
  const [root = null] = trees.value;
  const toLine = createLineCounter(text);
  const read = (node: YamlNode | null, key: string): string | null =>
    readScalar(findNode(node, key))?.trim() ?? null;
  const requires = listItems(findNode(root, 'dependencies')).flatMap((entry): ChartRequest[] => {
    const name = read(entry, 'name');
    const [version, repository] = [read(entry, 'version'), read(entry, 'repository')];
    return name === null ? [] : [{ name, version, repository, line: toLine(entry.start) }];
  });
  return ok({
    requires,
    appVersion: read(root, 'appVersion'),
    version: read(root, 'version'),
    name: read(root, 'name'),
  });
}

export interface ChartSurroundings {
  readonly file: string;
  readonly lock: ChartFile | null;
  /** Where the lock would be. */
  readonly lockName: string;
  /** Whether an archive of that name and version is in the folder `charts`. */
  readonly isVendored: (name: string, version: string) => boolean;
}

/** Null for a chart that is a folder of this tree. */
export function declareChart(
  request: ChartRequest,
  { file, lock, lockName, isVendored }: ChartSurroundings,
): LocatedDependency | null {
  const { name, version: range, repository, line } = request;
  if (repository === null || repository === '' || repository.startsWith('file:')) return null;
  const locked = lock?.requires.find(
    (one) => one.name === name && (one.repository ?? repository) === repository,
  );
  const isExact = range !== null && /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(range);
  const version = locked?.version ?? (isExact ? range : null);
  const isHere = version !== null && isVendored(name, version);
  const disagrees = locked !== undefined && !isWithin(locked.version, range);
  const registry = parseRegistry(repository.replace(/^oci:/, 'https:'));
  const loose = {
    pinned: 'no' as const,
    why: `${lockName} does not name it, and ${range ?? 'no version'} is no exact version`,
  };
  const odd = {
    pinned: 'unknown' as const,
    why: `${lockName} has ${locked?.version ?? 'none'}, which ${range ?? 'nothing'} excludes`,
  };
  const fixed = {
    pinned: 'yes' as const,
    why: isHere
      ? 'its archive is in this tree'
      : `its version is ${locked === undefined ? 'named' : `in ${lockName}`}; nothing records its hash`,
  };
  return {
    ecosystem: 'helm',
    name,
    version,
    requested: range,
    purl: formatPurl({
      type: 'helm',
      namespace: null,
      name,
      version,
      qualifiers: registry === null ? {} : { repository_url: registry },
      subpath: null,
    }),
    ...(disagrees ? odd : version === null ? loose : fixed),
    registry,
    // An alias (`@name`) is set on each machine.
    registryFrom: registry === null ? 'configured' : 'written',
    recorded: isHere && !disagrees,
    place: { file, line },
    kind: 'direct',
    development: false,
    span: null,
    remedy: 'run helm dependency update, and commit the lock',
  };
}

function isWithin(version: string | null, range: string | null): boolean {
  if (version === null || range === null || parseRange(range) === null) return true;
  return satisfies(version, range, { includePrerelease: true });
}
