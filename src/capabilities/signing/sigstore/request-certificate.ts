import type { KeyObject } from 'node:crypto';
import { Name } from '@peculiar/asn1-x509';
import type { Instant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, type Result } from '../../../core/result.ts';
import { readPem, writePem } from '../../../formats/der/pem.ts';
import type { SigningKey } from '../keys/port.ts';
import { createSigningKey } from '../keys/signing-key.ts';
import { buildRequest } from '../x509/certificate-build.ts';
import { checkLeafChain, readLeaf } from './certificate-chain.ts';
import type { IdentityToken } from './identity-token.ts';
import type { CertificateAuthority } from './signing-port.ts';
import type { TrustedRoot } from './trusted-root.ts';

export interface CertificateTerms {
  /** On P-256, made for this; it is kept nowhere. */
  readonly privateKey: KeyObject;
  readonly root: TrustedRoot;
  readonly now: () => Instant;
}

/**
 * A key that lives only in the memory of this process, with a certificate that an authority of the
 * trusted root made for the bearer of the token (Fulcio v2: `signingCert`, with a request of
 * PKCS#10 as the proof of possession). The certificate is verified as a reader will: its chain, its
 * time, and the promise of a log of certificates where the root has such logs (SCT).
 */
export async function requestCertificate(
  authority: CertificateAuthority,
  token: IdentityToken,
  { privateKey, root, now }: CertificateTerms,
): Promise<Result<SigningKey>> {
  const request = writePem('CERTIFICATE REQUEST', buildRequest(new Name(), privateKey));
  const answer = await authority.issue({
    credentials: { oidcIdentityToken: token.text },
    certificateSigningRequest: Buffer.from(request).toString('base64'),
  });
  if (!answer.ok) return answer;
  const ders = readChain(answer.value);
  const [leaf, ...others] = ders ?? [];
  if (leaf === undefined) return refuse(authority, 'its answer holds no chain of certificates');
  const key = createSigningKey(privateKey, [leaf]);
  // mutant certificate-for-another-key by sign-keyless: remove
  if (!key.ok) return refuse(authority, key.failure.message);
  const certificates = readLeaf(leaf, []);
  if (!certificates.ok) return refuse(authority, certificates.reason.message);
  const chain = checkLeafChain({ ...certificates.value, others: [] }, root, [now()]);
  // mutant certificate-of-a-stranger by sign-keyless: condition -> false
  if (!chain.ok) return refuse(authority, chain.reason.message);
  const issued = createSigningKey(privateKey, [leaf, ...others]);
  return issued.ok ? issued : refuse(authority, issued.failure.message);
}

/**
 * `signedCertificateEmbeddedSct`, or `signedCertificateDetachedSct`, which an authority without a
 * log of certificates answers; a bundle cannot hold the promise of the second.
 */
function readChain(answer: JsonObject): readonly Uint8Array[] | null {
  const held = answer['signedCertificateEmbeddedSct'] ?? answer['signedCertificateDetachedSct'];
  const list = takeObject(takeObject(held)['chain'])['certificates'];
  if (!Array.isArray(list) || list.length > LIMITS.chainCertificatesMax) return null;
  const ders: Uint8Array[] = [];
  for (const pem of list as readonly JsonValue[]) {
    const [block, ...more] = typeof pem === 'string' ? (readPem(pem) ?? []) : [];
    if (block?.label !== 'CERTIFICATE' || more.length > 0) return null;
    ders.push(block.bytes);
  }
  return ders;
}

function takeObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function refuse({ name }: CertificateAuthority, why: string): Result<never> {
  return fail(
    'SIGNING_SERVICE_UNUSABLE',
    `the certificate of ${name} is not used, and nothing was signed: ${why}`,
    'Check that the trusted root belongs to this authority, and the clock of this machine.',
  );
}
