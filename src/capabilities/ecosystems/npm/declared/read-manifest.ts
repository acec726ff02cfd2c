import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { createLineCounter, findMember, listMembers } from '../../../../formats/json/places.ts';
import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import { isNpmName } from '../installed/npm-draft.ts';
import { listOverridden } from './overrides.ts';

/**
 * The members of package.json that name dependencies; where a dependency is in several, the first
 * of these counts.
 */
export const GROUPS = [
  'optionalDependencies',
  'dependencies',
  'devDependencies',
  'peerDependencies',
] as const;
export type Group = (typeof GROUPS)[number];

/** One requirement of a package.json. */
export interface NpmRequirement {
  readonly name: string;
  /** As written: a range, a tag, an address. */
  readonly spec: string;
  readonly group: Group;
  readonly line: number;
  /** It is a peer that may be absent. */
  readonly optionalPeer: boolean;
}

export interface NpmManifest {
  /** Its own; null where it has none. */
  readonly name: string | null;
  readonly version: string | null;
  /** Patterns of the folders of its workspaces. */
  readonly workspaces: readonly string[];
  /** Names whose versions it sets itself, no matter who asks for them. */
  readonly overridden: readonly string[];
  readonly wanted: readonly NpmRequirement[];
  readonly problems: readonly Skip[];
}

/**
 * Reads the dependencies of a package.json; a member of another form is a problem, never nothing.
 */
export function readManifest(file: string, bytes: Uint8Array): Result<NpmManifest> {
  const json = parseJson(bytes, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  if (!isJsonObject(json.value))
    return fail('MALFORMED', `${file} is not an object`, 'Write it again: npm init.');
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const toLine = createLineCounter(text.value);
  const wanted = new Map<string, NpmRequirement>();
  const problems: Skip[] = [];
  for (const group of GROUPS) {
    const named = json.value[group];
    if (named === undefined || named === null) continue;
    if (!isJsonObject(named)) {
      problems.push(malformed(file, `${group} is not an object`));
      continue;
    }
    const start = findMember(text.value, [group])?.valueStart ?? 0;
    for (const { key: name, keyStart } of listMembers(text.value, start)) {
      const spec = getOwn(named, name);
      if (!isNpmName(name) || typeof spec !== 'string' || spec.length > LIMITS.versionBytesMax)
        problems.push(
          malformed(
            file,
            `${group}: ${JSON.stringify(name.slice(0, 80))} is not a dependency that npm reads`,
          ),
        );
      else if (!wanted.has(name))
        wanted.set(name, {
          name,
          spec,
          group,
          line: toLine(keyStart),
          optionalPeer: isOptionalPeer(json.value, name),
        });
    }
  }
  addBundled(json.value, { file, text: text.value, toLine, wanted, problems });
  return ok({ ...readIdentity(json.value), wanted: [...wanted.values()], problems });
}

function readIdentity(
  manifest: JsonObject,
): Pick<NpmManifest, 'name' | 'version' | 'workspaces' | 'overridden'> {
  const { name, version, workspaces } = manifest;
  // Yarn 1 also takes `{ packages, nohoist }`.
  const patterns = isJsonObject(workspaces) ? getOwn(workspaces, 'packages') : workspaces;
  return {
    name: typeof name === 'string' ? name : null,
    version: typeof version === 'string' ? version : null,
    workspaces: Array.isArray(patterns) ? patterns.filter((one) => typeof one === 'string') : [],
    overridden: listOverridden(manifest),
  };
}

/** What a package carries in its own archive; npm also installs what only these name. */
const BUNDLES = ['bundleDependencies', 'bundledDependencies'] as const;

interface ManifestState {
  readonly file: string;
  readonly text: string;
  readonly toLine: (offset: number) => number;
  readonly wanted: Map<string, NpmRequirement>;
  readonly problems: Skip[];
}

function addBundled(
  manifest: JsonObject,
  { file, text, toLine, wanted, problems }: ManifestState,
): void {
  for (const member of BUNDLES) {
    const named = manifest[member] ?? false;
    // `true` means all dependencies, which are named above.
    if (typeof named === 'boolean') continue;
    const line = toLine(findMember(text, [member])?.valueStart ?? 0);
    // mutant bundle-of-another-form by lock-coverage: value -> []
    const names = Array.isArray(named) ? named : [null];
    for (const name of names) {
      if (typeof name !== 'string' || !isNpmName(name))
        problems.push(malformed(file, `${member} is not a list of names`));
      else if (!wanted.has(name))
        wanted.set(name, { name, spec: '*', group: 'dependencies', line, optionalPeer: false });
    }
  }
}

function isOptionalPeer(manifest: JsonObject, name: string): boolean {
  const meta = manifest['peerDependenciesMeta'];
  const own = isJsonObject(meta) && getOwn(meta, name);
  return isJsonObject(own) && own['optional'] === true;
}

function malformed(file: string, why: string): Skip {
  return createSkip(
    file,
    'MALFORMED',
    why,
    'Fix package.json, then run: npm install --package-lock-only.',
  );
}
