import { findPredicate, PREDICATE_NAMES } from '../../capabilities/attestation/index.ts';
import { isPredicateType } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';

/** The type that a short name or an address means. */
export function parsePredicateType(text: string): string {
  const type = findPredicate(text)?.type ?? text;
  // mutant attested-type-that-is-none by attest: condition -> true
  if (isPredicateType(type)) return type;
  throw new Failure(
    'USAGE',
    `${JSON.stringify(type.slice(0, 100))} is no type of a predicate`,
    `Use ${PREDICATE_NAMES.join(', ')}, or an address that begins with https://.`,
  );
}
