import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { parseToml } from '../../../../formats/toml/parse.ts';
import { readYamlTexts } from '../../../../formats/yaml/block.ts';
import { parseRegistry } from '../../component-registry.ts';
import { takeBaseName } from '../../extractor.ts';
import { NO_NPMRC, type Npmrc, parseNpmrc } from './npmrc.ts';

/** Files that name registries, with the package managers that read them; the first counts most. */
const SETTINGS: readonly {
  readonly fileName: string;
  readonly tools: readonly string[];
  readonly parse: (bytes: Uint8Array) => Result<Npmrc>;
}[] = [
  { fileName: '.yarnrc.yml', tools: ['berry'], parse: parseYarnrcYml },
  { fileName: '.yarnrc', tools: ['yarn'], parse: parseYarnrc },
  { fileName: 'bunfig.toml', tools: ['bun'], parse: parseBunfig },
  { fileName: 'pnpm-workspace.yaml', tools: ['pnpm'], parse: parsePnpmWorkspace },
  { fileName: '.npmrc', tools: ['npm', 'pnpm', 'yarn', 'bun', 'deno'], parse: parseNpmrc },
];

export function isSettings(path: string): boolean {
  const name = takeBaseName(path);
  return SETTINGS.some(({ fileName }) => fileName === name);
}

/** The files that a package manager reads, by their names; the first counts most. */
export function listSettings(tool: string): readonly string[] {
  return SETTINGS.filter(({ tools }) => tools.includes(tool)).map(({ fileName }) => fileName);
}

/** What a file of a project says about registries. */
export function readSettings(file: string, bytes: Uint8Array): Result<Npmrc> {
  const name = takeBaseName(file);
  const found = SETTINGS.find(({ fileName }) => fileName === name);
  return found === undefined ? ok(NO_NPMRC) : found.parse(bytes);
}

/** The registries of several files; the first one that names a scope counts for it. */
export function mergeSettings(all: readonly Npmrc[]): Npmrc {
  const registries = new Map(
    all.toReversed().flatMap(({ registries: own }) => [...own].map((one) => one)),
  );
  return { ...(all.at(-1) ?? NO_NPMRC), registries };
}

function withRegistries(registries: ReadonlyMap<string, string | null>): Result<Npmrc> {
  return ok({ ...NO_NPMRC, registries });
}

/** Null where the value comes from the environment. */
function toRegistry(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && !/\$\{|^\$/.test(value) ? parseRegistry(value) : null;
}

/** Lines of a name and a value, of Yarn 1: `"@scope:registry" "https://…"`. */
function parseYarnrc(bytes: Uint8Array): Result<Npmrc> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const registries = new Map<string, string | null>();
  for (const line of text.value.split(/\r?\n/)) {
    const [, key = '', value = ''] =
      /^\s*"?([^\s"#][^\s"]*)"?[ \t]+"?([^\s"]+)"?\s*$/.exec(line) ?? [];
    const scope = key === 'registry' ? '' : /^(@[^:/\s]+):registry$/.exec(key)?.[1];
    if (scope !== undefined) registries.set(scope, toRegistry(value));
  }
  return withRegistries(registries);
}

function parseMap(bytes: Uint8Array): Result<JsonObject> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const isEmpty = text.value.split('\n').every((line) => /^\s*(?:#|$)/.test(line));
  if (isEmpty) return ok({});
  const parsed = readYamlTexts(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!parsed.ok) return parsed;
  return isJsonObject(parsed.value)
    ? ok(parsed.value)
    : fail('MALFORMED', 'the document is not a map', 'Correct the document.');
}

/** `npmRegistryServer`, and `npmScopes` by scope (yarnpkg.com/configuration/yarnrc). */
function parseYarnrcYml(bytes: Uint8Array): Result<Npmrc> {
  const map = parseMap(bytes);
  if (!map.ok) return map;
  const registries = new Map<string, string | null>();
  const server = getOwn(map.value, 'npmRegistryServer');
  if (server !== undefined) registries.set('', toRegistry(server));
  const scopes = getOwn(map.value, 'npmScopes');
  for (const [scope, settings] of isJsonObject(scopes) ? Object.entries(scopes) : []) {
    const own = isJsonObject(settings) ? getOwn(settings, 'npmRegistryServer') : undefined;
    if (own !== undefined) registries.set(`@${scope}`, toRegistry(own));
  }
  return withRegistries(registries);
}

/** `registry`, and `registries` by scope or `default` (pnpm.io/settings). */
function parsePnpmWorkspace(bytes: Uint8Array): Result<Npmrc> {
  const map = parseMap(bytes);
  if (!map.ok) return map;
  const registries = new Map<string, string | null>();
  const one = getOwn(map.value, 'registry');
  if (one !== undefined) registries.set('', toRegistry(one));
  const all = getOwn(map.value, 'registries');
  for (const [scope, address] of isJsonObject(all) ? Object.entries(all) : [])
    registries.set(scope === 'default' ? '' : scope, toRegistry(address));
  return withRegistries(registries);
}

/** `install.registry` and `install.scopes`, each an address or a table with `url`. */
function parseBunfig(bytes: Uint8Array): Result<Npmrc> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const parsed = parseToml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!parsed.ok) return parsed;
  const install = isJsonObject(parsed.value) ? getOwn(parsed.value, 'install') : undefined;
  const registries = new Map<string, string | null>();
  if (!isJsonObject(install)) return withRegistries(registries);
  const one = getOwn(install, 'registry');
  if (one !== undefined) registries.set('', readBunRegistry(one));
  const scopes = getOwn(install, 'scopes');
  for (const [scope, value] of isJsonObject(scopes) ? Object.entries(scopes) : [])
    registries.set(scope.startsWith('@') ? scope : `@${scope}`, readBunRegistry(value));
  return withRegistries(registries);
}

function readBunRegistry(value: JsonValue | undefined): string | null {
  return toRegistry(isJsonObject(value) ? getOwn(value, 'url') : value);
}
