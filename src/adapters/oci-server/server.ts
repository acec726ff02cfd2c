import { createHash, timingSafeEqual } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { type AccessEntry, watchAccess } from './access.ts';
import {
  appendChunk,
  type BlobServices,
  beginUpload,
  cancelUpload,
  deleteBlob,
  putUpload,
  sendBlob,
  uploadStatus,
} from './blobs.ts';
import { answerJson, answerRefusal, type Exchange } from './exchange.ts';
import {
  deleteManifest,
  putManifest,
  sendCatalog,
  sendManifest,
  sendReferrers,
  sendTags,
} from './manifests.ts';
import { Refusal } from './refusal.ts';
import { parseRoute, type Route } from './routes.ts';
import { openStorage } from './storage.ts';
import {
  askPassword,
  isGranted,
  type RegistryTeam,
  type RegistryUser,
  requireRight,
} from './team.ts';
import { createTeamRules } from './team-rules.ts';
import { openUploads } from './uploads.ts';

export interface RegistryOptions {
  /** The folder that keeps all data. Created if it is missing. */
  readonly root: string;
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port?: number;
  /** Names and passwords. Required unless the registry listens on loopback only. */
  readonly auth?: {
    readonly users: Readonly<Record<string, string>>;
    readonly anonymousPull?: boolean;
  };
  /** Users with rights by repository, in place of `auth`. */
  readonly team?: RegistryTeam;
  /** PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly uploadBytesMax?: number;
  /** Called for a defect or a failing disk. The client only learns that the request failed. */
  readonly onDefect?: (thrown: unknown) => void;
  /** Called for each request, when its answer is sent. */
  readonly accessed?: (entry: AccessEntry) => void;
}

export interface RunningRegistry {
  /** Host and port, as an image reference names them. */
  readonly registry: string;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The embedded registry: distribution-spec 1.1 with the referrers API, on a folder.
 *
 * @example const registry = orThrow(await startRegistry({ root: 'registry', port: 5000 }));
 */
export async function startRegistry(options: RegistryOptions): Promise<Result<RunningRegistry>> {
  const host = options.host ?? '127.0.0.1';
  if (
    options.auth === undefined &&
    options.team === undefined &&
    !/^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)
  ) {
    const remedy = 'Configure users, or listen on 127.0.0.1.';
    return fail('CONFIG_INVALID', 'a registry without users would be open to the network', remedy);
  }
  const nowMs = () => Date.now();
  const storage = await openStorage(options.root, nowMs());
  const uploads = openUploads(storage.scratch, options.uploadBytesMax ?? LIMITS.uploadBytesMax);
  const { team = null } = options;
  const rules = team === null ? null : createTeamRules(team, storage);
  const rooms: BlobServices = { storage, uploads, nowMs, rules };
  const { accessed } = options;
  const listener: RequestListener = (request, response) => {
    if (accessed !== undefined) watchAccess(request, response, accessed);
    void serve(rooms, options, request, response);
  };
  const server =
    options.tls === undefined
      ? createServer(listener)
      : createTlsServer({ ...options.tls }, listener);
  // A large layer over a slow line. Node has a minute of its own for the headers.
  server.requestTimeout = 60 * 60 * 1000;
  const address = await listen(server, host, options.port ?? 0);
  if (!address.ok) return address;
  const name = `${host.includes(':') ? `[${host}]` : host}:${address.value.port}`;
  const close = () => stop(server).then(uploads.close);
  return ok({
    registry: name,
    url: `${options.tls === undefined ? 'http' : 'https'}://${name}`,
    close,
  });
}

async function serve(
  rooms: BlobServices,
  options: RegistryOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const exchange = { request, response, query: new URLSearchParams(query), mayPull: nothing };
  response.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  try {
    const route = parseRoute(path);
    const user = await authorise(options, request);
    if (options.team !== undefined) requireRights(options.team, user, exchange, route);
    await dispatch(rooms, { ...exchange, mayPull: choosePull(options.team, user) }, route);
  } catch (thrown) {
    if (thrown instanceof Refusal) return answerRefusal(exchange, thrown);
    if (!request.destroyed || !response.writableEnded) options.onDefect?.(thrown);
    answerRefusal(
      exchange,
      new Refusal(500, 'UNKNOWN', 'the registry failed to handle this request'),
    );
  }
}

async function dispatch(rooms: BlobServices, exchange: Exchange, route: Route): Promise<void> {
  const { storage } = rooms;
  const method = exchange.request.method === 'HEAD' ? 'GET' : exchange.request.method;
  if (method === 'GET') {
    if (route.kind === 'base') return answerJson(exchange, 200, {}, {});
    if (route.kind === 'catalog') return sendCatalog(storage, exchange);
    if (route.kind === 'tags') return sendTags(storage, exchange, route.repository);
    if (route.kind === 'referrers')
      return sendReferrers(storage, exchange, route.repository, route.digest);
  }
  if (route.kind === 'manifest') {
    if (method === 'GET') return sendManifest(storage, exchange, route.repository, route.reference);
    if (method === 'PUT') return putManifest(rooms, exchange, route.repository, route.reference);
    if (method === 'DELETE')
      return deleteManifest(rooms, exchange, route.repository, route.reference);
  }
  if (route.kind === 'blob') {
    if (method === 'GET') return sendBlob(rooms, exchange, route.repository, route.digest);
    if (method === 'DELETE') return deleteBlob(rooms, exchange, route.repository, route.digest);
  }
  return dispatchUpload(rooms, exchange, route, method);
}

async function dispatchUpload(
  rooms: BlobServices,
  exchange: Exchange,
  route: Route,
  method: string | undefined,
): Promise<void> {
  if (route.kind === 'uploads' && method === 'POST')
    return beginUpload(rooms, exchange, route.repository);
  if (route.kind === 'upload') {
    if (method === 'GET') return uploadStatus(rooms, exchange, route.repository, route.id);
    if (method === 'PATCH') return appendChunk(rooms, exchange, route.repository, route.id);
    if (method === 'PUT') return putUpload(rooms, exchange, route.repository, route.id);
    if (method === 'DELETE') return cancelUpload(rooms, exchange, route.repository, route.id);
  }
  throw new Refusal(405, 'UNSUPPORTED', 'this path does not support this method');
}

const nothing = (): boolean => false;

/** Without a team, anyone who came in may pull everything. */
function choosePull(team: RegistryTeam | undefined, user: RegistryUser) {
  return (repository: string): boolean =>
    team === undefined || isGranted(team, user, 'pull', repository);
}

/** The right on the route, and for a mount that to pull from where the content comes. */
function requireRights(
  team: RegistryTeam,
  user: RegistryUser,
  { request, query }: Exchange,
  route: Route,
): void {
  requireRight(team, user, request.method ?? '', route);
  const from = query.get('from');
  if (route.kind !== 'uploads' || from === null) return;
  // mutant mount-from-where-nobody-may-pull by team: condition -> true
  if (isGranted(team, user, 'pull', from)) return;
  throw new Refusal(403, 'DENIED', 'the repository to mount from may not be pulled');
}

/**
 * Who asks; null for nobody. A page of another site must not use a reader's browser to reach a
 * registry on loopback, so a request with an Origin is refused.
 */
async function authorise(
  { auth, team }: Pick<RegistryOptions, 'auth' | 'team'>,
  request: IncomingMessage,
): Promise<RegistryUser> {
  if (request.headers.origin !== undefined)
    throw new Refusal(403, 'DENIED', 'requests from browsers are refused');
  if (auth === undefined && team === undefined) return null;
  const header = request.headers.authorization;
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header ?? '')?.[1] ?? '';
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const password = rest.join(':');
  if (team !== undefined) {
    if (header === undefined) return null;
    // mutant any-password-is-right by team: condition -> true
    if (await team.verify(user, password)) return user;
    throw askPassword();
  }
  if (auth === undefined) return null;
  const pull = request.method === 'GET' || request.method === 'HEAD';
  if (header === undefined && pull && auth.anonymousPull === true && request.url !== '/v2/')
    return null;
  const known = Object.hasOwn(auth.users, user);
  const right = isSameText(password, known ? (getOwn(auth.users, user) ?? '') : '');
  if (known && right) return user;
  throw askPassword();
}

function isSameText(one: string, other: string): boolean {
  const hashText = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hashText(one), hashText(other));
}

function listen(server: Server, host: string, port: number): Promise<Result<AddressInfo>> {
  return new Promise((resolve) => {
    server.once('error', (cause) => {
      const message = `cannot listen on ${host}:${port}`;
      resolve(
        fail(
          'PORT_IN_USE',
          message,
          'Choose another port, or stop the program that listens there.',
          cause,
        ),
      );
    });
    server.listen(port, host, () => resolve(ok(server.address() as AddressInfo)));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
