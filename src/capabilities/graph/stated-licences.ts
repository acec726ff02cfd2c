import { LIMITS } from '../../core/limits.ts';
import type { Purl } from '../../core/purl.ts';

/** A component with the licences that an SBOM states of it. */
export interface StatedLicence {
  readonly purl: Purl;
  /** SPDX expressions or texts that all apply; empty: none is stated. */
  readonly licences: readonly string[];
}

/**
 * What an SBOM states about the licences of its components; null for a document that cannot be read
 * for it. The reader of SBOMs is loaded at the first use: no other question needs it.
 */
export async function readStatedLicences(
  bytes: Uint8Array,
): Promise<readonly StatedLicence[] | null> {
  // mutant licences-of-a-document-of-any-size by graph-sql/licenses: condition -> false
  if (bytes.length > LIMITS.whyDocumentBytesMax) return null;
  const { readSbom } = await import('../inventory/index.ts');
  const read = readSbom(bytes);
  if (!read.ok) return null;
  return read.value.inventory.components.map(({ purl, licenses: licences }) => ({
    purl,
    licences,
  }));
}
