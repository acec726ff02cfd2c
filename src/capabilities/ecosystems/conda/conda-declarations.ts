import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { formatPurl } from '../../../core/purl.ts';
import { ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import { parseRegistry } from '../component-registry.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../declarations.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { type Draft, takeDirectory } from '../extractor.ts';
import { normaliseName } from '../python/requirement.ts';
import { takeObject, takeText, takeTexts } from '../python/values.ts';
import { wantFiles } from '../wanted-files.ts';
import {
  type CondaEnvironment,
  type CondaNeed,
  isCondaEnvironment,
  readCondaEnvironment,
} from './conda-environment.ts';
import { condaLock, readCondaLockFile } from './conda-locks.ts';

const isCondarc = wantFiles({ names: ['.condarc', 'condarc'] });

/** What environments ask for, what their locks resolve, and the channels that they come from. */
export const condaDeclarations: DeclarationReader = {
  wants: (path) => isCondaEnvironment(path) || condaLock.wants(path) || isCondarc(path),
  read,
};

interface LockedEnvironment {
  readonly path: string;
  readonly drafts: readonly Draft[];
}

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const environments: CondaEnvironment[] = [];
  const locks: LockedEnvironment[] = [];
  const problems: Declarations['problems'][number][] = [];
  let around: readonly string[] = [];
  for (const path of paths) {
    files.signal?.throwIfAborted();
    if (isCondarc(path))
      around = (await files.parse(path, LIMITS.dependencyFileBytesMax, readCondarc)) ?? around;
    else if (condaLock.wants(path)) {
      const lock = await files.parse(path, LIMITS.fileBytesMax, readCondaLockFile);
      if (lock === null) continue;
      locks.push({ path, drafts: lock.drafts });
      problems.push(...lock.skips);
    } else {
      const bytesMax = LIMITS.dependencyFileBytesMax;
      const environment = await files.parse(path, bytesMax, readCondaEnvironment);
      if (environment !== null) environments.push(environment);
    }
  }
  const taken = new Set<Draft>();
  const direct = environments.flatMap((environment) => {
    const beside = locks.filter(
      ({ path }) => takeDirectory(path) === takeDirectory(environment.path),
    );
    return environment.needs.flatMap((need) =>
      describeNeed(environment, need, { beside, around, taken }),
    );
  });
  const rest = locks.flatMap(({ path, drafts }) =>
    drafts.filter((draft) => !taken.has(draft)).map((draft) => describeLocked(path, draft, null)),
  );
  const found = environments.length > 0 || locks.length > 0;
  return { found, dependencies: [...direct, ...rest], problems, notLookedAt: [] };
}

/** The channels that a `.condarc` of the tree sets. */
export function readCondarc(_: string, bytes: Uint8Array): Result<readonly string[]> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const document = parseYaml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!document.ok) return document;
  const fields = takeObject(isJsonObject(document.value) ? document.value : undefined);
  const alias = takeText(fields['channel_alias'])?.replace(/\/$/, '');
  const channels = takeTexts(fields['channels']);
  const named = channels.flatMap((one) =>
    one === 'defaults' ? takeTexts(fields['default_channels']) : [one],
  );
  const placed = named.map((one) =>
    alias === undefined || isAddress(one) ? one : `${alias}/${one}`,
  );
  return ok(placed.length === 0 && alias !== undefined ? [alias] : placed);
}

function isAddress(channel: string): boolean {
  return /^[a-z]+:\/\//i.test(channel);
}

interface Scene {
  readonly beside: readonly LockedEnvironment[];
  readonly around: readonly string[];
  readonly taken: Set<Draft>;
}

/** One for each version that a lock has for some platform. */
function describeNeed(
  { path, channels }: CondaEnvironment,
  need: CondaNeed,
  { beside, around, taken }: Scene,
): readonly DeclaredDependency[] {
  const place = { file: path, line: need.line };
  const versions = new Map<string, DeclaredDependency>();
  for (const lock of beside)
    for (const draft of lock.drafts) {
      if (normaliseName(draft.name) !== normaliseName(need.name)) continue;
      taken.add(draft);
      const { place: _, ...described } = describeLocked(lock.path, draft, need.text);
      versions.set(draft.version, { ...described, place });
    }
  if (versions.size > 0) return [...versions.values()];
  const { manager, name, version, text } = need;
  const type = manager === 'pip' ? 'pypi' : 'conda';
  const parts = { type, namespace: null, version, qualifiers: {}, subpath: null };
  return [
    {
      ecosystem: type,
      name,
      version,
      requested: text,
      purl: isName(name)
        ? formatPurl({ ...parts, name: type === 'pypi' ? normaliseName(name) : name })
        : null,
      ...judgeNeed(need, beside),
      ...(manager === 'pip'
        ? DEFAULT
        : findChannel(need.channel === null ? channels : [need.channel], around)),
      recorded: false,
      place,
      kind: 'direct',
      development: false,
    },
  ];
}

function isName(name: string): boolean {
  return /^[\w.-]{1,200}$/.test(name);
}

function judgeNeed(
  { manager, version, isBuild }: CondaNeed,
  beside: readonly LockedEnvironment[],
): Pick<DeclaredDependency, 'pinned' | 'why'> {
  const [lock] = beside;
  if (lock !== undefined) return { pinned: 'no', why: `${lock.path} lacks it: the two disagree` };
  // mutant conda-version-of-any-build by conda: condition -> false
  if (version === null)
    return { pinned: 'no', why: 'no version is fixed: a newly published one is installed instead' };
  const isOne = isBuild || manager === 'pip';
  const what = isOne ? 'one archive' : 'one version, of which there may be new builds';
  return { pinned: isOne ? 'unknown' : 'no', why: `it names ${what}, and no hash` };
}

const DEFAULT = { registry: null, registryFrom: 'default' } as const;

/** conda asks every channel; a name of one stands for an address that the machine sets. */
function findChannel(
  own: readonly string[],
  around: readonly string[],
): Pick<DeclaredDependency, 'registry' | 'registryFrom'> {
  const asked = own.length === 0 ? around : own.filter((one) => one !== 'nodefaults');
  const [first] = asked;
  if (first === undefined) return DEFAULT;
  const isSure = asked.length === 1 && isAddress(first);
  const from = own.length === 0 ? 'configured' : 'written';
  if (isSure) return { registry: parseRegistry(first), registryFrom: from };
  return asked.some(isAddress) ? { registry: null, registryFrom: 'configured' } : DEFAULT;
}

function describeLocked(
  lock: string,
  { parts, name, version, origin, hashes, development }: Draft,
  requested: string | null,
): DeclaredDependency {
  const isHashed = Object.keys(hashes).length > 0;
  const registry = findLockedChannel(parts.type, origin);
  return {
    ecosystem: parts.type,
    name,
    version,
    requested,
    purl: formatPurl(parts),
    pinned: isHashed ? 'yes' : 'unknown',
    why: isHashed ? `locked with its hash in ${lock}` : `${lock} has no SHA-256 of it`,
    registry,
    registryFrom: registry === null ? 'default' : 'lock',
    recorded: isHashed,
    place: { file: lock, line: 1 },
    kind: requested === null ? 'transitive' : 'direct',
    development,
  };
}

/** The address of an archive without its platform and its name. */
function findLockedChannel(type: string, origin: string | null): string | null {
  const place = origin === null ? null : parseRegistry(origin);
  if (place === null) return null;
  const segments = place.split('/');
  return segments.slice(0, type === 'conda' ? -2 : -1).join('/');
}
