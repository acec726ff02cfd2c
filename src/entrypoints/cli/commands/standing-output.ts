import {
  describeSigner,
  readSigningTime,
  type SignatureResult,
} from '../../../capabilities/signing/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import type { Standing } from '../../../gates/image-evidence/index.ts';
import type { Call, ExitCode } from '../command.ts';
import { makePrintable, paint } from '../io.ts';

/** One piece of evidence, as `waybill verify` tells of it. */
export interface EvidenceLine {
  readonly standing: Standing['kind'];
  readonly identity: string | null;
  /** When the signer says that it signed. */
  readonly signedAt: string | null;
  /** The first reason why it does not count. */
  readonly reason: string | null;
  /**
   * What the trust policy would have checked and this version does not: said, never passed over.
   */
  readonly unchecked: readonly string[];
}

export function toLine(standing: Standing, results: readonly SignatureResult[]): EvidenceLine {
  const signer = standing.kind === 'undetermined' ? null : standing.signer;
  const signedAt = signer === null ? null : readSigningTime(signer);
  return {
    standing: standing.kind,
    identity: signer === null ? null : describeSigner(signer).identity,
    signedAt: signedAt === null ? null : formatInstant(signedAt),
    reason: findReason(standing),
    unchecked: [
      ...new Set(results.flatMap((result) => (result.kind === 'trusted' ? result.unchecked : []))),
    ],
  };
}

export function findReason(standing: Standing): string | null {
  if (standing.kind === 'counts') return null;
  return standing.kind === 'undetermined' ? standing.cause.message : standing.why;
}

export function toExitCode(standing: Standing['kind']): ExitCode {
  return standing === 'counts' ? 0 : standing === 'undetermined' ? 3 : 1;
}

const COLOURS = { counts: 'green', 'does-not-count': 'red', undetermined: 'yellow' } as const;

export function formatStanding(call: Call, standing: Standing['kind']): string {
  return paint(call.io, COLOURS[standing], standing);
}

/** `counts signature by CN=… (where)`, with what there is to say below it. */
export function formatLine(call: Call, label: string, where: string, line: EvidenceLine): string {
  const { standing, identity, signedAt, reason, unchecked } = line;
  const at = signedAt === null ? '' : `, signed ${signedAt}`;
  const by = identity === null ? '' : ` by ${makePrintable(identity)}${at}`;
  const why = reason === null ? '' : `\n    ${makePrintable(reason)}`;
  const open = unchecked.length === 0 ? '' : `\n    not checked: ${unchecked.join(', ')}`;
  return (
    `  ${formatStanding(call, standing)} ${makePrintable(label)}${by} ` +
    `(${makePrintable(where)})${why}${open}`
  );
}
