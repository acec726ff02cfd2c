import {
  type CertificateRevocation,
  checkChain,
  type FactGatherer,
  type RevocationFact,
  type RevocationSource,
  type VerificationQuery,
} from '../../capabilities/signing/index.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { openTransport } from '../../system/http/transport.ts';
import { openRevocationCache } from './answer-cache.ts';
import { fetchAnswer, refuseOffline } from './fetch-answer.ts';
import { CachedSource } from './source.ts';

export interface RevocationOptions {
  /** Of the cache; it is made when something is kept. */
  readonly folder: string;
  /** Hosts that may be at private addresses, with the port where it is not the usual one. */
  readonly privateHosts: readonly string[];
  /** Nobody is asked. */
  readonly offline: boolean;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now?: () => Instant;
}

interface ServiceMemory {
  readonly fact: RevocationFact;
  readonly until: Instant;
}

const CHAINS_MAX = 1_000;

/** Asks the revocation services that the certificates of a chain name. */
export function openRevocationGatherer(options: RevocationOptions): FactGatherer {
  const { folder, env, offline, now = () => toInstant(Date.now()) } = options;
  const transport = openTransport({ env, requestMs: LIMITS.crlMs, peer: 'the revocation service' });
  const fetching = { transport, privateHosts: new Set(options.privateHosts) };
  const source = new CachedSource({
    cache: openRevocationCache({ folder }),
    now,
    // mutant revocation-offline by revocation: condition -> false
    fetch: offline ? refuseOffline : (request) => fetchAnswer(request, fetching),
  });
  return gatherWith(source);
}

/** One chain signs thousands of images: what is known of it is remembered while it holds. */
function gatherWith(source: RevocationSource): FactGatherer {
  const known = new Map<string, ServiceMemory>();
  const findFact = async (
    { chain, stapled }: VerificationQuery,
    signal: AbortSignal,
  ): Promise<RevocationFact> => {
    const key = chain.certificates.map(({ thumbprint }) => thumbprint).join();
    const before = known.get(key);
    if (before !== undefined && source.now() < before.until) return before.fact;
    const certificates = await checkChain(chain, { source, stapled, signal });
    const fact = { kind: 'checked', certificates } as const;
    const until = chooseEnd(certificates, source.now());
    known.delete(key);
    if (until !== null) known.set(key, { fact, until });
    const [oldest] = known.keys();
    if (known.size > CHAINS_MAX && oldest !== undefined) known.delete(oldest);
    return fact;
  };
  return {
    gather: async (queries, { signal }) => {
      const time = AbortSignal.timeout(LIMITS.revocationMs);
      const whole = signal === undefined ? time : AbortSignal.any([signal, time]);
      const revocations = await Promise.all(queries.map((query) => findFact(query, whole)));
      return { revocations };
    },
  };
}

/** Null where something is unknown: that is asked again. */
function chooseEnd(certificates: readonly CertificateRevocation[], now: Instant): Instant | null {
  // mutant unknown-revocation-is-asked-again by revocation: remove
  if (certificates.some(({ state }) => state === 'unknown')) return null;
  const ends = certificates.flatMap(({ source }) =>
    source === null
      ? []
      : [Math.min(source.validUntil, source.askedAt + LIMITS.revocationRefreshMs)],
  );
  return Math.min(now + LIMITS.revocationRefreshMs, ...ends) as Instant;
}
