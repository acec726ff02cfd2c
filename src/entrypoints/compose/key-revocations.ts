import { join } from 'node:path';
import {
  type CertificateRevocation,
  findRevokedChain,
  type KeyInfo,
  type OwnRevocation,
  parseCertificates,
  type ValidatedChain,
  validateChain,
} from '../../capabilities/signing/index.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, failed, ok, orThrow, type Result } from '../../core/result.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import type { Config } from '../config/config.ts';
import { loadRevoked, openFactGatherer } from './trust.ts';

/** What is known of the revocation of a key. */
export interface KeyRevocation {
  readonly key: string;
  /** What the authorities say about its chain, leaf first; a failure: nothing can be said. */
  readonly certificates: Result<readonly CertificateRevocation[]>;
  /** The entry of our own trust document that revokes it; null where none does. */
  readonly own: OwnRevocation | null;
}

/** Asks our trust document, and the revocation services that the chains of the keys name. */
export async function askKeyRevocations(
  keys: readonly KeyInfo[],
  config: Config,
  { now, signal }: { readonly now: Instant; readonly signal: AbortSignal },
): Promise<readonly KeyRevocation[]> {
  const document = await attempt(() => loadRevoked(config));
  const asked: KeyRevocation[] = [];
  for (const { name: key, certificate } of keys) {
    if (certificate === null) continue;
    const path = join(config.keys, `${key}.crt`);
    const chain = await attempt(async () => orThrow(readChain(path, now)));
    if (!document.ok) asked.push({ key, certificates: document, own: null });
    else if (!chain.ok) asked.push({ key, certificates: chain, own: null });
    else {
      const own = findRevokedChain(document.value, chain.value);
      asked.push({ key, certificates: await ask(config, chain.value, signal), own });
    }
  }
  return asked;
}

/** One word for a key: the worst that is known, and unknown before good. */
export function summarizeRevocation({
  certificates,
  own,
}: KeyRevocation): CertificateRevocation['state'] {
  // mutant key-that-we-revoked by key-watch: condition -> false
  if (own !== null) return 'revoked';
  // mutant key-of-an-unreadable-chain-is-good by key-watch: condition -> false
  if (!certificates.ok) return 'unknown';
  const states = new Set(certificates.value.map(({ state }) => state));
  const worst = (['revoked', 'unknown', 'good'] as const).find((state) => states.has(state));
  return worst ?? 'not-revocable';
}

function readChain(path: string, now: Instant): Result<ValidatedChain> {
  const read = parseCertificates(readSmallFile(path, LIMITS.configBytesMax));
  if (!read.ok) return failed(read.failure);
  const chain = read.value.map(({ der }) => der);
  return validateChain(chain, 'code-signing', now);
}

async function ask(
  config: Config,
  chain: ValidatedChain,
  signal: AbortSignal,
): Promise<KeyRevocation['certificates']> {
  const stapled = { crls: [], ocsp: [] };
  const query = { kind: 'revocation' as const, chain, usedBy: null, stapled };
  const { revocations } = await openFactGatherer(config).gather([query], { signal });
  const [fact] = revocations;
  return ok(fact?.kind === 'checked' ? fact.certificates : []);
}
