import type { KeyObject } from 'node:crypto';
import type { TrustDocument } from './trust-rule.ts';

/** The names of the trusted roots in a document, each once. */
export function listTrustedRoots({ rules }: TrustDocument): readonly string[] {
  const roots = rules.flatMap(({ signers }) =>
    signers.flatMap((one) =>
      'trustedRoot' in one && one.trustedRoot !== null ? [one.trustedRoot] : [],
    ),
  );
  return [...new Set(roots)];
}

/** The public keys in a document, each once. */
export function listTrustedKeys({ rules }: TrustDocument): readonly KeyObject[] {
  const keys = new Map<string, KeyObject>();
  for (const { signers } of rules)
    for (const one of signers) if (one.kind === 'sigstore-key') keys.set(one.thumbprint, one.key);
  return [...keys.values()];
}
