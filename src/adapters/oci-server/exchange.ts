import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from './refusal.ts';

/** One request, its answer, and the data that both need. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Which repositories a list may show to who asks. */
  readonly mayPull: (repository: string) => boolean;
}

export type Headers = Readonly<Record<string, string | number>>;

export function answer(
  { request, response }: Exchange,
  status: number,
  headers: Headers,
  body?: Uint8Array,
): void {
  const length = body === undefined ? {} : { 'Content-Length': body.length };
  response.writeHead(status, { ...length, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export function answerJson(
  exchange: Exchange,
  status: number,
  headers: Headers,
  value: unknown,
): void {
  const body = new TextEncoder().encode(JSON.stringify(value));
  answer(exchange, status, { 'Content-Type': 'application/json', ...headers }, body);
}

/**
 * Answers a refusal in the form of the specification. If the body of the request was not read, the
 * connection is closed.
 */
export function answerRefusal(exchange: Exchange, refusal: Refusal): void {
  if (exchange.response.headersSent) {
    exchange.response.destroy();
    return;
  }
  const close: Headers = exchange.request.complete ? {} : { Connection: 'close' };
  const error = { code: refusal.code, message: refusal.message };
  answerJson(exchange, refusal.status, { ...refusal.headers, ...close }, { errors: [error] });
}

/** Reads the body into memory, or answers 413. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Refusal {
  return new Refusal(413, 'SIZE_INVALID', 'the document is too large');
}
