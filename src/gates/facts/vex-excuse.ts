import { type VexClaim, VexClaims, type VexSource } from '../../capabilities/scanning/index.ts';
import { describeSigner } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { formatRepository } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { TrustMaterial } from '../image-evidence/gather-context.ts';
import type { AttachedDocument, ImageEvidence } from '../image-evidence/image-evidence.ts';
import { judgeStanding } from '../image-evidence/standing.ts';
import type { Excuse } from './member-facts.ts';

/**
 * The VEX statements of an image by signers who are trusted for VEX about this repository: the one
 * rule for gates and scans. Another signer's statement is left out. If a document of such a signer
 * could not be read, or the list of documents is not whole, there is none: the missing one might
 * take the statement back.
 */
export function listVexClaims(
  evidence: ImageEvidence,
  trust: TrustMaterial,
  now: Instant,
): readonly VexClaim<VexSource>[] {
  // mutant vex-with-a-missing-document by vex-at-the-gate: condition -> false
  if (!isVexWhole(evidence, trust, now)) return [];
  return evidence.documents.items.flatMap(({ about, content, standing, manifest }) => {
    // mutant vex-by-anybody by vex-at-the-gate: condition -> content.kind !== 'vex'
    if (content.kind !== 'vex' || standing.kind !== 'counts') return [];
    const { identity } = describeSigner(standing.signer);
    const source: VexSource = { by: identity, document: manifest.digest };
    return content.statements.map((statement) => ({ statement, about, source }));
  });
}

/** Whether all VEX that signers who are trusted for it attached was read. */
export function isVexWhole(
  { documents, reference }: ImageEvidence,
  trust: TrustMaterial,
  now: Instant,
): boolean {
  const place = { repository: formatRepository(reference), trust, now };
  return documents.missing === null && !documents.items.some((found) => isLostVex(found, place));
}

/** Gives a finding the status `not_affected` where a VEX statement says so, as of `now`. */
export function createExcuse(evidence: ImageEvidence, trust: TrustMaterial, now: Instant): Excuse {
  const { subject } = evidence;
  const claims = new VexClaims(listVexClaims(evidence, trust, now));
  if (claims.isEmpty) return (finding) => finding;
  return (finding, member) => {
    const { id, aliases, component } = finding;
    const indexes: readonly Digest[] = member === subject.digest ? [] : [subject.digest];
    const target = { purl: component, image: member, indexes, members: [] };
    const excused = claims.findExcuse([id, ...aliases], target, now);
    return excused === null ? finding : { ...finding, status: 'not_affected' };
  };
}

function isLostVex(
  { kind, content, signatures }: AttachedDocument,
  place: {
    readonly repository: string;
    readonly trust: TrustMaterial;
    readonly now: Instant;
  },
): boolean {
  return (
    content.kind === 'unreadable' &&
    (kind === 'vex' || kind === 'other') &&
    judgeStanding(place, 'vex', signatures, null).kind === 'counts'
  );
}
