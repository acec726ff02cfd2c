import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { podReview, Scene } from '../support/scene.ts';

const PATIENCE_MS = 30_000;
let scene: Scene;
let trips = '';
let address: { readonly host: string; readonly port: number; readonly ca: Buffer };
const sockets: TLSSocket[] = [];

beforeAll(async () => {
  scene = await Scene.open();
  const { digest } = await scene.publish('trips');
  trips = `${scene.registry.registry}/shop/trips@${digest}`;
  const server = await scene.serve();
  const { hostname: host, port } = new URL(server.url);
  address = { host, port: Number(port), ca: readFileSync(server.caFile ?? '') };
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => scene.close());

/** A connection that sends `text` and then nothing more. */
async function saying(text: string): Promise<TLSSocket> {
  const socket = connect(address);
  sockets.push(socket);
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('secureConnect', resolve));
  socket.write(text);
  return socket;
}

const post = (body: string, length = Buffer.byteLength(body)): string =>
  `POST /admit HTTP/1.1\r\nhost: localhost\r\ncontent-type: ` +
  `application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;

async function expectAdmitted(): Promise<void> {
  expect(await scene.admit(trips)).toMatchObject({ allowed: true });
}

describe('The server under attack', () => {
  it('G28: a hundred unfinished connections delay no other request', async () => {
    const review = JSON.stringify(podReview(trips));
    for (let at = 0; at < 50; at++) {
      await saying('POST /admit HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
      await saying(post(review.slice(0, 20), review.length));
    }
    await expectAdmitted();
  });

  it('connections that are reset at any point leave the server working', async () => {
    const review = JSON.stringify(podReview(trips));
    for (const text of [
      post(review.slice(0, 20), review.length),
      'POST /adm',
      post(review),
      'not http at all\r\n\r\n',
    ]) {
      const socket = await saying(text);
      socket.destroy();
    }
    await expectAdmitted();
  });

  it('pipelined requests on one connection get their own answers in order', async () => {
    const review = (uid: string, image: string): string =>
      post(JSON.stringify(podReview(image)).replace('"uid-1"', JSON.stringify(uid)));
    const socket = await saying(
      review('first', trips) + review('second', 'no such/../image') + review('third', trips),
    );
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    await expect.poll(() => text.match(/"uid":"/g)?.length, { timeout: PATIENCE_MS }).toBe(3);
    const answers = [...text.matchAll(/"uid":"(\w+)","allowed":(\w+)/g)].map(([, uid, allowed]) => [
      uid,
      allowed,
    ]);
    expect(answers).toEqual([
      ['first', 'true'],
      ['second', 'false'],
      ['third', 'true'],
    ]);
  });

  it('three hundred reviews at once are all answered, and so is the probe meanwhile', async () => {
    const unproven = `${scene.registry.registry}/shop/trips:absent`;
    const reviews = Array.from({ length: 300 }, (_, at) =>
      scene.admit(at % 3 === 0 ? unproven : trips, `ns-${at % 7}`),
    );
    expect(await scene.http('GET', '/healthz')).toMatchObject({ status: 200 });
    const allowed = (await Promise.all(reviews)).map((answer) => answer.allowed);
    expect(allowed.map((one, at) => one === (at % 3 !== 0))).not.toContain(false);
  });

  it('G44: a policy that becomes a silent pipe is missing, and nothing waits for it', async () => {
    renameSync(scene.config.policy, `${scene.config.policy}.kept`);
    execFileSync('mkfifo', [scene.config.policy]);
    expect(await scene.admitUntil(trips, false)).toMatchObject({ allowed: false });
    expect(await scene.http('GET', '/healthz')).toMatchObject({ status: 200 });
    rmSync(scene.config.policy);
    renameSync(`${scene.config.policy}.kept`, scene.config.policy);
    expect(await scene.admitUntil(trips, true)).toMatchObject({ allowed: true });
  });

  it('G29: names with other scripts, hosts or ports are distinguished or refused', async () => {
    const digest = trips.split('@')[1] ?? '';
    const name = `${scene.registry.registry}/shop/trips`;
    expect(await scene.admit(`${name}:any@${digest}`)).toMatchObject({ allowed: true });
    for (const image of [
      `${name}@${digest}@${digest}`,
      `${name.replace('shop', 'ѕhop')}@${digest}`,
      `${name.replace('/shop/', '/Shop/')}@${digest}`,
      `${name.replace('/shop/', '/shop/../shop/')}@${digest}`,
      `${name}@${digest.toUpperCase()}`,
      `${name}@${digest.slice(0, -1)}`,
      ` ${name}@${digest}`,
      `${name}@${digest}\n`,
      `${name.replace('127.0.0.1', '127.0.0.1.')}@${digest}`,
      `https://${name}@${digest}`,
    ]) {
      expect([image, (await scene.admit(image)).allowed]).toEqual([image, false]);
    }
  });
});
