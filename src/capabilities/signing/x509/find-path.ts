import { LIMITS } from '../../../core/limits.ts';
import type { Certificate } from './certificate.ts';
import { isSameBytes } from './chain-links.ts';

/**
 * A way by the names of issuers from `leaf` towards a root, through `known`, whose first ones are
 * preferred. Nothing in it is verified: `checkPath` does that.
 */
export function findPath(
  leaf: Certificate,
  known: readonly Certificate[],
): readonly [Certificate, ...Certificate[]] {
  const path: [Certificate, ...Certificate[]] = [leaf];
  for (let last = leaf; !isSameBytes(last.subjectDer, last.issuerDer); ) {
    const { issuerDer, thumbprint } = last;
    const next = known.find(
      (one) => isSameBytes(one.subjectDer, issuerDer) && one.thumbprint !== thumbprint,
    );
    if (next === undefined || path.length >= LIMITS.chainCertificatesMax) break;
    path.push(next);
    last = next;
  }
  return path;
}
