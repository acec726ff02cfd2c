import {
  completeVerification,
  explainOwnRevocation,
  findOwnRevocation,
  planBlobVerification,
  readEnvelopeClaim,
  refuseSignature,
  type SignatureResult,
} from '../../capabilities/signing/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { hashFile } from '../../system/files/hash-file.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { loadBlobTrust, loadRevoked, openFactGatherer } from '../compose/trust.ts';
import type { Config } from '../config/config.ts';

/** A file and the envelope that signs it. */
export interface SignedFile {
  readonly path: string;
  readonly signature: string;
  readonly mediaType: string | null;
  readonly policyName: string | null;
}

export interface FileVerification {
  /** Null: the envelope cannot be read. */
  readonly result: SignatureResult | null;
  readonly why: string;
  /** What the envelope claims to sign. */
  readonly target: { readonly digest: string; readonly mediaType: string } | null;
}

/** Verifies a file by the envelope beside it, under the trust policy for files (N9). */
export async function verifyBlobSignature(
  config: Config,
  { path, signature, mediaType, policyName }: SignedFile,
  signal: AbortSignal,
): Promise<FileVerification> {
  const trust = orThrow(await loadBlobTrust(config));
  const envelope = await readFileBounded(signature, LIMITS.envelopeBytesMax);
  const claim = readEnvelopeClaim(envelope);
  if (!claim.ok) return { result: null, why: claim.reason.message, target: null };
  const { hash, target } = claim.value;
  const hashed = await hashFile(path, hash, signal);
  const plan = planBlobVerification({
    blob: { hash, ...hashed, mediaType },
    envelope,
    policyName,
    trust,
    now: toInstant(Date.now()),
  });
  const result = await completeVerification(plan, openFactGatherer(config), { signal });
  const own = await refuseRevokedFile(config, result, { path, envelope, signal });
  return { result: own, why: '', target };
}

/** `revoked` of the trust document is about files too, by the file, the envelope and the chain. */
export async function refuseRevokedFile(
  config: Config,
  result: SignatureResult,
  { path, envelope, signal }: { path: string; envelope: Uint8Array; signal: AbortSignal },
): Promise<SignatureResult> {
  if (result.kind !== 'trusted') return result;
  const { revoked } = await loadRevoked(config);
  if (revoked.length === 0) return result;
  const { hex } = await hashFile(path, 'sha256', signal);
  const { signer } = result;
  const digests = [`sha256:${hex}`, sha256(envelope)];
  const found = findOwnRevocation({ revoked }, { signer, digests });
  // mutant revoked-file-by-the-trust-document by e2e/verify: condition -> true
  if (found === null) return result;
  return refuseSignature(signer, 'revoked-here', explainOwnRevocation(found));
}
