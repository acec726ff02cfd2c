import type { JsonObject } from '../../../core/json.ts';
import { fail, failed, ok, type Result } from '../../../core/result.ts';
import { readSignerKey } from '../keys/signer-key.ts';
import { askTimestamp } from '../timestamps/request-timestamp.ts';
import type { SigstoreBundle } from './bundle.ts';
import { buildProposal, readEntryAnswer, type SignedPiece } from './log-proposal.ts';
import type { BundleTerms, TransparencyLog, VouchingServices } from './signing-port.ts';
import { verifyBundle } from './verify-bundle.ts';

/** What others say of a signature. */
export interface Vouchers {
  /** TransparencyLogEntry, in JSON. */
  readonly entries: readonly JsonObject[];
  /** TimeStampResp, DER. */
  readonly timestamps: readonly Uint8Array[];
}

/** Timestamps first: what is in a log stays there, so it is asked when all else has succeeded. */
export async function gatherVouchers(
  piece: SignedPiece,
  { logs, timestampAuthorities, makeNonce }: VouchingServices,
): Promise<Result<Vouchers>> {
  const timestamps: Uint8Array[] = [];
  for (const authority of timestampAuthorities) {
    const asked = await askTimestamp(piece.signature, { authority, nonce: makeNonce() });
    if (!asked.ok) return asked;
    timestamps.push(asked.value.response);
  }
  const entries: JsonObject[] = [];
  for (const log of logs) {
    const entry = await appendEntry(log, piece);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  return ok({ entries, timestamps });
}

async function appendEntry(log: TransparencyLog, piece: SignedPiece): Promise<Result<JsonObject>> {
  const answer = await log.append(buildProposal(log.version, piece));
  return answer.ok ? readEntryAnswer(log.version, answer.value) : answer;
}

/**
 * Verifies what was made as a reader with the trusted root will: what such a reader refuses is
 * attached to nothing.
 */
export function checkMade(
  bundle: SigstoreBundle,
  artifact: Uint8Array | null,
  { key, signer, services }: BundleTerms,
): Result<true> {
  if (services === null) return ok(true);
  const { root, now, logs } = services;
  const publicKey = readSignerKey(key);
  if (!publicKey.ok) return publicKey;
  const result = verifyBundle({
    bundle,
    format: 'sigstore-bundle',
    artifact,
    checkContent: () => [],
    trust: {
      roots: new Map([['own', ok(root)]]),
      keys: signer === 'key' ? [publicKey.value] : [],
    },
    now: now(),
  });
  if (result.kind === 'undetermined') return failed(result.cause);
  // mutant made-bundle-that-nobody-verifies by sign-keyless: condition -> false
  if (result.kind === 'untrusted') return refuse(result.reasons[0].message);
  const { trustedRoots, unproven } = result.signer;
  // mutant entry-of-a-key-that-nobody-verifies by sign-keyless: condition -> false
  if (logs.length > 0 && trustedRoots.length === 0)
    return refuse(unproven ?? 'its log is not of the trusted root');
  return ok(true);
}

function refuse(why: string): Result<never> {
  return fail(
    'SIGNING_SERVICE_UNUSABLE',
    `what the services of sigstore gave is not used: ${why}`,
    'Check that the trusted root belongs to these services.',
  );
}
