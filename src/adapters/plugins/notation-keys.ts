import { resolve } from 'node:path';
import {
  parseSigningKey,
  type SigningKey,
  type SigningKeys,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readPrivateFile, readRegularFile } from '../../system/files/read-file.ts';
import { openPluginKey } from './plugin-keys.ts';
import type { PluginFolder } from './run-plugin.ts';

/**
 * The keys that notation knows by name, in its `signingkeys.json`: `notation:NAME`. Each is a pair
 * of files, or a key of a plugin with its configuration.
 */
export function openNotationKeys(file: string, plugins: PluginFolder): SigningKeys {
  return { open: (name) => attempt(() => openNamedKey(file, plugins, name)) };
}

async function openNamedKey(
  file: string,
  plugins: PluginFolder,
  name: string,
): Promise<SigningKey> {
  const bytes = orThrow(await readRegularFile(file, LIMITS.configBytesMax));
  const document = orThrow(parseJson(bytes, { bytesMax: LIMITS.configBytesMax }));
  const keys = isJsonObject(document) ? document['keys'] : undefined;
  if (!Array.isArray(keys)) throw refuse(file, 'has no list of keys');
  const named = keys.filter(isJsonObject).filter((key) => key['name'] === name);
  const [key] = named;
  if (key === undefined) {
    const shown = JSON.stringify(name.slice(0, 100));
    throw new Failure(
      'FILE_NOT_FOUND',
      `notation has no key ${shown} in ${file}`,
      'See those there are: notation key list.',
    );
  }
  if (named.length > 1) throw refuse(file, 'has two keys of this name');
  const texts = ['keyPath', 'certPath', 'id', 'pluginName'].map((one) => readText(key, one));
  const [keyPath, certPath, id, plugin] = texts;
  if (keyPath !== null && keyPath !== undefined && certPath) return openFiles(keyPath, certPath);
  if (!id || !plugin) throw refuse(file, 'says neither where this key is nor its plugin');
  return openPluginKey(plugins, { plugin, id, config: readConfig(file, key['pluginConfig']) });
}

function readText(key: JsonObject, name: string): string | null {
  const value = getOwn(key, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

function readConfig(file: string, value: JsonValue | undefined): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw refuse(file, 'has a pluginConfig that is no object');
  const texts = Object.entries(value).map(([name, text]) => {
    if (typeof text !== 'string') throw refuse(file, 'has a pluginConfig with more than texts');
    return [name, text] as const;
  });
  return Object.fromEntries(texts);
}

async function openFiles(keyPath: string, certPath: string): Promise<SigningKey> {
  const key = orThrow(await readPrivateFile(resolve(keyPath)));
  const chain = orThrow(await readRegularFile(resolve(certPath), LIMITS.configBytesMax));
  const [keyPem, chainPem] = [key, chain].map((bytes) => Buffer.from(bytes).toString('latin1'));
  return orThrow(parseSigningKey(keyPem ?? '', chainPem ?? ''));
}

function refuse(file: string, what: string): Failure {
  return new Failure('CONFIG_INVALID', `${file} ${what}`, 'Correct it, or use notation key.');
}
