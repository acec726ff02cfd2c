import { Refusal } from './refusal.ts';
import type { Route } from './routes.ts';

export const REGISTRY_RIGHTS = ['pull', 'push', 'delete'] as const;
export type RegistryRight = (typeof REGISTRY_RIGHTS)[number];

/** Who may do what in which repositories. What no grant allows is refused. */
export interface RegistryGrant {
  /** `shop/trips`, `shop/*` for everything below `shop`, or `*`. */
  readonly repositories: readonly string[];
  /** Names; `*` is everybody with a password or a token, `anonymous` those without. */
  readonly users: readonly string[];
  readonly rights: readonly RegistryRight[];
}

/** Bytes that repositories may have together. */
export interface RegistryQuota {
  readonly repositories: readonly string[];
  readonly bytesMax: number;
}

/** Tags that stay as they are: those whose image is signed, or all. */
export interface ImmutableTags {
  readonly repositories: readonly string[];
  readonly tags: 'signed' | 'all';
}

export interface RegistryTeam {
  /** Whether this password or token is that of the name. */
  readonly verify: (user: string, password: string) => Promise<boolean>;
  readonly grants: readonly RegistryGrant[];
  readonly quotas: readonly RegistryQuota[];
  readonly immutable: readonly ImmutableTags[];
}

/** A name; null for nobody, who has no password. */
export type RegistryUser = string | null;

const ANONYMOUS = 'anonymous';

export function namesRepository(patterns: readonly string[], repository: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*' || pattern === repository) return true;
    // mutant grant-of-a-longer-name by team: value -> repository.startsWith(pattern.slice(0, -2))
    return pattern.endsWith('/*') && repository.startsWith(pattern.slice(0, -1));
  });
}

export function isGranted(
  { grants }: Pick<RegistryTeam, 'grants'>,
  user: RegistryUser,
  right: RegistryRight,
  repository: string,
): boolean {
  return grants.some(({ repositories, users, rights }) => {
    const isNamed = user === null ? users.includes(ANONYMOUS) : namesUser(users, user);
    return isNamed && rights.includes(right) && namesRepository(repositories, repository);
  });
}

/** Anyone who is called `*` or `anonymous` has no more than everybody. */
function namesUser(users: readonly string[], user: string): boolean {
  return users.includes('*') || (user !== ANONYMOUS && users.includes(user));
}

/** Refuses what the user may not do on this route: 401 where a password could change that. */
export function requireRight(
  team: RegistryTeam,
  user: RegistryUser,
  method: string,
  route: Route,
): void {
  // The list of repositories is narrowed to what the user may pull.
  if (route.kind === 'catalog') return;
  // Clients log in by this path: it tells whether the password is right.
  if (route.kind === 'base') {
    if (user === null) throw askPassword();
    return;
  }
  const right = method === 'GET' || method === 'HEAD' ? 'pull' : chooseRight(method, route);
  // mutant right-of-any-user by team: condition -> true
  if (isGranted(team, user, right, route.repository)) return;
  if (user === null) throw askPassword();
  throw new Refusal(403, 'DENIED', `${right} is not allowed here`);
}

function chooseRight(method: string, { kind }: Route): RegistryRight {
  return method === 'DELETE' && kind !== 'upload' ? 'delete' : 'push';
}

export function askPassword(): Refusal {
  const headers = { 'WWW-Authenticate': 'Basic realm="waybill"' };
  return new Refusal(401, 'UNAUTHORIZED', 'a name and password are required', headers);
}
