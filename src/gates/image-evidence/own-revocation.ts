import {
  explainOwnRevocation,
  findOwnRevocation,
  refuseSignature,
} from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { GatherContext } from './gather-context.ts';
import type { AttachedSignature } from './image-evidence.ts';

/** What the trust document revokes counts no more, whatever vouches for it (I16). */
export function refuseRevoked(
  { trust }: GatherContext,
  subject: Digest,
  attached: AttachedSignature,
): AttachedSignature {
  const { manifest, envelope, result } = attached;
  if (result.kind !== 'trusted') return attached;
  const digests = [subject, manifest, ...(envelope === null ? [] : [envelope])];
  const { signer } = result;
  const revoked = findOwnRevocation(trust.document, { signer, digests });
  // mutant revoked-by-the-trust-document by own-revocation: condition -> true
  if (revoked === null) return attached;
  const why = explainOwnRevocation(revoked);
  return { ...attached, result: refuseSignature(signer, 'revoked-here', why) };
}
