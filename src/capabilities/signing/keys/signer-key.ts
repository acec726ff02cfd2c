import type { KeyObject } from 'node:crypto';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseCertificate } from '../x509/certificate.ts';
import type { SigningKey } from './port.ts';

/** The public key by which signatures of this key are verified. */
export function readSignerKey({ chain, bareKey }: SigningKey): Result<KeyObject> {
  if (bareKey !== undefined) return ok(bareKey);
  const [leaf] = chain;
  if (leaf === undefined)
    return fail('KEY_UNUSABLE', 'the signing key has no certificate', 'Give its chain.');
  const certificate = parseCertificate(leaf);
  return certificate.ok ? ok(certificate.value.publicKey) : certificate;
}
