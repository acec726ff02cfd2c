import type { ArtifactTarget, CallOptions } from '../../capabilities/registry/index.ts';
import { describeSigner } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import { ok, type Result } from '../../core/result.ts';
import type { AttachedDocument, ImageEvidence } from '../../gates/image-evidence/index.ts';

/** What became of documents that newer ones replace. */
export interface Replacement {
  readonly removed: number;
  /** Documents that stay where they were; the gates use the newest one. */
  readonly kept: number;
  /** Why they stay; null where none does. */
  readonly why: Failure | null;
}

/**
 * Of the documents that were there before, those that a document of `made` replaces: of the same
 * kind, about the same platform image, by the same signer, made by Waybill as well and not newer.
 * What others attached, and what somebody attaches meanwhile, is never among them.
 */
export function listSuperseded(
  before: ImageEvidence,
  made: readonly AttachedDocument[],
): readonly AttachedDocument[] {
  return before.documents.items.filter((old) =>
    made.some((fresh) => fresh.manifest.digest !== old.manifest.digest && replaces(fresh, old)),
  );
}

function replaces(fresh: AttachedDocument, old: AttachedDocument): boolean {
  if (fresh.kind !== old.kind || fresh.about !== old.about) return false;
  // mutant scan-of-another-signer-is-replaced by rescan: condition -> false
  if (readSigner(fresh) === null || readSigner(fresh) !== readSigner(old)) return false;
  // Only Waybill states the outcome in the manifest.
  if (fresh.outcome === null || old.outcome === null) return false;
  const [since, until] = [old.createdAt, fresh.createdAt];
  return since === null || (until !== null && since <= until);
}

function readSigner({ standing }: AttachedDocument): string | null {
  return standing.kind === 'counts' ? describeSigner(standing.signer).identity : null;
}

/**
 * Removes documents, and the signatures on them, once newer ones are in their place. A list behind
 * a tag is left as it is: without a condition, writing it could lose what others add. A registry
 * that removes nothing is no failure.
 */
export async function removeSuperseded(
  target: ArtifactTarget,
  repository: string,
  superseded: readonly AttachedDocument[],
  options: CallOptions,
): Promise<Replacement> {
  let removed = 0;
  for (const document of superseded) {
    const gone = await removeDocument(target, repository, document, options);
    if (!gone.ok) return { removed, kept: superseded.length - removed, why: gone.failure };
    removed += 1;
  }
  return { removed, kept: 0, why: null };
}

/** The document first: a signature of nothing is harmless, and an unsigned scan is heard. */
async function removeDocument(
  target: ArtifactTarget,
  repository: string,
  document: AttachedDocument,
  options: CallOptions,
): Promise<Result<null>> {
  const digests: readonly Digest[] = [
    document.manifest.digest,
    ...listOwnSignatures(document).map(({ manifest }) => manifest),
  ];
  for (const digest of digests) {
    const gone = await target.deleteManifest(repository, digest, options);
    if (!gone.ok) return gone;
  }
  return ok(null);
}

/** What a registry lists as a signature may be anything until it is verified. */
function listOwnSignatures(document: AttachedDocument): AttachedDocument['signatures'] {
  // mutant unverified-signature-is-removed by rescan: value -> document.signatures
  return document.signatures.filter(
    ({ result }) =>
      result.kind === 'trusted' && describeSigner(result.signer).identity === readSigner(document),
  );
}
