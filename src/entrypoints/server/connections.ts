import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { LIMITS } from '../../core/limits.ts';

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  /** Requests that arrived completely and are being answered. */
  busy: number;
}

export interface ConnectionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
}

/**
 * Bounds the connections of a server, and of each address. A new connection is never refused while
 * an older one does nothing, or sends a request that does not end: the oldest of these is closed,
 * of the address that has most. A request that is being answered is never cut off.
 */
export function boundConnections(server: Server, limits: ConnectionLimits = LIMITS): void {
  // The order of the map is the order of use.
  const connections = new Map<string, Connection>();
  server.on('connection', (socket: Socket) => {
    const key = nameConnection(socket);
    const address = socket.remoteAddress ?? '';
    connections.set(key, { socket, address, busy: 0 });
    socket.on('close', () => connections.delete(key));
    // A stranger may end a connection at any time.
    socket.on('error', () => undefined);
    const over = findOver(connections, address, limits);
    if (over !== null) dropOldest(connections, over);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const key = nameConnection(request.socket);
    const connection = connections.get(key);
    if (connection === undefined) return;
    let counted = false;
    const count = () => {
      if (!counted) connection.busy++;
      counted = true;
    };
    request.on('end', count);
    if (!('content-length' in request.headers || 'transfer-encoding' in request.headers)) count();
    response.on('close', () => {
      if (counted) connection.busy--;
      if (connections.delete(key) && !connection.socket.destroyed) connections.set(key, connection);
    });
  });
}

/** The address whose connection must give way; null while there is room. */
function findOver(
  connections: ReadonlyMap<string, Connection>,
  address: string,
  { connectionsMax, connectionsPerAddressMax }: ConnectionLimits,
): string | null {
  const counts = new Map<string, number>();
  for (const one of connections.values())
    counts.set(one.address, (counts.get(one.address) ?? 0) + 1);
  // mutant connections-of-one-address by connections: remove
  if ((counts.get(address) ?? 0) > connectionsPerAddressMax) return address;
  // mutant connections-of-all by connections: remove
  if (connections.size > connectionsMax)
    return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  return null;
}

function dropOldest(connections: Map<string, Connection>, address: string): void {
  for (const [key, connection] of connections) {
    // mutant answered-request-is-kept by connections: remove operand 2
    if (connection.address !== address || connection.busy > 0) continue;
    connections.delete(key);
    connection.socket.destroy();
    return;
  }
}

function nameConnection({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
