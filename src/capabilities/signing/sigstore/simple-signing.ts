import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import { readJsonObject } from '../envelopes/json-object.ts';
import { makeReason, quoteText, type Reason } from '../reason.ts';
import { readObject } from './members.ts';

/** cosign's signature specification, "Simple Signing". */
const TYPE = 'cosign container image signature';

/** What cosign signs in its older form: which image, and under which name. */
export function encodeSimpleSigning(digest: Digest, reference: string): Uint8Array {
  const critical = {
    identity: { 'docker-reference': reference },
    image: { 'docker-manifest-digest': digest },
    type: TYPE,
  };
  return Buffer.from(canonicalizeJson({ critical, optional: null }));
}

/** S5: why a signed text is not about this image; empty if it is. */
export function checkSimpleSigning(bytes: Uint8Array, digest: Digest): readonly Reason[] {
  const json = readJsonObject(bytes, {
    bytesMax: LIMITS.configBytesMax,
    malformed: 'payload-malformed',
  });
  if (!json.ok) return [json.reason];
  const critical = readObject(json.value['critical']);
  if (critical === null || critical === 'malformed')
    return [makeReason('payload-malformed', 'the signed text has no critical part')];
  // mutant simple-signing-of-another-type: condition -> false
  if (critical['type'] !== TYPE)
    return [makeReason('content-type', `it signs ${quoteText(critical['type'])} (S5)`)];
  const image = readObject(critical['image']);
  const named = image === null || image === 'malformed' ? null : image['docker-manifest-digest'];
  // mutant simple-signing-of-another-image: condition -> true
  if (named === digest) return [];
  return [makeReason('target-mismatch', `the signed image is ${quoteText(named)}, not ${digest}`)];
}
