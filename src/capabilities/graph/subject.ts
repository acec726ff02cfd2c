import { type Digest, parseDigest } from '../../core/digest.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** What is asked about: an image by digest, or what somebody calls a release or an image. */
export type Subject = Digest | NamedSubject;

export interface NamedSubject {
  /** `trips`, `trips@1.4` or an image reference without a digest; the graph says which it is. */
  readonly called: string;
}

/** Where something runs; null: anywhere. */
export interface PlaceFilter {
  readonly cluster: string | null;
  readonly region: string | null;
  readonly namespace: string | null;
}

export const ANYWHERE: PlaceFilter = { cluster: null, region: null, namespace: null };

/**
 * Reads what a question is about: a digest, an image reference (its digest counts where it has
 * one), or a name.
 *
 * @example parseSubject('trips@1.4')
 */
export function parseSubject(text: string): Result<Subject> {
  const called = text.trim();
  if (called === '' || called.length > LIMITS.referenceBytesMax) {
    return fail(
      'USAGE',
      'this names no image and no release',
      'Name a digest, an image reference or a release.',
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
