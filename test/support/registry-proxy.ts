import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a dishonest registry changes an honest answer; null does not change it. */
export type Tamper = (
  path: string,
  status: number,
  body: Buffer,
) => {
  readonly status?: number;
  readonly body: Buffer;
  readonly headers?: Record<string, string>;
} | null;

export interface RegistryProxy {
  /** Host and port, as an image reference names them. */
  readonly registry: string;
  readonly requests: string[];
  tamper: Tamper;
  /** How long each answer waits, as on a network. */
  delayMs: number;
  close(): Promise<void>;
}

/** An HTTP proxy in front of a real registry that can change its answers. */
export async function startRegistryProxy(
  target: string,
  tamper: Tamper = () => null,
): Promise<RegistryProxy> {
  const proxy: Forwarding = { tamper, requests: [], delayMs: 0 };
  const server = createServer((incoming, outgoing) => forward(target, proxy, incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    registry: `127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

type Forwarding = Pick<RegistryProxy, 'tamper' | 'delayMs'> & { readonly requests: string[] };

function forward(
  target: string,
  proxy: Forwarding,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const path = incoming.url ?? '/';
  proxy.requests.push(`${incoming.method} ${path}`);
  const options = { method: incoming.method, headers: { ...incoming.headers, host: target } };
  const call = request(`http://${target}${path}`, options, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const body = Buffer.concat(chunks);
      const changed = proxy.tamper(path, answer.statusCode ?? 500, body);
      const headers = { ...answer.headers, ...changed?.headers };
      if (changed !== null) headers['content-length'] = String(changed.body.length);
      const send = (): void => {
        outgoing.writeHead(changed?.status ?? answer.statusCode ?? 500, headers);
        outgoing.end(incoming.method === 'HEAD' ? undefined : (changed?.body ?? body));
      };
      if (proxy.delayMs === 0) send();
      else setTimeout(send, proxy.delayMs);
    });
  });
  call.on('error', () => outgoing.destroy());
  incoming.pipe(call);
}
