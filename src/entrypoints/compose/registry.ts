import { join } from 'node:path';
import type { CredentialSource, Credentials } from '../../adapters/oci-http/index.ts';
import type { AccessEntry } from '../../adapters/oci-server/index.ts';
import { Failure } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { getOwn } from '../../core/own.ts';
import { ok, orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';

export async function openRegistryServer(options: {
  readonly root: string;
  readonly host: string;
  readonly port: number;
  readonly accessed: (entry: AccessEntry) => void;
  readonly onDefect: (thrown: unknown) => void;
  /** The document of rights, and the file of passwords; null: everybody may everything. */
  readonly access: string | null;
  readonly users: string | null;
  readonly tls: { readonly key: string; readonly cert: string } | null;
}) {
  const { startRegistry } = await import('../../adapters/oci-server/index.ts');
  const { access, users, tls, ...own } = options;
  const { openRegistryTeam } = await import('./registry-access.ts');
  const team = access === null ? {} : { team: await openRegistryTeam(access, users) };
  return orThrow(await startRegistry({ ...own, ...team, ...(tls === null ? {} : { tls }) }));
}

export async function openRegistryClient(
  config: Config,
  env: Environment,
  credentials?: CredentialSource,
) {
  const { openRegistryClient: open } = await import('../../adapters/oci-http/index.ts');
  const hostsThat = (wanted: boolean): readonly string[] =>
    Object.entries(config.registries).flatMap(([host, { insecure }]) =>
      insecure === wanted ? [host] : [],
    );
  const hosts = { insecureHosts: hostsThat(true), tlsHosts: hostsThat(false) };
  return open({ env, ...hosts, credentials: credentials ?? openCredentials(config, env) });
}

/**
 * For every command and the server: what docker and podman keep; else, for a registry of a cloud,
 * the identity that this process has there. Null: the registry is asked without credentials.
 */
function openCredentials(config: Config, env: Environment): CredentialSource {
  return async (registry) => {
    const { openStoredCredentials } = await import('../../adapters/oci-http/index.ts');
    const stored = await openStoredCredentials(env)(registry);
    if (!stored.ok || stored.value !== null) return stored;
    const named = getOwn(config.registries, registry)?.login;
    if (named === 'none') return ok(null);
    const cloud = await import('../../adapters/keys-service/index.ts');
    const own = named ?? cloud.findCloud(registry);
    // Without a sign of an identity, a public image would wait for a metadata service.
    if (own === null || (named === undefined && !cloud.hasCloudIdentity(own, env))) return ok(null);
    return cloud.logInToRegistry(registry, own, env);
  };
}

/** A host, as references to images name it. */
export function parseRegistryHost(text: string): string {
  const parsed = parseImageReference(`${text}/login/image`);
  // mutant login-at-a-path by login: remove operand 2
  const host =
    parsed.ok && parsed.value.repository === 'login/image' ? parsed.value.registry : null;
  if (host === null)
    throw new Failure(
      'USAGE',
      `${JSON.stringify(text.slice(0, 100))} is no registry`,
      'Write its host, with its port if it has one: registry.example.com, localhost:5000.',
    );
  return host;
}

/** Asks the registry whether it lets these credentials in; says whether it asked for any. */
export async function tryLogin(
  config: Config,
  registry: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<boolean> {
  const asked = { once: false };
  const client = await openRegistryClient(config, {}, async () => {
    asked.once = true;
    return ok(credentials);
  });
  try {
    orThrow(await client.checkLogin(registry, { signal }));
    return asked.once;
  } finally {
    client.close();
  }
}

export async function openLogins(env: Environment) {
  const { removeCredentials, saveCredentials } = await import('../../adapters/oci-http/index.ts');
  return {
    save: async (registry: string, credentials: Credentials) =>
      orThrow(await saveCredentials(registry, credentials, env)),
    remove: async (registry: string) => orThrow(await removeCredentials(registry, env)),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An image on disk: `oci:DIR[:TAG|@DIGEST]`, `oci-archive:FILE` or `docker-archive:FILE`. */
export async function openLayoutImage(text: string) {
  const { openLayout, parseLayoutName } = await import('../../adapters/oci-layout/index.ts');
  return orThrow(await openLayout(orThrow(parseLayoutName(text))));
}

/**
 * Content that need not be fetched from a registry again: from earlier audits, and from the
 * evidence log.
 */
export async function openKnownContent(config: Config) {
  const { openContentCache } = await import('../../adapters/content-cache/index.ts');
  const log = config.server === null ? config.database : null;
  return openContentCache({ path: join(config.home, 'audit-cache.db'), log });
}

/** An OCI layout to which something is attached. */
export async function openWritableLayout(text: string) {
  const { openLayoutTarget, parseLayoutName } = await import('../../adapters/oci-layout/index.ts');
  const { kind, path, tag, digest } = orThrow(parseLayoutName(text));
  if (kind !== 'oci')
    throw new Failure(
      'USAGE',
      `${text} is an archive, and nothing can be attached to one`,
      'Name oci:DIR, or the image in its registry.',
    );
  const target = orThrow(await openLayoutTarget(path));
  return { target, root: orThrow(await target.root({ tag, digest })) };
}

/** A layout that becomes one file, an oci-archive, when everything is in it. */
export async function packArchive(folder: string) {
  const { openLayoutTarget, writeArchive } = await import('../../adapters/oci-layout/index.ts');
  const target = orThrow(await openLayoutTarget(folder));
  return { target, write: (path: string) => writeArchive(folder, path) };
}
