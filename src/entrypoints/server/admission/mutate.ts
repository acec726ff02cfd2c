import { formatImageReference, parseImageReference } from '../../../core/image-reference.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { ImageUse } from '../../../phases/deploy/index.ts';
import { parseReview, type ReviewRequest } from './admission-review.ts';
import { type AdmissionDesk, decideWithinDeadline } from './admit.ts';

/** One operation of RFC 6902. */
interface PatchOperation {
  readonly op: 'replace';
  readonly path: string;
  readonly value: string;
}

/**
 * Answers one AdmissionReview of a mutating webhook: each tag gets the digest that it leads to
 * now, so that the validating webhook, every node and every restart mean the same image.
 * It refuses nothing: what cannot be resolved stays as it is, and the validating webhook decides
 * about it. An object that was changed already is changed no more.
 */
export async function answerMutation(
  body: Uint8Array,
  timeoutMs: number,
  desk: AdmissionDesk,
  source = '',
): Promise<string> {
  const review = parseReview(body);
  const patch = review.ok ? await buildPatch(review.value, timeoutMs, desk, source) : [];
  return formatMutation(review.uid, patch);
}

async function buildPatch(
  request: ReviewRequest,
  timeoutMs: number,
  desk: AdmissionDesk,
  source: string,
): Promise<readonly PatchOperation[]> {
  const open = request.images.filter(({ image }) => isOpen(image));
  const images = [...new Set(open.map(({ image }) => image))];
  if (images.length === 0 || images.length > LIMITS.admissionImagesMax) return [];
  const { kind, name, namespace, operation, user } = request;
  // The decision is made here and recorded by the validating webhook, which gets it from memory.
  const asked = { kind, name, namespace, operation, user, dryRun: true };
  const workload = { cluster: desk.cluster, ...asked, source };
  const quiet = { ...desk, report: () => undefined };
  const verdicts = await decideWithinDeadline(
    images.map((image) => ({ image, workload })),
    timeoutMs,
    quiet,
  );
  const resolved = new Map(verdicts.map((one) => [one.image, one.resolved]));
  return open.flatMap((use) => {
    const value = toPinned(use.image, resolved.get(use.image) ?? '');
    const path = toPointer(use);
    return value === null || path === null ? [] : [{ op: 'replace', path, value }];
  });
}

/** Whether it names no digest yet. */
function isOpen(image: string): boolean {
  const parsed = parseImageReference(image);
  // mutant image-is-pinned-twice by mutate: value -> parsed.ok
  return parsed.ok && parsed.value.digest === null;
}

/** The same reference with the digest; null if that is not what was resolved. */
function toPinned(image: string, resolved: string): string | null {
  const [asked, found] = [parseImageReference(image), parseImageReference(resolved)];
  if (!asked.ok || !found.ok || found.value.digest === null) return null;
  const pinned = formatImageReference({ ...asked.value, digest: found.value.digest });
  const same =
    asked.value.registry === found.value.registry &&
    asked.value.repository === found.value.repository;
  // mutant image-of-another-repository by mutate: value -> pinned
  return same ? pinned : null;
}

/** Where the text of an image is, as RFC 6901; null in an object whose form is not known. */
function toPointer({ at }: ImageUse): string | null {
  const isKnown = /^(?:spec|template)(?:\.[A-Za-z]{1,40}(?:\[\d{1,6}\])?){0,12}$/.test(at);
  if (!isKnown) return null;
  const path = at.replaceAll('[', '.').replaceAll(']', '').split('.').join('/');
  return /\bvolumes\[\d+\]\.image$/.test(at) ? `/${path}/reference` : `/${path}/image`;
}

/** With a patch and its type, or with neither (admission.k8s.io/v1). */
function formatMutation(uid: string, patch: readonly PatchOperation[]): string {
  const changes =
    patch.length === 0
      ? {}
      : {
          patchType: 'JSONPatch',
          patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
          auditAnnotations: {
            pinned: patch
              .map(({ value }) => value)
              .join(', ')
              .slice(0, 4_096)
              .toWellFormed(),
          },
        };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, ...changes },
  });
}
