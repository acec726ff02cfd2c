import { join } from 'node:path';
import {
  type CertificateRevocation,
  type KeyInfo,
  parseCertificates,
  validateChain,
} from '../../../capabilities/signing/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, failed, ok, orThrow, type Result } from '../../../core/result.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { openFactGatherer } from '../../compose/trust.ts';
import type { Config } from '../../config/config.ts';
import { type Check, createCheck, passCheck } from './check.ts';

/** What the authorities of a key say about its chain, leaf first. */
export interface KeyRevocation {
  readonly key: string;
  readonly certificates: Result<readonly CertificateRevocation[]>;
}

/** Asks the revocation services that the chains of the keys name. */
export async function askKeyRevocations(
  keys: readonly KeyInfo[],
  config: Config,
  { now, signal }: { readonly now: Instant; readonly signal: AbortSignal },
): Promise<readonly KeyRevocation[]> {
  const asked: KeyRevocation[] = [];
  for (const { name, certificate } of keys) {
    if (certificate === null) continue;
    const path = join(config.keys, `${name}.crt`);
    const chain = await attempt(async () => orThrow(readChain(path, now)));
    asked.push({
      key: name,
      certificates: chain.ok ? await ask(config, chain.value, signal) : chain,
    });
  }
  return asked;
}

type Chain = typeof validateChain extends (...args: never) => Result<infer C> ? C : never;

function readChain(path: string, now: Instant): Result<Chain> {
  const read = parseCertificates(readSmallFile(path, LIMITS.configBytesMax));
  if (!read.ok) return failed(read.failure);
  const chain = read.value.map(({ der }) => der);
  return validateChain(chain, 'code-signing', now);
}

async function ask(
  config: Config,
  chain: Chain,
  signal: AbortSignal,
): Promise<KeyRevocation['certificates']> {
  const stapled = { crls: [], ocsp: [] };
  const query = { kind: 'revocation' as const, chain, usedBy: null, stapled };
  const { revocations } = await openFactGatherer(config).gather([query], { signal });
  const [fact] = revocations;
  return ok(fact?.kind === 'checked' ? fact.certificates : []);
}

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
  const revoked = name('revoked');
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
