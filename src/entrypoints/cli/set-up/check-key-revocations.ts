import {
  type CertificateRevocation,
  explainOwnRevocation,
} from '../../../capabilities/signing/index.ts';
import type { KeyRevocation } from '../../compose/key-revocations.ts';
import { type Check, createCheck, passCheck } from './check.ts';

export function checkKeyRevocations(asked: readonly KeyRevocation[] | null): readonly Check[] {
  if (asked === null) return [];
  const name = (wanted: CertificateRevocation['state']): readonly string[] =>
    asked.flatMap(({ key, certificates }) =>
      certificates.ok
        ? certificates.value
            .filter(({ state }) => state === wanted)
            .map(({ subject }) => `${subject} of ${key}`)
        : [],
    );
  const own = asked.flatMap(({ key, own: entry }) =>
    entry === null ? [] : [`${key} (${explainOwnRevocation(entry)})`],
  );
  const revoked = [...own, ...name('revoked')];
  const renew = 'waybill key rotate NAME, then waybill trust add; docs/guides/revocation.md';
  // mutant doctor-of-a-revoked-key by checks: condition -> false
  if (revoked.length > 0)
    return [createCheck('revocation', 'problem', `revoked: ${revoked.join(', ')}`, renew)];
  const lost = asked.flatMap(({ key, certificates }) =>
    certificates.ok ? [] : [`${key}: ${certificates.failure.message}`],
  );
  const unknown = [...name('unknown'), ...lost];
  // mutant doctor-of-a-key-nobody-answers-for by checks: condition -> false
  if (unknown.length > 0) {
    const what = `not known of ${unknown.join(', ')}`;
    return [createCheck('revocation', 'unknown', what, 'waybill doctor --online, once it answers')];
  }
  const good = name('good').length;
  return [
    passCheck(
      'revocation',
      good === 0
        ? 'no certificate of a key names a service that could revoke it'
        : 'no certificate of a key is revoked',
    ),
  ];
}
