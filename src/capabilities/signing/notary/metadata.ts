import { getOwn } from '../../../core/own.ts';
import { makeReason, type Reason } from '../reason.ts';

/** N12: all required metadata must be present; there may be more. */
export function checkMetadata(
  annotations: Readonly<Record<string, string>>,
  required: Readonly<Record<string, string>>,
): readonly Reason[] {
  const lacking = Object.keys(required).find(
    // mutant signed-metadata by verify: value -> false
    (key) => getOwn(annotations, key) !== getOwn(required, key),
  );
  return lacking === undefined
    ? []
    : [makeReason('metadata-mismatch', `the signed metadata lacks ${lacking} as required`)];
}
