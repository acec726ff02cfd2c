import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOwnTls } from '../../../src/entrypoints/server/tls.ts';
import { type TestKey, testKey } from '../certificates.ts';

export interface ServiceRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface ServiceAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** A service over TLS on loopback, with the folder of its files and of those that tests write. */
export interface RunningService {
  readonly folder: string;
  readonly caFile: string;
  readonly host: string;
  readonly requests: ServiceRequest[];
  /** What it answers before it answers as it should, each once. */
  readonly first: ServiceAnswer[];
  write(name: string, text: string): string;
  close(): Promise<void>;
}

/** Starts a service that answers each request as `answer` says. */
export async function startService(
  answer: (request: ServiceRequest) => ServiceAnswer,
): Promise<RunningService> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-key-service-'));
  const tls = loadOwnTls(folder, ['localhost']);
  const requests: ServiceRequest[] = [];
  const first: ServiceAnswer[] = [];
  const server = createServer(tls, async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const request: ServiceRequest = {
      method: incoming.method ?? '',
      url: new URL(incoming.url ?? '/', `https://${incoming.headers.host}`),
      headers: incoming.headers as Record<string, string | undefined>,
      text,
      json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
    requests.push(request);
    const given = first.shift() ?? answer(request);
    outgoing.writeHead(given.status ?? 200, given.headers ?? {});
    outgoing.end(given.text ?? JSON.stringify(given.json ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    folder,
    caFile: tls.caFile,
    host: `localhost:${port}`,
    requests,
    first,
    write: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    close: () => closeService(server, folder),
  };
}

async function closeService(server: Server, folder: string): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
}

const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';

/** The key that a service keeps, and the certificates of it and of another key. */
export interface KeptKey {
  readonly key: TestKey;
  readonly chain: string;
  readonly chainOfAnother: string;
}

export async function keepKey(service: RunningService, key?: KeyObject): Promise<KeptKey> {
  const own = await testKey({ subject: SUBJECT, ...(key === undefined ? {} : { key }) });
  const other = await testKey({ subject: 'CN=other,O=Shop,ST=WA,C=US' });
  return {
    key: own,
    chain: service.write('chain.pem', own.chainPem),
    chainOfAnother: service.write('other.pem', other.chainPem),
  };
}

export function exportSpki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

export function exportPublicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
}
