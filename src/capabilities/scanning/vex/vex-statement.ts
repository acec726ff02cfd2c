import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';

/** One statement of a VEX document that excludes something, or includes it again. */
export interface VexStatement {
  /** The vulnerability and its aliases, as they are written. */
  readonly names: readonly string[];
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  readonly justification: string | null;
  /**
   * What it is about: images by digest, or packages by purl. A product with subcomponents means
   * these subcomponents within it. Null: everything in the image that the document is about; only a
   * statement that includes something may be that wide.
   */
  readonly products: readonly VexProduct[] | null;
  /** Milliseconds; the later statement counts (OpenVEX 0.2.0, "Updating statements"). */
  readonly at: number;
  readonly origin: VexOrigin;
}

export interface VexProduct {
  readonly purl: string | null;
  /** All of them name the product: an image and, for example, the index that it is in. */
  readonly digests: readonly Digest[];
  /** Purls; empty: the product as a whole. */
  readonly subcomponents: readonly string[];
}

/** The document of a statement, as it calls itself. Nothing here was verified. */
export interface VexOrigin {
  readonly format: 'openvex' | 'csaf' | 'cyclonedx';
  readonly id: string | null;
  readonly author: string | null;
}

/** What a statement takes from the in-toto statement around its document. */
export interface VexSurroundings {
  readonly subjects: readonly VexProduct[];
}

/** Whether a statement takes a finding away. */
export function excludes({ status }: Pick<VexStatement, 'status'>): boolean {
  return status === 'not_affected' || status === 'fixed';
}

/**
 * A product that cannot be understood (null) makes a statement that excludes narrower, and one that
 * includes wider: neither may hide a finding.
 */
export function limitProducts(
  status: VexStatement['status'],
  read: readonly (VexProduct | null)[],
): readonly VexProduct[] | null {
  const understood = read.filter((product) => product !== null);
  if (excludes({ status })) return understood;
  // mutant vex-unread-product-includes-little by read-csaf, read-cyclonedx-vex: value ->
  //   understood
  return understood.length === 0 || understood.length < read.length ? null : understood;
}

/** A document whose statements name more products than are compared. */
export function createSizeFailure(): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `the VEX document names over ${LIMITS.vexProductsMax} products in its statements`,
    'Split it, for example by vulnerability.',
  );
}
