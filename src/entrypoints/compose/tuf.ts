import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  parseSigningConfig,
  parseTrustedRoot,
  ROOT_NAME,
  refreshTuf,
  type TufState,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import type { Config } from '../config/config.ts';
import { isThere } from './is-there.ts';
import { locateSigningConfig } from './vouching.ts';

export interface TufPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** What a repository says now, checked; nothing is written. */
export interface RepositoryNews {
  readonly name: string;
  readonly url: string;
  readonly rootVersion: number;
  /** When the first of its documents ends. */
  readonly expires: Instant;
  /** To be written in this order: the trusted root comes last. */
  readonly files: readonly { readonly to: string; readonly bytes: Uint8Array }[];
}

const TRUSTED_ROOT = 'trusted_root.json';
const SIGNING_CONFIG = 'signing_config.v0.2.json';
const PARTS = ['root', 'timestamp', 'snapshot', 'targets'] as const;

/** Follows a repository from a root that the user names, for the first time. */
export async function openRepository(
  config: Config,
  { name, url, root }: { readonly name: string; readonly url: string; readonly root: Uint8Array },
  place: TufPlace,
): Promise<RepositoryNews> {
  const state = { root, timestamp: null, snapshot: null, targets: null };
  const isKnown = isThere(join(locateFolder(config, name), 'repository.json'));
  if (isKnown)
    throw new Failure('USAGE', `${name} is followed already`, 'Use waybill trust update.');
  return refresh(config, { name, url, state }, place);
}

/** Follows a known repository from where it was left. */
export async function updateRepository(
  config: Config,
  name: string,
  place: TufPlace,
): Promise<RepositoryNews> {
  const folder = locateFolder(config, name);
  const text = readSmallFile(join(folder, 'repository.json'), LIMITS.configBytesMax);
  const json = orThrow(parseJson(text, { bytesMax: LIMITS.configBytesMax }));
  const url = isJsonObject(json) ? json['url'] : null;
  if (typeof url !== 'string')
    throw new Failure('TRUST_INVALID', `${folder} names no repository`, 'Take it over again.');
  const read = (part: string): Uint8Array | null => {
    const path = join(folder, `${part}.json`);
    return isThere(path) ? readSmallFile(path, LIMITS.configBytesMax) : null;
  };
  const root = read('root');
  if (root === null)
    throw new Failure('TRUST_INVALID', `${folder} has no root.json`, 'Take it over again.');
  const [timestamp, snapshot, targets] = [read('timestamp'), read('snapshot'), read('targets')];
  return refresh(config, { name, url, state: { root, timestamp, snapshot, targets } }, place);
}

/** The names of the trusted roots that a repository keeps. */
export function listRepositories(config: Config): readonly string[] {
  const folder = dirname(locateFolder(config, 'any'));
  return isThere(folder)
    ? readdirSync(folder)
        .filter((name) => ROOT_NAME.test(name))
        .sort()
    : [];
}

async function refresh(
  config: Config,
  { name, url, state }: { readonly name: string; readonly url: string; readonly state: TufState },
  { env, signal }: TufPlace,
): Promise<RepositoryNews> {
  if (!URL.canParse(url))
    throw new Failure('USAGE', '--tuf is no address', 'Write it like https://tuf.example.com.');
  const { openTufRepository } = await import('../../adapters/sigstore-http/index.ts');
  const repository = openTufRepository(new URL(url), { env, signal });
  const now = toInstant(Date.now());
  const wanted = [TRUSTED_ROOT, SIGNING_CONFIG];
  const update = orThrow(await refreshTuf({ repository, state, wanted, now }));
  const trusted = update.files.get(TRUSTED_ROOT);
  if (trusted === undefined)
    throw new Failure('TRUST_INVALID', `${url} has no ${TRUSTED_ROOT}`, 'Name another repository.');
  orThrow(parseTrustedRoot(trusted));
  const services = update.files.get(SIGNING_CONFIG);
  // One that cannot be read here ends signing by its services, and not the trust in others.
  const isRead = services !== undefined && parseSigningConfig(services, now).ok;
  const folder = locateFolder(config, name);
  const parts = PARTS.map((part) => ({
    to: join(folder, `${part}.json`),
    bytes: update.state[part],
  }));
  return {
    ...{ name, url, rootVersion: update.rootVersion, expires: update.expires },
    files: [
      { to: join(folder, 'repository.json'), bytes: Buffer.from(JSON.stringify({ url })) },
      ...parts.flatMap(({ to, bytes }) => (bytes === null ? [] : [{ to, bytes }])),
      ...(isRead ? [{ to: locateSigningConfig(config, name), bytes: services }] : []),
      { to: join(config.notation, 'truststore', 'sigstore', `${name}.json`), bytes: trusted },
    ],
  };
}

function locateFolder({ notation }: Config, name: string): string {
  // mutant tuf-state-outside-its-folder by trust-update: condition -> false
  if (!ROOT_NAME.test(name))
    throw new Failure('USAGE', `not a name: ${name}`, 'Use letters, digits, . _ and -.');
  return join(notation, 'truststore', 'sigstore', 'tuf', name);
}
