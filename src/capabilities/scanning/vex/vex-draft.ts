import { type Digest, readAlgorithm } from '../../../core/digest.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { VexStatement } from './vex-statement.ts';

/** OpenVEX 0.2.0 "Status Justifications", which are the labels of a flag of CSAF 2.0 §3.2.3.5. */
export const VEX_JUSTIFICATIONS = [
  ...(['component_not_present', 'vulnerable_code_not_present'] as const),
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;
export type VexJustification = (typeof VEX_JUSTIFICATIONS)[number];

export const VEX_STATUSES = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;

/** One statement that somebody is about to make. */
export interface VexDraft {
  /** Of the vulnerability. */
  readonly names: readonly [string, ...string[]];
  readonly status: VexStatement['status'];
  readonly justification: VexJustification | null;
  /** Why it does not affect the products, in words. */
  readonly impact: string | null;
  /** What users of affected products are to do. */
  readonly action: string | null;
  /** The image that it is about, by digest and as `pkg:oci/…`; null: the components, wherever. */
  readonly image: { readonly digest: Digest; readonly purl: string } | null;
  /** Package URLs: within the image, or alone. Empty: the image as a whole. */
  readonly components: readonly string[];
  readonly author: string;
  /** The address of the author, which CSAF requires. */
  readonly namespace: string | null;
  readonly at: Instant;
}

/**
 * What every form requires of a statement (OpenVEX 0.2.0 "Status Labels", CSAF 2.0 §4.5): a reason
 * for `not_affected`, something to do for `affected`, and products.
 */
export function checkVexDraft(draft: VexDraft): Result<VexDraft> {
  const { status, justification, impact, action, image, components } = draft;
  const reason = justification ?? impact;
  // mutant vex-written-without-a-reason by write-vex: condition -> false
  if (status === 'not_affected' && reason === null)
    return refuse('not_affected needs a reason', 'Add --justification LABEL or --impact TEXT.');
  if (status !== 'not_affected' && reason !== null)
    return refuse(`${status} has no reason`, 'Leave --justification and --impact out.');
  if (status === 'affected' && action === null)
    return refuse('affected needs something to do', 'Add --action TEXT: what its users do now.');
  if (status !== 'affected' && action !== null)
    return refuse(`${status} needs nothing to do`, 'Leave --action out.');
  if (image === null && components.length === 0)
    return refuse('it is about nothing', 'Name an image, or --component PURL.');
  // mutant vex-of-an-image-by-another-digest by write-vex: condition -> false
  if (image !== null && readAlgorithm(image.digest) !== 'sha256')
    return refuse('no form names an image but by SHA-256', 'Name it by its sha256 digest.');
  return ok(draft);
}

/** The time of a statement: what is written is what is read. */
export function formatVexTime({ at }: VexDraft): string {
  return formatInstant(at);
}

function refuse(why: string, remedy: string): Result<never> {
  return fail('USAGE', `the VEX statement cannot be made: ${why}`, remedy);
}
