import type {
  FactGatherer,
  NotaryTrust,
  UncheckedFacts,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { failed, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import type { Config } from '../config/config.ts';

export async function loadTrust(config: Config): Promise<Result<TrustMaterial>> {
  const { loadNotaryTrust } = await import('../../adapters/keys-file/index.ts');
  const { loadTrustMaterial } = await import('../config/trust.ts');
  const notary = await loadNotaryTrust(config.notation);
  return loadTrustMaterial(config, notary, await openFactGatherer());
}

/**
 * The sources for facts about a signature that no document states, such as revocation: none yet.
 */
export async function openFactGatherer(): Promise<FactGatherer<UncheckedFacts>> {
  const { NO_SOURCES } = await import('../../capabilities/signing/index.ts');
  return NO_SOURCES;
}

/** Only notation's folder, without the trust document. */
export async function loadNotation({ notation }: Config): Promise<Result<NotaryTrust>> {
  const { loadNotaryTrust } = await import('../../adapters/keys-file/index.ts');
  return loadNotaryTrust(notation);
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
