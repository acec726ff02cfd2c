import { existsSync } from 'node:fs';
import { type Policy, parsePolicy } from '../capabilities/policy/index.ts';
import type { AdvisoryIndex } from '../capabilities/scanning/index.ts';
import type { KeyStore } from '../capabilities/signing/index.ts';
import { orThrow, type Result } from '../core/result.ts';
import type { TrustMaterial } from '../phases/deploy/index.ts';
import type { Config } from './config.ts';
import { readDocument, trustMaterial } from './trust.ts';

/** The only file that builds adapters; each is loaded when it is first needed, so that a command starts fast. */

export async function openRegistryServer(options: {
  readonly root: string;
  readonly host: string;
  readonly port: number;
}) {
  const { startRegistry } = await import('../adapters/oci-server/index.ts');
  return orThrow(await startRegistry(options));
}

export async function openRegistryClient(config: Config, env: Readonly<Record<string, string | undefined>>) {
  const { openRegistryClient: open } = await import('../adapters/oci-http/index.ts');
  const insecureHosts = Object.entries(config.registries).flatMap(([host, { insecure }]) =>
    insecure === true ? [host] : [],
  );
  return open({ env, insecureHosts });
}

export async function openKeys(config: Config): Promise<KeyStore> {
  const { openKeyStore } = await import('../adapters/keys-file/index.ts');
  return openKeyStore(config.keys);
}

export async function loadTrust(config: Config): Promise<Result<TrustMaterial>> {
  const { loadNotaryTrust } = await import('../adapters/keys-file/index.ts');
  return trustMaterial(config, await loadNotaryTrust(config.notation));
}

export function loadPolicy(config: Config): Result<Policy> {
  const text = readDocument(config.policy);
  return text.ok ? parsePolicy(text.value) : text;
}

export async function openTree(path: string) {
  const { openFileTree } = await import('../adapters/filesystem/index.ts');
  return openFileTree(path);
}

/** The imported index, or the bundled sample where none was imported: it says of itself that it is one. */
export async function openAdvisories(
  config: Config,
): Promise<{ readonly index: AdvisoryIndex; readonly close: () => void }> {
  const { openAdvisoryIndex, sampleAdvisories } = await import('../adapters/advisories/index.ts');
  if (!existsSync(config.advisories)) return { index: orThrow(sampleAdvisories()), close: () => undefined };
  const index = orThrow(openAdvisoryIndex(config.advisories));
  return { index, close: () => index.close() };
}
