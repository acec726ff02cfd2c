/**
 * The purpose for which a chain is checked; `sigstore` is signing of code by a certificate whose
 * only name is an alternative one (RFC 5280 §4.2.1.6), `commit` is a person's certificate for mail
 * or code (RFC 8550), `machine` that of a server: the cloud signs documents of its machines by it.
 */
export type ChainPurpose = 'code-signing' | 'timestamping' | 'sigstore' | 'commit' | 'machine';

/** Why a chain is refused: stable codes. */
export type ChainFlaw =
  | 'certificate-malformed'
  | 'chain-length'
  | 'chain-incomplete'
  | 'chain-order'
  | 'link-signature'
  | 'key-identifier'
  | 'not-a-ca'
  | 'path-length'
  | 'key-usage'
  | 'extended-key-usage'
  | 'critical-extension'
  | 'name-constraints'
  | 'certificate-policy'
  | 'weak-digest'
  | 'weak-key'
  | 'certificate-not-yet-valid'
  | 'certificate-expired';

/** A refused chain, and why. */
export interface ChainRefusal {
  readonly ok: false;
  readonly flaw: ChainFlaw;
  readonly message: string;
}

export function refuseChain(flaw: ChainFlaw, message: string): ChainRefusal {
  return { ok: false, flaw, message };
}

/** The first refusal of several checks, which run in order and stop there. */
export function findRefusal(checks: readonly (() => ChainRefusal | null)[]): ChainRefusal | null {
  for (const check of checks) {
    const found = check();
    if (found !== null) return found;
  }
  return null;
}
