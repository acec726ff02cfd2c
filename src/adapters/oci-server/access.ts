import type { IncomingMessage, ServerResponse } from 'node:http';
import { toOneLine } from '../../core/one-line.ts';

/** One request that the registry answered, for an access log. */
export interface AccessEntry {
  readonly method: string;
  /** Without the query, which may have a token in it; one bounded line. */
  readonly path: string;
  readonly status: number;
  /** The client was gone before it had the whole answer. */
  readonly aborted: boolean;
  /** Bytes of the connection for this request, headers included. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly durationMs: number;
  readonly address: string;
}

const METHOD_CHARACTERS_MAX = 20;
const PATH_CHARACTERS_MAX = 600;

/** Calls `accessed` once, when the answer is sent or the client is gone. */
export function watchAccess(
  request: IncomingMessage,
  response: ServerResponse,
  accessed: (entry: AccessEntry) => void,
): void {
  const { socket } = request;
  const startedAt = performance.now();
  const [received, sent] = [socket.bytesRead, socket.bytesWritten];
  const address = socket.remoteAddress ?? '';
  response.once('close', () =>
    accessed({
      method: toOneLine(request.method ?? '', METHOD_CHARACTERS_MAX),
      path: describePath(request.url ?? ''),
      status: response.statusCode,
      aborted: !response.writableFinished,
      bytesReceived: Math.max(0, socket.bytesRead - received),
      bytesSent: Math.max(0, socket.bytesWritten - sent),
      durationMs: Math.round((performance.now() - startedAt) * 100) / 100,
      address,
    }),
  );
}

/** A request target that is an address may have a name and a password in it. */
function describePath(target: string): string {
  // mutant access-log-with-credentials by access: condition -> false
  if (!target.startsWith('/')) return '(not a path)';
  // mutant access-log-with-query by access: argument 1 -> target
  return toOneLine(target.split(/[?#]/, 1)[0] ?? '', PATH_CHARACTERS_MAX);
}
