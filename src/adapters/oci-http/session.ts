import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, type Result } from '../../core/result.ts';
import type { Answer } from '../../system/http/exchange.ts';
import { isLoopbackName, parseHost } from '../../system/http/hosts.ts';
import { pause, type Surroundings } from '../../system/http/retry.ts';
import { openTransport, type TransportOptions } from '../../system/http/transport.ts';
import { openAuthoriser } from './auth.ts';
import { type CredentialSource, openDockerCredentials } from './docker-config.ts';
import { type ApiRequest, type Exchanger, openExchanger } from './exchange.ts';

export interface RegistryClientOptions extends TransportOptions, Partial<Surroundings> {
  /**
   * Hosts (with port) that may be used without TLS. Loopback hosts may be too, unless `tlsHosts`
   * names them.
   */
  readonly insecureHosts?: readonly string[];
  /** Loopback hosts (with port) that use TLS. */
  readonly tlsHosts?: readonly string[];
  /** Used instead of Docker's config.json. */
  readonly credentials?: CredentialSource;
  /** For a registry, token services on other hosts that may get its credentials. */
  readonly realmHosts?: Readonly<Record<string, readonly string[]>>;
  /** Push a larger blob in chunks of this many bytes. Without it, in one request. */
  readonly chunkBytes?: number;
}

/** One registry and path, split from `registry.example.com/shop/trips`. */
export interface RepositoryAddress {
  readonly registry: string;
  readonly name: string;
  /** The address of a path below `/v2/<name>/`. */
  url(path: string): URL;
}

export interface Session {
  readonly options: RegistryClientOptions;
  readonly surroundings: Surroundings;
  readonly requestMs: number;
  /** The last unfinished write of each fallback index. */
  readonly fallbackWrites: Map<string, Promise<void>>;
  place(repository: string): RepositoryAddress;
  send(
    request: Omit<ApiRequest, 'registry' | 'scopes'> & {
      readonly place: RepositoryAddress;
      readonly push?: boolean;
      readonly remove?: boolean;
      /** Asks for no right in any repository: a login. */
      readonly login?: boolean;
    },
  ): Promise<Answer>;
  close(): void;
}

export function openSession(options: RegistryClientOptions): Session {
  const insecureHosts = new Set(options.insecureHosts);
  const tlsHosts = new Set(options.tlsHosts);
  const transport = openTransport({ ...options, peer: 'the registry' });
  const requestMs = options.requestMs ?? LIMITS.registryRequestMs;
  const surroundings: Surroundings = {
    nowMs: options.nowMs ?? Date.now,
    sleep: options.sleep ?? pause,
    random: options.random ?? Math.random,
  };
  const credentials = options.credentials ?? openDockerCredentials(options.env ?? {});
  const realmHosts = options.realmHosts ?? {};
  const rooms = { ...surroundings, transport, insecureHosts, requestMs };
  const exchanger: Exchanger = openExchanger({
    ...rooms,
    authoriser: openAuthoriser({ ...rooms, credentials, realmHosts }),
  });
  const isPlain = (registry: string) =>
    insecureHosts.has(registry) || (isLoopbackName(parseHost(registry)) && !tlsHosts.has(registry));
  const places = new Map<string, RepositoryAddress>();
  const place = (repository: string): RepositoryAddress => {
    const slash = repository.indexOf('/');
    const registry = repository.slice(0, slash);
    const name = repository.slice(slash + 1);
    const base = `${isPlain(registry) ? 'http' : 'https'}://${toApiHost(registry)}/v2/${name}/`;
    return { registry, name, url: (path) => new URL(base + path) };
  };
  return {
    options,
    surroundings,
    requestMs,
    fallbackWrites: new Map(),
    place: (repository) => {
      const known = places.get(repository);
      if (known !== undefined) return known;
      if (places.size >= PLACES_MAX) places.clear();
      const found = place(repository);
      places.set(repository, found);
      return found;
    },
    send: ({ place, push, remove, login, ...request }) => {
      // Docker's token specification has an action of its own for a removal.
      const actions = remove === true ? 'pull,push,delete' : push === true ? 'pull,push' : 'pull';
      const scopes = login === true ? [] : [`repository:${place.name}:${actions}`];
      return exchanger.send({ ...request, registry: place.registry, scopes });
    },
    close: transport.close,
  };
}

/** Repositories that are asked about again and again, each several times. */
const PLACES_MAX = 64;

/**
 * A signal that never aborts if the caller sets no deadline: each exchange has its own deadline.
 */
export function resolveSignal(options: { readonly signal?: AbortSignal } | undefined): AbortSignal {
  return options?.signal ?? new AbortController().signal;
}

/** Docker Hub serves the API of docker.io on another host. */
function toApiHost(registry: string): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry;
}

/** The failure for a status that is not a success. */
export function statusFailure(answer: Pick<Answer, 'status'>, what: string): Failure {
  const { status } = answer;
  if (status === 404)
    return new Failure('NOT_FOUND', `${what} does not exist`, 'Check the name and the digest.');
  if (status === 401 || status === 403) {
    return new Failure(
      'REGISTRY_DENIED',
      `the registry refused ${what} (${status})`,
      'Log in with an account that has access.',
    );
  }
  if (status === 429 || status >= 500) {
    return new Failure(
      'REGISTRY_UNREACHABLE',
      `the registry cannot answer for ${what} now (${status})`,
      'Try again later.',
    );
  }
  return new Failure(
    'REGISTRY_MISBEHAVED',
    `the registry answered ${status} for ${what}`,
    'Ask the operator of the registry.',
  );
}

/** Registry and path. No part of it may have another meaning in a URL. */
const REPOSITORY = /^[A-Za-z0-9.:[\]-]+(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)+$/;

/**
 * Runs work and turns what it throws into failures. Repository names are checked here, once, before
 * they are put into a URL.
 */
export function runForRepository<T>(
  repository: string,
  work: () => Promise<T>,
): Promise<Result<T>> {
  return attempt(async () => {
    if (repository.length <= 512 && REPOSITORY.test(repository)) return work();
    const shown = JSON.stringify(repository.slice(0, 100));
    throw new Failure(
      'MALFORMED',
      `not a repository name: ${shown}`,
      'Write registry.example.com/team/image.',
    );
  });
}
