import {
  authorise,
  type Caller,
  requireRole,
  type ServerToken,
  type TokenRole,
  type TokenSource,
} from '../tokens.ts';
import type { Identities } from './identities.ts';

export interface Authorities {
  /** Null only if bound to loopback: then nobody needs a token. */
  readonly tokens: readonly ServerToken[] | TokenSource | null;
  /** Whose identity tokens count too; absent: nobody's. */
  readonly identities?: Identities;
}

/** Who asks, by a token of this server or of an identity provider. Rejects with a Failure. */
export async function authenticate(
  authorization: string | undefined,
  { tokens, identities }: Authorities,
  role: TokenRole | null,
): Promise<Caller> {
  const bearer = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
  if (identities?.recognises(bearer) !== true) return authorise(authorization, tokens, role);
  const caller = await identities.authenticate(bearer);
  // mutant identity-needs-no-role by identities: remove
  requireRole(caller, role);
  return caller;
}
