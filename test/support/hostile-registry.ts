import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Script = (request: SeenRequest, response: ServerResponse) => void;

/**
 * A server on loopback that gives any answer of its script, also a wrong one, and remembers the
 * requests.
 */
export interface HostileRegistry {
  /** Host and port. */
  readonly registry: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * `host` is the name that clients use: `localhost` and `127.0.0.1` are two origins on one machine.
 *
 * @example
 * const liar = await startHostileRegistry((request, response) =>
 *   answer(response, 200, {}, 'not what you asked'),
 * );
 */
export async function startHostileRegistry(
  script: Script,
  host = '127.0.0.1',
): Promise<HostileRegistry> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body: Buffer.concat(chunks) };
      seen.push(one);
      script(one, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { registry: `${host}:${(server.address() as AddressInfo).port}`, seen, close };
}

/** A plain answer. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
  body: string | Uint8Array = '',
): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** A body that never ends; `pauseMs` between its chunks. */
export function endless(
  response: ServerResponse,
  headers: Record<string, string>,
  chunk: Uint8Array,
  pauseMs = 0,
): void {
  response.writeHead(200, headers);
  const next = () => {
    if (response.destroyed) return;
    const flushed = response.write(chunk);
    if (pauseMs > 0) setTimeout(next, pauseMs);
    else if (flushed) setImmediate(next);
    else response.once('drain', next);
  };
  next();
}
