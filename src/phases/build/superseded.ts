import {
  type ArtifactTarget,
  type CallOptions,
  pullManifest,
} from '../../capabilities/registry/index.ts';
import { describeSigner } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import { ok, type Result } from '../../core/result.ts';
import type { AttachedDocument, ImageEvidence } from '../../gates/image-evidence/index.ts';
import { MADE_BY } from './stage.ts';

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
function listSuperseded(
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
 * Removes what `made` replaces, with the signatures on it, once that is attached. A list behind a
 * tag is left as it is: without a condition, writing it could lose what others add. A registry that
 * removes nothing is no failure.
 */
export async function replaceOlder(
  target: ArtifactTarget,
  repository: string,
  before: ImageEvidence,
  made: readonly AttachedDocument[],
  options: CallOptions,
): Promise<Replacement> {
  const superseded = listSuperseded(before, made);
  const [first] = superseded;
  if (first === undefined) return NOTHING_REPLACED;
  const list = await target.referrers(repository, first.about, null, options);
  const keep = (why: Failure | null, removed = 0): Replacement => ({
    ...{ removed, kept: superseded.length - removed, why },
  });
  if (!list.ok) return keep(list.failure);
  // mutant list-behind-a-tag-is-changed by rescan: condition -> false
  if (list.value.via === 'fallback-tag') return keep(null);
  for (const [removed, document] of superseded.entries()) {
    const gone = await removeDocument(target, repository, document, options);
    if (!gone.ok) return keep(gone.failure, removed);
  }
  return { removed: superseded.length, kept: 0, why: null };
}

const NOTHING_REPLACED: Replacement = { removed: 0, kept: 0, why: null };

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

/**
 * Removes the signatures of an image that an earlier release made, where the new one by the same
 * certificate is in their place. Those of other commands stay: they may say more, such as metadata
 * of the user or an expiry.
 */
export async function replaceSignatures(
  target: ArtifactTarget,
  repository: string,
  before: ImageEvidence['signatures'],
  made: ImageEvidence['signatures'],
  options: CallOptions,
): Promise<number> {
  const fresh = new Set(made.items.map(({ manifest }) => manifest));
  const certificates = new Set(made.items.flatMap((one) => readThumbprint(one) ?? []));
  let removed = 0;
  for (const old of before.items) {
    const thumbprint = readThumbprint(old);
    if (fresh.has(old.manifest) || thumbprint === null || !certificates.has(thumbprint)) continue;
    const pulled = await pullManifest(target, repository, old.manifest, options);
    // mutant signature-of-a-user-is-replaced by release-twice: condition -> !pulled.ok
    if (!pulled.ok || pulled.value.manifest.annotations[MADE_BY] !== 'signature') continue;
    const gone = await target.deleteManifest(repository, old.manifest, options);
    if (!gone.ok) return removed;
    removed += 1;
  }
  return removed;
}

function readThumbprint({ result }: AttachedSignature): string | null {
  return result.kind === 'trusted' ? describeSigner(result.signer).thumbprint : null;
}

type AttachedSignature = ImageEvidence['signatures']['items'][number];
