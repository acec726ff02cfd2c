import { join } from 'node:path';
import {
  type FactGatherer,
  listMachineStores,
  listTrustedRoots,
  type NotaryTrust,
  type TrustDocument,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { failed, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import type { Config } from '../config/config.ts';
import { locatePlugins } from './plugins.ts';

export async function loadTrust(config: Config): Promise<Result<TrustMaterial>> {
  const files = await import('../../adapters/keys-file/index.ts');
  const { buildTrustMaterial, readTrustDocument } = await import('../config/trust.ts');
  const notary = await files.loadNotaryTrust(config.notation);
  const document = readTrustDocument(config);
  if (!document.ok) return document;
  const names = listTrustedRoots(document.value);
  const roots = await files.loadTrustedRoots(config.notation, names);
  const machineStores = await files.loadTrustStores(
    config.notation,
    listMachineStores(document.value),
  );
  const parts = { document: document.value, notary, roots, machineStores };
  return buildTrustMaterial(config, { ...parts, gatherer: openFactGatherer(config) });
}

/** By home: a server loads its trust again and again, and what was found out stays known. */
const GATHERERS = new Map<string, FactGatherer>();

/** The sources for facts about a signature that no document states, such as revocation. */
export function openFactGatherer(config: Config): FactGatherer {
  const { home, revocation, notation, plugins } = config;
  const key = JSON.stringify([home, revocation, notation, plugins]);
  const open = GATHERERS.get(key) ?? openLate(config);
  GATHERERS.set(key, open);
  return open;
}

/** Most verifications ask nobody, so the client is loaded by the first question. */
function openLate(config: Config): FactGatherer {
  const { home, revocation: settings } = config;
  let opened: Promise<FactGatherer> | null = null;
  const open = async (): Promise<FactGatherer> => {
    const { openRevocationGatherer } = await import('../../adapters/revocation/index.ts');
    const folder = join(home, 'revocation');
    return openRevocationGatherer({ folder, env: process.env, ...settings });
  };
  return {
    gather: async (queries, options) => {
      opened ??= open();
      return (await opened).gather(queries, options);
    },
    askPlugin: async (query, { signal }) => {
      const { askVerifier } = await import('../../adapters/plugins/index.ts');
      const now = () => toInstant(Date.now());
      return askVerifier(locatePlugins(config, process.env), query, { signal, now });
    },
  };
}

/** What the trust document revokes; nothing where there is none. */
export async function loadRevoked(config: Config): Promise<Pick<TrustDocument, 'revoked'>> {
  const { readTrustDocument } = await import('../config/trust.ts');
  const document = readTrustDocument(config);
  if (document.ok) return document.value;
  // mutant unreadable-revocations-are-none by e2e/verify: condition -> true
  if (document.failure.code === 'FILE_NOT_FOUND') return { revoked: [] };
  throw document.failure;
}

/** Trusted roots of sigstore by name; one that cannot be read is kept as its failure. */
export async function loadRoots({ notation }: Config, names: readonly string[]) {
  const { loadTrustedRoots } = await import('../../adapters/keys-file/index.ts');
  return loadTrustedRoots(notation, names);
}

/** Only notation's folder, without the trust document. */
export async function loadNotation({ notation }: Config): Promise<Result<NotaryTrust>> {
  const { loadNotaryTrust } = await import('../../adapters/keys-file/index.ts');
  return loadNotaryTrust(notation);
}

/** A folder of notation in any place; the policy for files is null where there is none. */
export async function loadNotationFolder(folder: string): Promise<{
  readonly images: Result<NotaryTrust>;
  readonly files: Result<NotaryTrust> | null;
}> {
  const { loadNotaryTrust, loadBlobTrust: load } = await import(
    '../../adapters/keys-file/index.ts'
  );
  const [images, files] = [await loadNotaryTrust(folder), await load(folder)];
  const isAbsent = !files.ok && files.failure.code === 'FILE_NOT_FOUND';
  return { images, files: isAbsent ? null : files };
}

/** Who may sign files: notation's policy for blobs. */
export async function loadBlobTrust({ notation }: Config): Promise<Result<NotaryTrust>> {
  const { loadBlobTrust: load } = await import('../../adapters/keys-file/index.ts');
  const loaded = await load(notation);
  if (loaded.ok || loaded.failure.code !== 'FILE_NOT_FOUND') return loaded;
  const remedy = 'Write trustpolicy.blob.json there; docs/guides/sign-a-file.md shows one.';
  return failed(
    new Failure('FILE_NOT_FOUND', `there is no trust policy for files in ${notation}`, remedy),
  );
}
