import { type Digest, parseDigest } from '../../core/digest.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** The subject of a question: an image by digest, or the name of a release or an image. */
export type Subject = Digest | NamedSubject;

export interface NamedSubject {
  /** `trips`, `trips@1.4` or an image reference without a digest; the graph decides which it is. */
  readonly called: string;
}

/** A place; null: any place. */
export interface PlaceFilter {
  readonly cluster: string | null;
  readonly region: string | null;
  readonly namespace: string | null;
}

export const ANYWHERE: PlaceFilter = { cluster: null, region: null, namespace: null };

/**
 * Reads the subject of a question: a digest, an image reference (its digest counts if it has one),
 * or a name.
 *
 * @example parseSubject('trips@1.4')
 */
export function parseSubject(text: string): Result<Subject> {
  const called = text.trim();
  if (called === '' || called.length > LIMITS.referenceBytesMax) {
    return fail(
      'USAGE',
      'this is not the name of an image or a release',
      'Give a digest, an image reference or a release.',
    );
  }
  if (/^sha(?:256|512):/.test(called)) return parseDigest(called);
  if (/@sha(?:256|512):/.test(called)) {
    const reference = parseImageReference(called);
    if (!reference.ok) return reference;
    if (reference.value.digest !== null) return ok(reference.value.digest);
  }
  return ok({ called });
}
