import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { boundConnections } from './connections.ts';

const opened: Socket[] = [];
let stop: () => void = () => undefined;
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  stop();
});

async function serve(limits: Parameters<typeof boundConnections>[1]) {
  const held: (() => void)[] = [];
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/slow') held.push(() => response.end('slow'));
    else request.on('end', () => response.end('quick'));
  });
  boundConnections(server as never, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stop = () => server.close();
  const { port } = server.address() as AddressInfo;
  return { port, held };
}

async function open(port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined).resume();
  opened.push(socket);
  await once(socket, 'connect');
  await new Promise((resolve) => setTimeout(resolve, 20));
  return socket;
}

const ask = async (socket: Socket, path = '/'): Promise<string> => {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString().slice(-5);
};

it('truth B5: idle connections give way to new ones, and never a request at work', async () => {
  const { port, held } = await serve({ connectionsMax: 100, connectionsPerAddressMax: 3 });
  const busy = await open(port, '127.0.0.1');
  const slow = ask(busy, '/slow');
  const idle = await open(port, '127.0.0.1');
  const unfinished = await open(port, '127.0.0.1');
  unfinished.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf');
  for (const old of [idle, unfinished]) {
    const closed = once(old, 'close');
    expect(await ask(await open(port, '127.0.0.1'))).toBe('quick');
    await closed;
  }
  for (const answer of held) answer();
  expect((await slow).slice(-4)).toBe('slow');
});

it('truth B5: when all are taken, the address with most connections gives way', async () => {
  const { port } = await serve({ connectionsMax: 4, connectionsPerAddressMax: 4 });
  const ours = await open(port, '127.0.0.2');
  const flood: Socket[] = [];
  for (let at = 0; at < 3; at++) flood.push(await open(port, '127.0.0.1'));
  const [oldest] = flood;
  const closed = oldest === undefined ? null : once(oldest, 'close');
  await open(port, '127.0.0.3');
  await closed;
  expect(await ask(ours)).toBe('quick');
});
