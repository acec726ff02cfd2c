import { accept, type CheckResult, reject } from '../reason.ts';
import { verifyBytes } from '../x509/algorithm.ts';
import { checkPath, type ValidatedChain } from '../x509/chain.ts';
import type { NotaryEnvelope } from './envelope.ts';

/** The leaf made the signature with its own algorithm, and the chain is valid. */
export function checkIntegrity(
  envelope: NotaryEnvelope,
  thumbprints: readonly string[] | null,
): CheckResult<ValidatedChain> {
  const path = checkPath(envelope.chain, 'code-signing');
  if (!path.ok) return reject(path.flaw, path.message);
  const [leaf] = path.chain.certificates;
  // mutant algorithm-of-another-key by verify: condition -> false
  if (leaf.algorithm !== envelope.algorithm) {
    return reject(
      'algorithm-mismatch',
      `alg is ${envelope.algorithm} and the key is for ${leaf.algorithm} (N15)`,
    );
  }
  // mutant signature-bytes by verify also by demo: condition -> false
  if (
    !verifyBytes(envelope.algorithm, leaf.publicKey, envelope.signed, envelope.signature, 'jose')
  ) {
    return reject('signature-mismatch', `the signature is not by the key of ${leaf.subjectText}`);
  }
  const actual = path.chain.certificates.map((certificate) => certificate.thumbprint);
  const named = thumbprints ?? actual;
  // mutant thumbprints-of-another-chain by verify: remove
  if (
    named.length !== actual.length ||
    named.some((thumbprint, index) => thumbprint !== actual[index])
  ) {
    return reject(
      'thumbprint-mismatch',
      'the thumbprints in the manifest are not those of the chain (N5)',
    );
  }
  return accept(path.chain);
}
