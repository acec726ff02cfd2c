import {
  type CertificateRevocation,
  describeSigner,
  readSigningTime,
  type SignatureResult,
} from '../../../capabilities/signing/index.ts';
import { type AnswerInstant, formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import { toOneLine } from '../../../core/one-line.ts';
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
  /** What was found out about the revocation of each certificate, from where and when. */
  readonly revocation: readonly RevocationLine[];
}

/** One certificate of a chain, and what a revocation service says about it. */
export interface RevocationLine {
  readonly subject: string;
  readonly state: CertificateRevocation['state'];
  readonly by: 'ocsp' | 'crl' | null;
  /** The address of the service, or `stapled`. */
  readonly from: string | null;
  readonly askedAt: AnswerInstant | null;
  readonly validUntil: AnswerInstant | null;
  readonly revokedAt: AnswerInstant | null;
  readonly reason: string | null;
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
    revocation: results.flatMap((result) => (result.revocation ?? []).map(toRevocationLine)),
  };
}

function toRevocationLine(found: CertificateRevocation): RevocationLine {
  const { subject, state, source, revocation, cause } = found;
  return {
    subject,
    state,
    by: source?.kind ?? null,
    from: source?.from ?? null,
    askedAt: source === null ? null : formatAnswerInstant(source.askedAt),
    validUntil: source === null ? null : formatAnswerInstant(source.validUntil),
    revokedAt: revocation === null ? null : formatAnswerInstant(revocation.at),
    reason: revocation?.reason ?? cause?.message ?? null,
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
  const { standing, identity, signedAt, reason, unchecked, revocation } = line;
  const at = signedAt === null ? '' : `, signed ${shortenInstant(signedAt)}`;
  const by = identity === null ? '' : ` by ${identity}${at}`;
  return [
    ...showStanding({ standing, reason }, `${label}${by} (${where})`),
    ...(unchecked.length === 0 ? [] : [showLine(`    not checked: ${unchecked.join(', ')}`)]),
    ...revocation.flatMap(showRevocation),
  ];
}

/** `counts WHAT`, with the reason on the line below. */
export function showStanding(
  { standing, reason }: Pick<EvidenceLine, 'standing' | 'reason'>,
  what: string,
): readonly Block[] {
  return [
    showLine('  ', paintStanding(standing), ` ${what}`),
    ...(reason === null ? [] : [showLine(`    ${reason}`)]),
  ];
}

/** `revocation: good, CN=… (crl http://…, asked …, until …)`; a root has nothing to show. */
function showRevocation(line: RevocationLine): readonly Block[] {
  const { subject, state, by, from, askedAt, validUntil } = line;
  if (state === 'not-revocable') return [];
  const times =
    askedAt === null || validUntil === null
      ? ''
      : ` (${by} ${from}, asked ${shortenInstant(askedAt)}, until ${shortenInstant(validUntil)})`;
  const at = line.revokedAt === null ? '' : ` at ${shortenInstant(line.revokedAt)}`;
  return [showLine(toOneLine(`    revocation: ${state}${at}, ${subject}${times}`, 1_000))];
}
