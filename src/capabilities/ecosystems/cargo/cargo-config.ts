import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseToml } from '../../../formats/toml/parse.ts';
import { parseRegistry } from '../component-registry.ts';
import { takeDirectory } from '../extractor.ts';
import {
  IN_TREE,
  joinFolder,
  type RegistryOrigin,
  type RegistrySettings,
} from '../locked/locked-package.ts';

/** The index that locks name for the registry that is used where none is named. */
const DEFAULT_INDEX = 'https://github.com/rust-lang/crates.io-index';
const DEFAULT_SPARSE = ['https://index', 'crates', 'io/'].join('.');
/** A chain of sources that is longer is a circle. */
const STEPS_MAX = 16;

export function isCargoConfig(path: string): boolean {
  return /(?:^|\/)\.cargo\/config(?:\.toml)?$/.test(path);
}

/** It is for the folder that `.cargo` is in, and all below. */
export function findConfigFolder(path: string): string {
  return takeDirectory(takeDirectory(path));
}

/**
 * `.cargo/config.toml`, as far as it says where crates come from: `[source.NAME]` with
 * `replace-with` (doc.rust-lang.org/cargo, "Source Replacement").
 */
export function readCargoConfig(file: string, bytes: Uint8Array): Result<RegistrySettings> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const toml = parseToml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!toml.ok) return toml;
  const correct = 'Correct the file, or remove it.';
  if (!isJsonObject(toml.value)) return fail('MALFORMED', `${file} is not a table`, correct);
  const { source } = toml.value;
  const sources = isJsonObject(source) ? source : {};
  const folder = findConfigFolder(file);
  return ok({
    locate: ({ origin, registryName }) => {
      if (registryName !== undefined) return findRegistry(toml.value, registryName);
      const name = findSource(sources, origin);
      return name === null ? null : replaceSource(sources, name, folder);
    },
  });
}

/** `[registries.NAME]` with the address of an index. */
function findRegistry(config: JsonValue, name: string): RegistryOrigin {
  const registries = isJsonObject(config) ? config['registries'] : undefined;
  const named = isJsonObject(registries) ? getOwn(registries, name) : undefined;
  const url = dropScheme(isJsonObject(named) ? named['index'] : undefined);
  return { registry: url === null ? null : parseRegistry(url), registryFrom: 'configured' };
}

/** The name of the source that a lock names by its address; without one it is the default. */
function findSource(sources: JsonObject, origin: string | null): string | null {
  const address = /^(?:registry|sparse|git)\+([^?#]*)/.exec(origin ?? '')?.[1];
  if (address === undefined) return origin === null ? 'crates-io' : null;
  if (address === DEFAULT_INDEX || address === DEFAULT_SPARSE) return 'crates-io';
  const named = Object.entries(sources).find(
    ([, one]) =>
      isJsonObject(one) &&
      [one['registry'], one['git']].some((url) => dropScheme(url) === dropScheme(address)),
  );
  return named?.[0] ?? null;
}

function dropScheme(url: JsonValue | undefined): string | null {
  return typeof url === 'string' ? url.replace(/^(?:sparse|registry)\+/, '') : null;
}

/** Null where nothing replaces it; a registry that is not known is null in the answer. */
function replaceSource(sources: JsonObject, from: string, folder: string): RegistryOrigin | null {
  let name = from;
  for (let step = 0; step < STEPS_MAX; step++) {
    const source = getOwn(sources, name);
    const next = isJsonObject(source) ? source['replace-with'] : undefined;
    if (next === undefined)
      return step === 0 ? null : describeSource(isJsonObject(source) ? source : {}, folder);
    if (typeof next !== 'string') break;
    name = next;
  }
  return { registry: null, registryFrom: 'configured' };
}

function describeSource(source: JsonObject, folder: string): RegistryOrigin {
  const place = source['directory'] ?? source['local-registry'];
  if (typeof place === 'string' && joinFolder(folder, place) !== null) return IN_TREE;
  const url = dropScheme(source['registry'] ?? source['git']);
  return { registry: url === null ? null : parseRegistry(url), registryFrom: 'configured' };
}
