import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readBody } from '../../system/http/body.ts';
import { networkFailure } from '../../system/http/exchange.ts';
import {
  type IncomingResponse,
  openTransport,
  type Transport,
} from '../../system/http/transport.ts';
import type { ClusterAccess } from './access.ts';

/** A kind of objects of the API, such as `/api/v1/pods`. */
export interface WatchedResource {
  readonly path: string;
  /** Only what every kind has: no specification, no status. */
  readonly isMetadata: boolean;
}

export interface ListedPage {
  readonly items: readonly JsonObject[];
  /** Where a watch goes on. */
  readonly version: string;
  /** Empty on the last page. */
  readonly next: string;
}

export interface WatchedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: JsonObject;
}

/** What one watcher asks an API server. Failures are CLUSTER_UNREACHABLE or LIMIT_EXCEEDED. */
export interface KubeClient {
  /** One object; null if there is none of this name, or if we may not see it. */
  get(path: string, signal: AbortSignal): Promise<JsonObject | null>;
  list(resource: WatchedResource, next: string, signal: AbortSignal): Promise<ListedPage>;
  /** Events since a version, until the API server ends them; null: the version is too old (410). */
  watch(
    resource: WatchedResource,
    version: string,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<WatchedEvent | null> | null>;
  /** Creates or replaces; the answer of the API server and its status. */
  send(
    request: { readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; readonly path: string },
    body: JsonObject | null,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: JsonObject }>;
  close(): void;
}

const JSON_TYPE = 'application/json';
/** Kubernetes' partial objects: a ReplicaSet without its template. */
const METADATA_LIST = `${JSON_TYPE};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
const METADATA = `${JSON_TYPE};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;

export function openKubeClient(
  access: ClusterAccess,
  env: Readonly<Record<string, string | undefined>>,
): KubeClient {
  const transport = openTransport({
    own: access.tls,
    env: access.isInside ? {} : env,
    peer: 'the API server',
    requestMs: LIMITS.registryRequestMs,
  });
  const ask = openAsking(access, transport);
  const read = async (incoming: IncomingResponse, bytesMax: number): Promise<JsonObject> => {
    const bytes = await readBody(incoming, bytesMax).catch((thrown: unknown) => {
      throw thrown instanceof Failure ? thrown : broken('cut off');
    });
    return readObject(bytes, bytesMax);
  };
  return {
    get: async (path, signal) => {
      const incoming = await ask(path, signal);
      const body = await read(incoming, LIMITS.watchEventBytesMax);
      if (incoming.status === 404 || incoming.status === 403) return null;
      if (incoming.status !== 200) throw refused(path, incoming.status, body);
      return body;
    },
    list: async (resource, next, signal) => {
      const accept = resource.isMetadata ? METADATA_LIST : JSON_TYPE;
      const query = new URLSearchParams({ limit: String(LIMITS.watchPageObjectsMax) });
      if (next !== '') query.set('continue', next);
      const incoming = await ask(`${resource.path}?${query}`, signal, { accept });
      const body = await read(incoming, LIMITS.watchPageBytesMax);
      if (incoming.status !== 200) throw refused(resource.path, incoming.status, body);
      return readPage(body);
    },
    watch: async (resource, version, signal) => {
      const accept = resource.isMetadata ? METADATA : JSON_TYPE;
      const query = new URLSearchParams({
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: version,
        timeoutSeconds: String(240 + (Number(process.hrtime.bigint() % 60n) | 0)),
      });
      const incoming = await ask(`${resource.path}?${query}`, signal, { accept });
      if (incoming.status === 200) return readEvents(incoming);
      const body = await read(incoming, LIMITS.watchEventBytesMax);
      if (incoming.status === 410) return null;
      throw refused(resource.path, incoming.status, body);
    },
    send: async ({ method, path }, body, signal) => {
      const incoming = await ask(path, signal, { method, body });
      return { status: incoming.status, body: await read(incoming, LIMITS.watchEventBytesMax) };
    },
    close: () => transport.close(),
  };
}

interface Ask {
  readonly accept?: string;
  readonly method?: string;
  readonly body?: JsonObject | null;
}

function openAsking(access: ClusterAccess, transport: Transport) {
  return async (path: string, signal: AbortSignal, asked: Ask = {}): Promise<IncomingResponse> => {
    const { accept = JSON_TYPE, method = 'GET', body = null } = asked;
    const token = access.readToken();
    const url = new URL(path, access.server);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : JSON_TYPE;
    const headers = {
      'User-Agent': 'waybill',
      'Accept-Encoding': 'identity',
      Accept: accept,
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === null ? {} : { 'Content-Type': type }),
    };
    const sent = body === null ? {} : { body: Buffer.from(JSON.stringify(body)) };
    try {
      return await transport.send({ method, url, headers, signal, ...sent });
    } catch (thrown) {
      throw unreachable(thrown, { url, method: 'GET', signal });
    }
  };
}

function readPage(body: JsonObject): ListedPage {
  const metadata = isObject(body['metadata']) ? body['metadata'] : {};
  const { resourceVersion: version, continue: next } = metadata;
  const items = body['items'] ?? [];
  if (!Array.isArray(items) || typeof version !== 'string')
    throw broken('a list without items or a version');
  const objects = (items as readonly JsonValue[]).filter(isObject);
  return { items: objects, version, next: typeof next === 'string' ? next : '' };
}

/**
 * The events of a watch, one a line. Null stands for the end of the version: the list must be read
 * again. A line that is too long, and silence, end the watch with a failure.
 */
async function* readEvents({ message }: IncomingResponse): AsyncGenerator<WatchedEvent | null> {
  let timer = setTimeout(() => message.destroy(broken('silent')), LIMITS.watchSilenceMs);
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      timer = setTimeout(() => message.destroy(broken('silent')), LIMITS.watchSilenceMs);
      let from = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        pieces.push(chunk.subarray(from, end));
        const line = Buffer.concat(pieces.splice(0));
        size = 0;
        from = end + 1;
        if (line.length === 0) continue;
        const event = readEvent(line);
        yield event;
        if (event === null) return;
      }
      const rest = chunk.subarray(from);
      size += rest.length;
      // mutant watch-event-without-end by kube-watch: condition -> false
      if (size > LIMITS.watchEventBytesMax)
        throw new Failure('LIMIT_EXCEEDED', 'an event of the watch is too large', 'Report this.');
      if (rest.length > 0) pieces.push(Buffer.from(rest));
    }
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : broken('cut off');
  } finally {
    clearTimeout(timer);
    message.destroy();
  }
}

const TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

function readEvent(line: Uint8Array): WatchedEvent | null {
  const { type, object } = readObject(line, LIMITS.watchEventBytesMax);
  if (!isObject(object) || typeof type !== 'string') throw broken('an event without an object');
  if (TYPES.has(type)) return { type: type as WatchedEvent['type'], object };
  // mutant watch-of-a-version-that-is-gone by kube-watch: condition -> false
  if (type === 'ERROR' && object['code'] === 410) return null;
  throw broken(`an event ${describe(object)}`);
}

function readObject(bytes: Uint8Array, bytesMax: number): JsonObject {
  const parsed = orThrow(parseJson(bytes, { bytesMax }));
  if (!isJsonObject(parsed)) throw broken('no JSON object');
  return parsed;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}

function describe({ message, reason }: JsonObject): string {
  const said = typeof message === 'string' ? message : typeof reason === 'string' ? reason : '';
  return toOneLine(said, 200);
}

function refused(path: string, status: number, body: JsonObject): Failure {
  const rights = 'Give the watcher the rights of `waybill cluster watcher`.';
  return new Failure(
    'CLUSTER_UNREACHABLE',
    `the API server answered ${status} to ${path.slice(0, 200)}: ${describe(body)}`,
    status === 401 || status === 403 ? rights : 'Try again later.',
  );
}

function broken(what: string): Failure {
  return new Failure(
    'CLUSTER_UNREACHABLE',
    `the answer of the API server is ${what}`,
    'Check that the address is that of a Kubernetes API server.',
  );
}

function unreachable(thrown: unknown, request: Parameters<typeof networkFailure>[1]): Failure {
  const why = networkFailure(thrown, request);
  return new Failure('CLUSTER_UNREACHABLE', why.message, why.remedy, { cause: thrown });
}
