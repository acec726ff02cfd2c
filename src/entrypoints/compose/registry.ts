import { join } from 'node:path';
import type { AccessEntry } from '../../adapters/oci-server/index.ts';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';

export async function openRegistryServer(options: {
  readonly root: string;
  readonly host: string;
  readonly port: number;
  readonly accessed: (entry: AccessEntry) => void;
  readonly onDefect: (thrown: unknown) => void;
}) {
  const { startRegistry } = await import('../../adapters/oci-server/index.ts');
  return orThrow(await startRegistry(options));
}

export async function openRegistryClient(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
) {
  const { openRegistryClient: open } = await import('../../adapters/oci-http/index.ts');
  const hostsThat = (wanted: boolean): readonly string[] =>
    Object.entries(config.registries).flatMap(([host, { insecure }]) =>
      insecure === wanted ? [host] : [],
    );
  return open({ env, insecureHosts: hostsThat(true), tlsHosts: hostsThat(false) });
}

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
