import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface StoredObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [member: string]: unknown;
}

interface StoredEvent {
  readonly version: number;
  readonly path: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: object;
}

interface OpenWatch {
  readonly path: string;
  readonly response: ServerResponse;
}

/**
 * The part of a Kubernetes API that a watch uses: lists in pages, watches with bookmarks, versions
 * that are gone (410), reviews of tokens. For what a real one cannot be made to do at will.
 */
export class KubeApi {
  readonly #server: Server;
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  readonly #events: StoredEvent[] = [];
  readonly #watches = new Set<OpenWatch>();
  /** Who is meant by a token, for the audiences that it was made for. */
  readonly tokens = new Map<string, { username: string; audiences: readonly string[] }>();
  /** `list PATH`, `watch PATH` and `review`, as they were asked. */
  readonly asked: string[] = [];
  pageMax = 2;
  /** Answers every request with this status. */
  broken: number | null = null;
  #version = 100;
  #oldest = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.put('/api/v1/namespaces', { metadata: { name: 'kube-system', uid: 'uid-1' } as never });
  }

  static async open(): Promise<KubeApi> {
    const api = new KubeApi();
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Writes a kubeconfig for it and returns its path. */
  writeKubeconfig(folder: string, name = 'kubeconfig'): string {
    const file = join(folder, name);
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'here',
        contexts: [{ name: 'here', context: { cluster: 'here', user: 'watcher' } }],
        clusters: [{ name: 'here', cluster: { server: this.url } }],
        users: [{ name: 'watcher', user: { token: 'token-of-the-watcher' } }],
      }),
    );
    return file;
  }

  put(path: string, object: StoredObject): void {
    const all = this.#objects.get(path) ?? new Map<string, StoredObject>();
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const type = all.has(key) ? 'MODIFIED' : 'ADDED';
    all.set(key, object);
    this.#objects.set(path, all);
    this.#tell(path, type, object);
  }

  remove(path: string, name: string, namespace = ''): void {
    const key = `${namespace}/${name}`;
    const object = this.#objects.get(path)?.get(key);
    if (object === undefined) return;
    this.#objects.get(path)?.delete(key);
    this.#tell(path, 'DELETED', object);
  }

  /** Ends all watches, as the API server does after some minutes. */
  endWatches(): void {
    for (const { response } of this.#watches) response.end();
    this.#watches.clear();
  }

  /** Forgets its history: who watches on from an older version gets 410. */
  forget(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#events.length = 0;
  }

  /** Writes any line to all watches of a path. */
  say(path: string, line: string): void {
    for (const watch of this.#watches) if (watch.path === path) watch.response.write(line);
  }

  bookmark(): void {
    this.#version += 1;
    for (const { path } of this.#watches) {
      const object = { kind: 'Any', metadata: { resourceVersion: String(this.#version) } };
      this.say(path, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    }
  }

  watching(path: string): boolean {
    return [...this.#watches].some((one) => one.path === path);
  }

  async close(): Promise<void> {
    this.endWatches();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #tell(path: string, type: StoredEvent['type'], object: StoredObject): void {
    this.#version += 1;
    const own = this.#withVersion(object);
    this.#events.push({ version: this.#version, path, type, object: own });
    this.say(path, `${JSON.stringify({ type, object: own })}\n`);
  }

  #withVersion(object: StoredObject): object {
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    return { ...object, metadata };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (this.broken !== null) return sendJson(response, this.broken, { message: 'broken' });
    if (url.pathname.endsWith('/tokenreviews')) return this.#review(request, response);
    if (url.pathname.startsWith('/api/v1/namespaces/')) {
      const name = url.pathname.split('/').at(-1) ?? '';
      const found = this.#objects.get('/api/v1/namespaces')?.get(`/${name}`);
      return sendJson(response, found === undefined ? 404 : 200, found ?? { code: 404 });
    }
    if (url.searchParams.get('watch') === '1') return this.#watch(url, response);
    this.asked.push(`list ${url.pathname}`);
    return this.#list(url, response);
  }

  #list(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('continue') ?? 0);
    const all = [...(this.#objects.get(url.pathname)?.values() ?? [])];
    const items = all.slice(from, from + this.pageMax);
    const next = from + this.pageMax < all.length ? String(from + this.pageMax) : '';
    const metadata = {
      resourceVersion: String(this.#version),
      ...(next === '' ? {} : { continue: next, remainingItemCount: all.length - from }),
    };
    sendJson(response, 200, { kind: 'List', metadata, items });
  }

  #watch(url: URL, response: ServerResponse): void {
    const since = Number(url.searchParams.get('resourceVersion'));
    this.asked.push(`watch ${url.pathname}`);
    if (since < this.#oldest) {
      sendJson(response, 410, { kind: 'Status', code: 410, reason: 'Expired' });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const { version, path, type, object } of this.#events)
      if (path === url.pathname && version > since)
        response.write(`${JSON.stringify({ type, object })}\n`);
    const watch = { path: url.pathname, response };
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
  }

  async #review(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked.push('review');
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { spec } = JSON.parse(Buffer.concat(pieces).toString()) as {
      readonly spec: { readonly token: string; readonly audiences: readonly string[] };
    };
    const known = this.tokens.get(spec.token);
    const audiences = known?.audiences.filter((one) => spec.audiences.includes(one)) ?? [];
    const status =
      known === undefined || audiences.length === 0
        ? { authenticated: false, error: 'invalid bearer token' }
        : { authenticated: true, user: { username: known.username }, audiences };
    sendJson(response, 201, { kind: 'TokenReview', status });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A pod as the API gives it, of a ReplicaSet of a Deployment. */
export function runningPod(
  name: string,
  image: string,
  more: { readonly digest?: string; readonly owner?: string; readonly node?: string } = {},
): StoredObject {
  const { digest, owner, node = 'n1' } = more;
  const controller = { kind: 'ReplicaSet', name: `${owner}-5d9c7`, controller: true };
  const statuses =
    digest === undefined ? [] : [{ name: 'app', image, imageID: `${image}@${digest}` }];
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      ...(owner === undefined
        ? {}
        : { labels: { 'pod-template-hash': '5d9c7' }, ownerReferences: [controller] }),
    } as StoredObject['metadata'],
    spec: { nodeName: node, containers: [{ name: 'app', image }] },
    status: { phase: 'Running', containerStatuses: statuses },
  };
}

export function clusterNode(name: string, region = 'westeurope'): StoredObject {
  const labels = {
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': `${region}-1`,
  };
  return { metadata: { name, uid: `uid-${name}`, labels } as StoredObject['metadata'] };
}
