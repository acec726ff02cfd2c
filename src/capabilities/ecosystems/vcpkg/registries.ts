import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import { createSkip } from '../extractor.ts';

const REMEDY = 'Write it as vcpkg reads it: vcpkg format-manifest --all.';

/** One registry of ports, as a configuration names it. */
export interface PortRegistry {
  readonly kind: 'builtin' | 'git' | 'filesystem';
  /** Host and path; null where it is vcpkg's own, a folder or no address. */
  readonly registry: string | null;
  /** The folder of a registry of files. */
  readonly folder: string | null;
  /** The commit that fixes the versions; null where it is none. */
  readonly baseline: string | null;
  /** Names of ports, or beginnings with `*`; empty for the default one. */
  readonly packages: readonly string[];
}

/** What a configuration says about where ports come from. */
export interface PortRegistries {
  /** Undefined where it is not named: vcpkg's own. Null where there is none. */
  readonly fallback: PortRegistry | null | undefined;
  readonly others: readonly PortRegistry[];
  /** Folders of recipes that come before those of any registry. */
  readonly overlays: readonly string[];
  readonly problems: readonly Skip[];
}

/** Reads vcpkg-configuration.json (learn.microsoft.com, its reference). */
export function readConfiguration(file: string, bytes: Uint8Array): Result<PortRegistries> {
  const json = parseJson(bytes, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, REMEDY);
  return ok(readRegistries(file, json.value));
}

/** The same as a member of vcpkg.json. */
export function readRegistries(file: string, value: JsonValue): PortRegistries {
  const configuration = isJsonObject(value) ? value : {};
  const problems: Skip[] = [];
  const refuse = (why: string): void => {
    problems.push(createSkip(file, 'MALFORMED', why, REMEDY));
  };
  if (!isJsonObject(value)) refuse('its configuration is not an object');
  const named = configuration['default-registry'];
  const fallback = named === undefined || named === null ? named : readRegistry(named);
  if (fallback === 'malformed') refuse('its default registry is of no known kind');
  const listed = configuration['registries'];
  const others: PortRegistry[] = [];
  if (listed !== undefined && !Array.isArray(listed)) refuse('its registries are no list');
  for (const one of Array.isArray(listed) ? (listed as readonly JsonValue[]) : []) {
    // Of these come tools, and no ports.
    if (isJsonObject(one) && one['kind'] === 'artifact') continue;
    const read = readRegistry(one);
    if (read !== 'malformed') others.push(read);
    else if (problems.length < PROBLEMS_MAX) refuse('one of its registries is of no known kind');
  }
  if (requiresArtifacts(configuration))
    problems.push(
      createSkip(
        file,
        'UNSUPPORTED',
        'it requires artifacts of vcpkg, which are not read',
        'Take their inventory with another tool and attach it too.',
      ),
    );
  return {
    fallback: fallback === 'malformed' ? null : fallback,
    others,
    overlays: listTexts(configuration['overlay-ports']),
    problems,
  };
}

const PROBLEMS_MAX = 20;

function readRegistry(value: JsonValue): PortRegistry | 'malformed' {
  if (!isJsonObject(value)) return 'malformed';
  const { kind, repository, path, baseline } = value;
  if (kind !== 'builtin' && kind !== 'git' && kind !== 'filesystem') return 'malformed';
  const isCommit = typeof baseline === 'string' && /^[0-9a-f]{40}$/i.test(baseline);
  return {
    kind,
    registry: kind === 'git' && typeof repository === 'string' ? readAddress(repository) : null,
    folder: kind === 'filesystem' && typeof path === 'string' ? path : null,
    baseline: isCommit && kind !== 'filesystem' ? baseline.toLowerCase() : null,
    packages: listTexts(value['packages']),
  };
}

/** `git@host:path` is an address too. */
function readAddress(repository: string): string | null {
  const text = repository.replace(/^git@([^:/]{1,255}):(?!\/)/, 'ssh://git@$1/');
  return parseRegistry(text)?.replace(/\.git$/, '') ?? null;
}

function listTexts(value: JsonValue | undefined): readonly string[] {
  const listed = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return listed.filter((one) => typeof one === 'string');
}

function requiresArtifacts({ requires }: JsonObject): boolean {
  return isJsonObject(requires) && Object.keys(requires).length > 0;
}

/**
 * Who serves a port: the longest pattern that fits its name, a whole name before any pattern
 * (learn.microsoft.com, "registries: packages"). Undefined for vcpkg's own, null for nobody.
 */
export class PortSources {
  readonly #names = new Map<string, PortRegistry>();
  readonly #beginnings = new Map<string, PortRegistry>();
  readonly #fallback: PortRegistry | null | undefined;

  constructor({ others, fallback }: PortRegistries) {
    this.#fallback = fallback;
    for (const one of others)
      for (const pattern of one.packages) {
        const isBeginning = pattern.endsWith('*');
        const text = isBeginning ? pattern.slice(0, -1) : pattern;
        const known = isBeginning ? this.#beginnings : this.#names;
        if (!known.has(text)) known.set(text, one);
      }
  }

  find(name: string): PortRegistry | null | undefined {
    const named = this.#names.get(name);
    if (named !== undefined) return named;
    for (let length = name.length; length >= 0; length--) {
      const found = this.#beginnings.get(name.slice(0, length));
      if (found !== undefined) return found;
    }
    return this.#fallback;
  }
}
