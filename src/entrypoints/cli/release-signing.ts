import { generateKeyPairSync, sign } from 'node:crypto';
import type { SigningKey } from '../../capabilities/signing/index.ts';
import { orThrow } from '../../core/result.ts';
import type { ReleaseRequest } from '../../phases/build/index.ts';
import { openSigningKey } from '../compose/key-stores.ts';
import type { Config } from '../config/config.ts';
import type { ReleaseCall } from './options/release.ts';
import type { ReleaseTerms } from './release-terms.ts';
import { openVouching } from './vouching.ts';

/** Who signs a release. */
export interface ReleaseSigning {
  readonly request: Pick<ReleaseRequest, 'key' | 'bundle'>;
  /** For people: the name of the key, or whom the certificate names. */
  readonly signer: string;
  /** Whether it can sign without telling anybody. */
  readonly signs: boolean;
}

/**
 * The key, or a certificate for the job. A dry run asks for no certificate, because authority and
 * log would publish it.
 */
export async function openReleaseSigning(
  call: ReleaseCall,
  config: Config,
  { signer }: ReleaseTerms,
): Promise<ReleaseSigning> {
  if (signer.kind === 'key') {
    const key = orThrow(await openSigningKey(config, signer.key, call.io.env));
    return { request: { key }, signer: `key ${signer.key}`, signs: true };
  }
  // mutant dry-run-asks-for-a-certificate by release-in-a-job: condition -> false
  if (call.options.dryRun)
    return { request: { key: makeKeyOfNobody() }, signer: 'the identity of the job', signs: false };
  const options = { ...call.options, keyless: true };
  const { terms, identity } = await openVouching({ ...call, options }, config, null);
  const named = identity === null ? '' : `${identity.identity} (${identity.issuer})`;
  return { request: { key: terms.key, bundle: terms }, signer: named, signs: true };
}

/** Fills the envelopes of documents that nobody gets to see. */
function makeKeyOfNobody(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ...{ algorithm: 'ES256', chain: [], bareKey: publicKey },
    sign: async (data) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}
