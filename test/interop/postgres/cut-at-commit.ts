import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * Stands between a client and the server on loopback. When told so, it hands the next COMMIT to the
 * server and cuts the connection before the answer comes through.
 */
export async function cutAtCommit(port: number) {
  const sockets = new Set<Socket>();
  let isArmed = false;
  let cuts = 0;
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    let isCut = false;
    client.on('data', (bytes) => {
      if (isArmed && bytes.includes('commit\0')) {
        [isArmed, isCut] = [false, true];
        cuts++;
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => (isCut ? client.destroy() : client.write(bytes)));
    client.on('close', () => server.end());
    server.on('close', () => client.end());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    cutNext: () => {
      isArmed = true;
    },
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
