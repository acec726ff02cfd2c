import { readTextRecord } from '../../../core/descriptor.ts';
import { isJsonObject } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { SignatureAlgorithm } from '../x509/algorithm.ts';
import { type EnvelopeForm, readEnvelope, readTarget } from './envelope.ts';
import { checkIntegrity } from './integrity.ts';
import { checkMetadata } from './metadata.ts';

export interface MadeEnvelope {
  readonly algorithm: SignatureAlgorithm;
  /** DER, leaf to root. */
  readonly chain: readonly Uint8Array[];
}

/**
 * An envelope that somebody else made for us: its signature and chain are right, and it signs what
 * was asked. More annotations may be there, but none is replaced, and nothing else is added
 * (signing-and-verification-workflow.md, "Signing Steps").
 */
export function checkMadeEnvelope(
  envelope: Uint8Array,
  { form, payload }: { readonly form: EnvelopeForm; readonly payload: Uint8Array },
): Result<MadeEnvelope> {
  const read = readEnvelope(envelope, form);
  if (!read.ok) return refuse(read.reason.message);
  const integrity = checkIntegrity(read.value, null);
  // mutant made-envelope-unverified by made-envelope: condition -> false
  if (!integrity.ok) return refuse(integrity.reason.message);
  const [asked, signed] = [readTarget(payload), readTarget(read.value.payload)];
  if (!asked.ok || !signed.ok || !isJsonObject(asked.value) || !isJsonObject(signed.value))
    return refuse('it does not sign one target');
  const { annotations: wanted, ...own } = asked.value;
  const { annotations: given, ...others } = signed.value;
  const isSame =
    Object.keys(others).length === Object.keys(own).length &&
    (['mediaType', 'digest', 'size'] as const).every((name) => own[name] === others[name]);
  // mutant made-envelope-of-another-target by made-envelope: condition -> false
  if (!isSame) return refuse('it signs something else');
  const [required, found] = [readTextRecord(wanted), readTextRecord(given)];
  if (required === null || found === null) return refuse('its annotations are not texts');
  const [lack] = checkMetadata(found ?? {}, required ?? {});
  // mutant made-envelope-without-its-metadata by made-envelope: condition -> false
  if (lack !== undefined) return refuse(lack.message);
  const { algorithm, chain } = read.value;
  return ok({ algorithm, chain });
}

function refuse(why: string): Result<never> {
  return fail(
    'KEY_UNUSABLE',
    `the envelope that the store of the key made cannot be used: ${why}`,
    'Ask who made the store or its plugin.',
  );
}
