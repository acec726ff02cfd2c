import { createHash } from 'node:crypto';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { readDer, TAG } from '../../../formats/der/der.ts';
import { writePem } from '../../../formats/der/pem.ts';
import { writeDer } from '../../../formats/der/write.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import type { DetachedSignature } from '../cms/signed-data.ts';
import type { LogEntry, SigstoreBundle } from '../sigstore/bundle.ts';
import { readEntryMessage } from '../sigstore/entry-message.ts';
import { type SigstoreTrust, verifyBundle } from '../sigstore/verify-bundle.ts';
import { matchesSigstore, type TrustedSigstoreSigner } from '../trust/sigstore-signer.ts';
import type { Certificate } from '../x509/certificate.ts';
import { makeCommitReason } from './commit-reason.ts';
import {
  type CertificateSigner,
  type CommitStanding,
  distrust,
  type SignedObject,
} from './commit-signer.ts';

/** Whose identities may sign commits, and the roots that vouch for them. */
export interface GitsignTrust {
  readonly identities: readonly TrustedSigstoreSigner[];
  readonly trust: SigstoreTrust;
  readonly now: Instant;
}

const ENTRY = '1.3.6.1.4.1.57264.3.1';
const TIMESTAMP = '1.2.840.113549.1.9.16.2.14';

/**
 * Verifies a signature of gitsign, as it converts it to a bundle (docs/bundle-cms.md): the artifact
 * is the signed attributes, which have the digest of the object, and the entry of the log is beside
 * the signature without its body. Its time, its chain and its identity are those of any bundle; no
 * log is asked, so an entry that is not in it proves nothing here.
 */
export function verifyGitsign(
  object: SignedObject,
  signature: DetachedSignature,
  leaf: Certificate,
  { identities, trust, now }: GitsignTrust,
): CommitStanding {
  const bundle = buildBundle(signature, leaf);
  const signer: CertificateSigner = {
    ...{ format: 'x509', principal: null, fingerprint: leaf.thumbprint, addresses: [] },
  };
  if (typeof bundle === 'string')
    return distrust(makeCommitReason('signature-malformed', bundle), signer);
  const { signedAttributes: artifact } = signature;
  const format = 'sigstore-bundle' as const;
  const judged = verifyBundle({ bundle, format, artifact, checkContent: () => [], trust, now });
  if (judged.kind === 'undetermined') return judged;
  if (judged.kind === 'untrusted')
    return distrust(makeCommitReason('certificate', judged.reasons[0].message), signer);
  const { identity } = judged.signer;
  const addresses = /^[^@\s/]+@[^@\s/]+$/.test(identity) ? [identity] : [];
  const known = { ...signer, principal: identity, addresses };
  // mutant gitsign-by-any-identity by verify-gitsign: condition -> false
  if (!identities.some((one) => matchesSigstore(one, judged.signer)))
    return distrust(
      makeCommitReason('key-unknown', `no setting lets ${JSON.stringify(identity)} sign`),
      { ...known, principal: null },
    );
  const { author, committer } = object;
  return {
    kind: 'trusted',
    signer: known,
    authorMatches: addresses.includes(author.email),
    committerMatches: addresses.includes(committer.email),
  };
}

function buildBundle(
  { signature, signedAttributes, unsigned }: DetachedSignature,
  leaf: Certificate,
): SigstoreBundle | string {
  const stated = unsigned.get(ENTRY);
  const octets = stated === undefined ? null : readDer(stated);
  const entries: LogEntry[] = [];
  if (stated !== undefined) {
    const body = buildBody(signedAttributes, signature, leaf);
    const entry = octets?.tag === TAG.octetString ? readEntryMessage(octets.content, body) : null;
    if (entry === null) return 'its log entry cannot be read';
    entries.push(entry);
  }
  const token = unsigned.get(TIMESTAMP);
  return {
    version: '0.3',
    signer: { kind: 'certificate', leaf: leaf.der, others: [] },
    content: { kind: 'message', digest: null, signature },
    entries,
    timestamps: token === undefined ? [] : [wrapToken(token)],
  };
}

/** What gitsign leaves out: the canonical JSON of the record that the log has. */
function buildBody(signed: Uint8Array, signature: Uint8Array, leaf: Certificate): Uint8Array {
  const value = createHash('sha256').update(signed).digest('hex');
  const content = Buffer.from(writePem('CERTIFICATE', leaf.der)).toString('base64');
  const record = {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value } },
      signature: {
        content: Buffer.from(signature).toString('base64'),
        publicKey: { content },
      },
    },
  };
  return Buffer.from(canonicalizeJson(record));
}

/** A bundle has the whole answer of an authority (RFC 3161 §2.4.2): granted. */
function wrapToken(token: Uint8Array): Uint8Array {
  const granted = writeDer(TAG.sequence, writeDer(TAG.integer, Buffer.of(0)));
  return writeDer(TAG.sequence, granted, token);
}

/** Nobody's identity signs commits by default. */
export const NO_IDENTITIES = new Failure(
  'TRUST_INVALID',
  'it has a signature of gitsign, and no identity is named that may sign',
  'Name it: --commit-identity IDENTITY=ISSUER, or commitIdentities in the configuration.',
);
