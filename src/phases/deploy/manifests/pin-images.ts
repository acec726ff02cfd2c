import { readKubernetes, type Step } from '../../../capabilities/ecosystems/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { parseImageReference } from '../../../core/image-reference.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { applyEdits, type TextEdit } from '../../../formats/text/edits.ts';
import { readManifests } from './read-manifests.ts';

/** What a file of manifests becomes when its images are named by digest. */
export interface PinPlan {
  /** Every byte but the digests is as it was. */
  readonly after: Uint8Array;
  readonly steps: readonly Step[];
  /** Images that stay without a digest, and why. */
  readonly open: readonly Step[];
}

/** The digest that an image has now; a failure where that is not known. */
type DigestFinder = (image: string) => Promise<Result<Digest>>;

/**
 * Writes a digest behind each image of manifests or of a kustomization that has none. Comments,
 * order and quotes stay, and what has a digest stays as it is.
 */
export async function planPins(
  file: string,
  bytes: Uint8Array,
  findDigest: DigestFinder,
): Promise<Result<PinPlan>> {
  const images = readImages(file, bytes);
  if (!images.ok) return images;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const shift = text.startsWith('\ufeff') ? 1 : 0;
  const [edits, steps, whys]: [TextEdit[], Step[], Map<string, string>] = [[], [], new Map()];
  for (const { requested, span, place } of images.value.loose) {
    if (requested === null || span === null) continue;
    const digest = await findDigest(requested);
    if (!digest.ok) {
      whys.set(requested, digest.failure.message);
      continue;
    }
    const at = span.start + shift + span.text.length;
    edits.push({ start: at, end: at, text: `@${digest.value}` });
    const what = `${span.text} -> ${span.text}@${digest.value}`;
    steps.push({ place: `${file}:${place.line}`, what });
  }
  const after = Buffer.from(applyEdits(text, edits));
  // What is written is read again: an alias has its digest from its anchor.
  const left = readImages(file, after);
  if (!left.ok) return left;
  const open = left.value.loose.map(({ requested, why, name, place }) => ({
    place: `${file}:${place.line}`,
    what: `${name}: ${whys.get(requested ?? '') ?? why}`,
  }));
  const hidden = listLooseImages(file, after.toString('utf8'));
  if (!hidden.ok) return hidden;
  const named = new Set(left.value.loose.map(({ requested }) => requested));
  // mutant image-hidden-from-pin by pin-images: value -> []
  const more = hidden.value.filter(({ image }) => !named.has(image)).map(({ step }) => step);
  return ok({ after, steps, open: [...open, ...left.value.unread, ...more] });
}

/**
 * Images without a digest as a gate reads them: it also knows those whose key is an alias, and
 * refuses a document that has no end.
 */
function listLooseImages(file: string, text: string) {
  const objects = readManifests(file, text);
  if (!objects.ok) return objects;
  const uses = objects.value.flatMap(({ line, images }) =>
    (images.ok ? images.value : []).map(({ image, at }) => ({ image, at, line })),
  );
  const isPinned = (image: string): boolean => {
    const reference = parseImageReference(image);
    return reference.ok && reference.value.digest !== null;
  };
  return ok(
    uses
      .filter(({ image }) => !isPinned(image))
      .map(({ image, at, line }) => ({
        image: image.trim(),
        step: { place: `${file}:${line}`, what: `${image.slice(0, 500)}: no digest at ${at}` },
      })),
  );
}

function readImages(file: string, bytes: Uint8Array) {
  const reading = readKubernetes(file, bytes);
  if (!reading.ok) {
    const { code, message, remedy } = reading.failure;
    return fail(code, `${file}: ${message}`, remedy);
  }
  const { dependencies, notLookedAt } = reading.value;
  return ok({
    // mutant pinned-image-is-pinned-again by pin-images: remove operand 2
    loose: dependencies.filter(({ kind, pinned }) => kind === 'image' && pinned !== 'yes'),
    unread: notLookedAt.map(({ line }) => ({
      place: `${file}:${line}`,
      what: 'an image of an object whose kind says what it is for',
    })),
  });
}
