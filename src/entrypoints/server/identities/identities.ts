import { createHash } from 'node:crypto';
import {
  type JobKey,
  peekIdentityToken,
  readKeySet,
  verifyIdentityToken,
} from '../../../capabilities/signing/index.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { openServiceExchange } from '../../../system/http/service-exchange.ts';
import type { Caller, TokenRole } from '../tokens.ts';
import type { TrustedIssuer } from './identities-document.ts';

/** How long keys count, and how soon they are fetched again for a key that is not among them. */
const KEYS_MS = 600_000;
const AGAIN_MS = 30_000;

interface KnownKeys {
  readonly keys: readonly JobKey[];
  /** When the issuer gave them, and when it was last asked. */
  readonly readAt: number;
  readonly triedAt: number;
  /** Why the last asking gave none. */
  readonly failure: Failure | null;
}

export interface IdentityPorts {
  readonly now: () => Instant;
  /** The body of an address of an issuer. Rejects with a Failure. */
  readonly fetch: (url: URL) => Promise<Uint8Array>;
}

/** People and programs that an identity provider vouches for (OpenID Connect Core 1.0 §3.1.3.7). */
export class Identities {
  readonly #issuers: readonly TrustedIssuer[];
  readonly #ports: IdentityPorts;
  readonly #keys = new Map<string, Promise<KnownKeys>>();

  constructor(issuers: readonly TrustedIssuer[], ports: IdentityPorts) {
    this.#issuers = issuers;
    this.#ports = ports;
  }

  /** Whether it looks like a token of an issuer, and not like a token of our own. */
  recognises(token: string): boolean {
    return peekIdentityToken(token) !== null;
  }

  /** Who the token is of, with the roles that its claims give. Throws UNAUTHORISED. */
  async authenticate(token: string): Promise<Caller> {
    const named = peekIdentityToken(token);
    const issuer = this.#issuers.find((one) => one.issuer === named?.issuer);
    if (named === null || issuer === undefined) throw refuse('nobody here trusts its issuer');
    const keys = await this.#findKeys(issuer, named.keyId);
    const read = verifyIdentityToken(token, { ...issuer, keys }, this.#ports.now());
    if (!read.ok) throw refuse(read.failure.message.replace(/^.*used: /, ''));
    const claims = read.value;
    // mutant identity-has-every-grant by identities: argument -> () => true
    const held = issuer.grants.filter((grant) => holds(claims, grant));
    const [tenant = null, ...others] = new Set(held.map((grant) => grant.tenant));
    // A role in one tenant is none in another.
    // mutant identity-of-two-tenants by identities: condition -> false
    if (others.length > 0) throw refuse('its claims give roles in two tenants');
    const roles = new Set<TokenRole>(held.flatMap((grant) => grant.roles));
    return { name: nameCaller(issuer, claims), roles: [...roles], tenant };
  }

  /** Its keys. A key that nobody knows makes no stranger ask the issuer more often, nor at once. */
  async #findKeys(issuer: TrustedIssuer, keyId: string): Promise<readonly JobKey[]> {
    const { now } = this.#ports;
    for (;;) {
      const pending = this.#keys.get(issuer.issuer);
      const known = await pending;
      // mutant identity-keys-fetched-by-each: condition -> false
      if (this.#keys.get(issuer.issuer) !== pending) continue;
      const isFresh = known !== undefined && now() - known.readAt < KEYS_MS;
      if (isFresh && known.keys.some(({ id }) => id === keyId)) return known.keys;
      // mutant identity-keys-fetched-again-at-once: condition -> false
      if (known !== undefined && now() - known.triedAt < AGAIN_MS) {
        if (!isFresh && known.failure !== null) throw known.failure;
        return known.keys;
      }
      this.#keys.set(issuer.issuer, this.#refresh(issuer, known));
    }
  }

  /** The keys of now; where the issuer is away, those of before, until they are too old. */
  async #refresh(issuer: TrustedIssuer, before: KnownKeys | undefined): Promise<KnownKeys> {
    const { now } = this.#ports;
    try {
      const keys = await this.#readKeys(issuer);
      const at = now();
      return { keys, readAt: at, triedAt: at, failure: null };
    } catch (thrown) {
      const { keys = [], readAt = Number.NEGATIVE_INFINITY } = before ?? {};
      return { keys, readAt, triedAt: now(), failure: toFailure(thrown) };
    }
  }

  async #readKeys({ issuer, keysFile }: TrustedIssuer): Promise<readonly JobKey[]> {
    const { fetch } = this.#ports;
    if (keysFile !== null) {
      const pinned = await readFileBounded(keysFile, LIMITS.configBytesMax);
      return orThrow(readKeySet(pinned));
    }
    const about = await fetch(new URL(`${issuer}/.well-known/openid-configuration`));
    const json = orThrow(parseJson(about, { bytesMax: LIMITS.configBytesMax }));
    const { issuer: stated, jwks_uri: address } = isJsonObject(json) ? json : {};
    // mutant discovery-of-another-issuer by identities: condition -> false
    if (stated !== issuer || typeof address !== 'string' || !URL.canParse(address))
      throw new Failure(
        'IDENTITY_UNUSABLE',
        `${issuer} describes another issuer, or no keys`,
        'Name the issuer as its tokens do, or pin its keys.',
      );
    return orThrow(readKeySet(await fetch(new URL(address))));
  }
}

/**
 * Whether the issuer vouches for the address. Absent: it says so of none, as those do where only
 * administrators write addresses (OpenID Connect Core 1.0 §5.1, §5.7).
 */
function isVouched(claims: JsonObject): boolean {
  const stated = getOwn(claims, 'email_verified');
  return stated === undefined || stated === true;
}

/** The claim has the value, or is a list with it. */
function holds(
  claims: JsonObject,
  { claim, value }: { readonly claim: string; readonly value: string },
): boolean {
  // mutant identity-of-unverified-address: remove
  if (claim === 'email' && !isVouched(claims)) return false;
  const stated = getOwn(claims, claim);
  return Array.isArray(stated) ? stated.includes(value) : stated === value;
}

/** Of letters that a log can have; the hash tells two subjects apart that look alike. */
function nameCaller({ issuer }: TrustedIssuer, claims: JsonObject): string {
  const { sub, email } = claims;
  if (typeof sub !== 'string' || sub === '') throw refuse('it has no subject');
  const shown = typeof email === 'string' && isVouched(claims) ? email : sub;
  const plain = shown
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .slice(0, 40);
  const hash = createHash('sha256')
    .update(JSON.stringify([issuer, sub]))
    .digest('hex');
  return `oidc.${plain}.${hash.slice(0, 8)}`;
}

function refuse(why: string): Failure {
  return new Failure(
    'UNAUTHORISED',
    `this identity token does not count: ${why}`,
    'Get a new one, for the audience and from an issuer that the server names.',
  );
}

/** Reads from an issuer over HTTPS, bounded; redirects are not followed. */
export function fetchFrom(
  env: Readonly<Record<string, string | undefined>>,
): IdentityPorts['fetch'] {
  const peer = 'the identity provider';
  const service = openServiceExchange({
    ...{ peer, env, code: 'IDENTITY_UNUSABLE', bytesMax: LIMITS.configBytesMax },
  });
  return async (url) => {
    const { status, bytes } = await service.send({ method: 'GET', url });
    if (status === 200) return bytes;
    throw new Failure(
      'IDENTITY_UNUSABLE',
      `${peer} answered with the status ${status} at ${url.host}`,
      'Check the issuer, or pin its keys.',
    );
  };
}
