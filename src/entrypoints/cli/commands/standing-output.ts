import {
  describeSigner,
  readSigningTime,
  type SignatureResult,
} from '../../../capabilities/signing/index.ts';
import { type AnswerInstant, formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import type { Standing } from '../../../gates/image-evidence/index.ts';
import { type Block, paint, type Span, showLine } from '../report/block.ts';
import type { ExitCode } from '../report/report.ts';

/** One piece of evidence, as `waybill verify` shows it. */
export interface EvidenceLine {
  readonly standing: Standing['kind'];
  readonly identity: string | null;
  /** The signing time that the signer states. */
  readonly signedAt: AnswerInstant | null;
  /** The first reason why it does not count. */
  readonly reason: string | null;
  /** What the trust policy asks for and this version does not check. It is always reported. */
  readonly unchecked: readonly string[];
}

export function toLine(standing: Standing, results: readonly SignatureResult[]): EvidenceLine {
  const signer = standing.kind === 'undetermined' ? null : standing.signer;
  const signedAt = signer === null ? null : readSigningTime(signer);
  return {
    standing: standing.kind,
    identity: signer === null ? null : describeSigner(signer).identity,
    signedAt: signedAt === null ? null : formatAnswerInstant(signedAt),
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

/** `FILE: counts`, with the reason where it does not. */
export function formatStanding(
  what: string,
  { standing, reason }: Pick<EvidenceLine, 'standing' | 'reason'>,
): readonly Span[] {
  return [`${what}: `, paintStanding(standing), reason === null ? '' : `: ${reason}`];
}

function paintStanding(standing: Standing['kind']): Span {
  return paint(COLOURS[standing], standing);
}

/** `counts signature by CN=… (where)`, with details on the lines below. */
export function showEvidence(label: string, where: string, line: EvidenceLine): readonly Block[] {
  const { standing, identity, signedAt, reason, unchecked } = line;
  const at = signedAt === null ? '' : `, signed ${shortenInstant(signedAt)}`;
  const by = identity === null ? '' : ` by ${identity}${at}`;
  return [
    showLine('  ', paintStanding(standing), ` ${label}${by} (${where})`),
    ...(reason === null ? [] : [showLine(`    ${reason}`)]),
    ...(unchecked.length === 0 ? [] : [showLine(`    not checked: ${unchecked.join(', ')}`)]),
  ];
}
