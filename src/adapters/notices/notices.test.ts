import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { loadOwnTls } from '../../entrypoints/server/tls.ts';
import { type MailServer, parseMailServer, postText, sendMail } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-notices-'));
const tls = loadOwnTls(folder, ['localhost']);
afterAll(() => rmSync(folder, { recursive: true }));
const servers: { close: (done: () => void) => void }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0))
    await new Promise<void>((resolve) => server.close(resolve));
});

interface Talk {
  readonly lines: string[];
  readonly answers: Readonly<Record<string, string>>;
  readonly offersTls: boolean;
  /** What the server sends in the clear behind its answer to STARTTLS. */
  readonly injected?: string;
}

/** A server that speaks SMTP and writes down what it hears. */
async function serveMail(talk: Talk): Promise<number> {
  const serve = (socket: Socket, isSecure: boolean): void => {
    let isData = false;
    let rest = '';
    const say = (text: string) => socket.write(`${text}\r\n`);
    socket.on('error', () => undefined);
    socket.on('data', (piece: Buffer) => {
      rest += piece.toString();
      const lines = rest.split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        talk.lines.push(line);
        if (isData) {
          if (line !== '.') continue;
          isData = false;
          say(talk.answers['.'] ?? '250 kept');
          continue;
        }
        const [word = ''] = line.split(/[ :]/);
        const own = talk.answers[word];
        if (own !== undefined) say(own);
        else if (word === 'EHLO')
          say(
            `250-localhost\r\n250-SIZE 1000\r\n250 ${!isSecure && talk.offersTls ? 'STARTTLS' : 'AUTH PLAIN'}`,
          );
        else if (word === 'STARTTLS') {
          say(`220 go${talk.injected === undefined ? '' : `\r\n${talk.injected}`}`);
          socket.removeAllListeners('data');
          const secured = new TLSSocket(socket, { isServer: true, cert: tls.cert, key: tls.key });
          serve(secured, true);
          return;
        } else if (word === 'DATA') {
          isData = true;
          say('354 go on');
        } else if (word === 'AUTH') say('235 welcome');
        else if (word === 'QUIT') socket.end('221 bye\r\n');
        else say('250 well');
      }
    });
  };
  const server: Server = createServer((socket) => {
    socket.write('220-localhost\r\n220 ready\r\n');
    serve(socket, false);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const authority = () => [(tls as unknown as { ca?: string }).ca ?? `${tls.cert}`];
const open = (port: number, more: Partial<MailServer> = {}): MailServer => ({
  ...{ host: 'localhost', port, isSecure: false, user: null, password: null },
  ...{ from: 'waybill@shop.example.com', ca: authority(), ...more },
});
const mail = {
  ...{ id: 'n-1', to: 'sec@shop.example.com', at: new Date(0) },
  ...{ subject: 'Ä: 1 change\r\nBcc: evil@example.com', text: '.\r\n.\r\n+ trips “1.4”' },
};

describe('mail', () => {
  it('goes over TLS with a login, and no text becomes a command or a header', async () => {
    const talk: Talk = { lines: [], answers: {}, offersTls: true };
    await sendMail(open(await serveMail(talk), { user: 'u', password: 'p' }), mail);
    const text = talk.lines.join('\n');
    expect(talk.lines).toContain(`AUTH PLAIN ${Buffer.from('\0u\0p').toString('base64')}`);
    expect(talk.lines.indexOf('STARTTLS')).toBeLessThan(
      talk.lines.findIndex((line) => line.startsWith('AUTH')),
    );
    expect(talk.lines.filter((line) => line === '.')).toHaveLength(1);
    expect(text).not.toMatch(/^Bcc/m);
    const body = text.slice(text.indexOf('base64\n\n') + 8).split('\n.\n', 1)[0] ?? '';
    expect(Buffer.from(body, 'base64').toString()).toBe(mail.text);
    const [, subject = ''] = /^Subject: =\?UTF-8\?B\?([^?]+)\?=/m.exec(text) ?? [];
    expect(Buffer.from(subject, 'base64').toString()).toMatch(/^Ä: 1 change/);
  });

  it('what was said before TLS counts for nothing (RFC 3207)', async () => {
    const talk: Talk = { lines: [], answers: {}, offersTls: true, injected: '250 injected' };
    await sendMail(open(await serveMail(talk)), mail);
    expect(talk.lines.filter((line) => line.startsWith('EHLO'))).toHaveLength(2);
  });

  it.each([
    ['RCPT', '550 no such user', 'USAGE'],
    ['RCPT', '450 try later', 'DEADLINE_EXCEEDED'],
    ['.', '554 no', 'USAGE'],
    ['AUTH', '535 wrong', 'USAGE'],
  ])('an answer to %s of %s is %s, and no secret is told', async (word, said, code) => {
    const talk: Talk = { lines: [], answers: { [word]: said }, offersTls: true };
    const server = open(await serveMail(talk), { user: 'u', password: 'secret' });
    const refused = sendMail(server, mail);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(said) });
    const message = await refused.catch((thrown: unknown) => String(thrown));
    expect(message).not.toContain(Buffer.from('\0u\0secret').toString('base64'));
  });

  it('never goes in the clear, except on loopback', async () => {
    const talk: Talk = { lines: [], answers: {}, offersTls: false };
    const port = await serveMail(talk);
    await sendMail(open(port), mail);
    const far = { host: 'LOCALHOST' };
    await expect(sendMail(open(port, far), mail)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('no TLS'),
    });
  });

  it('a server that is not there may be tried again', async () => {
    const port = await serveMail({ lines: [], answers: {}, offersTls: false });
    await new Promise<void>((resolve) => servers.pop()?.close(resolve));
    await expect(sendMail(open(port), mail)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it.each([
    ['http://mail.example.com', 'a@b.example.com', null],
    ['smtp://u:secret@mail.example.com', 'a@b.example.com', 'p'],
    ['smtp://mail.example.com', 'a b@c', null],
    ['smtp://u@mail.example.com', 'a@b.example.com', null],
    ['smtp://mail.example.com', 'a@b.example.com', 'p'],
  ])('%s from %s with the password %s is refused', (address, from, password) => {
    expect(parseMailServer(address, { from, password })).toMatchObject({
      ok: false,
      failure: { code: 'CONFIG_INVALID', message: expect.not.stringContaining('secret') },
    });
  });

  it('an address names server, port and user', () => {
    const about = { from: 'a@b.example.com', password: 'p' };
    expect(orThrow(parseMailServer('smtps://u%40x@mail.example.com', about))).toMatchObject({
      ...{ host: 'mail.example.com', port: 465, isSecure: true, user: 'u@x' },
    });
    expect(orThrow(parseMailServer('smtp://u@[::1]:2525', about))).toMatchObject({
      ...{ host: '::1', port: 2525, isSecure: false },
    });
  });
});

describe('a text that is posted', () => {
  it('is delivered once; a refusal is lasting or passing by its status', async () => {
    const heard: string[] = [];
    let status = 200;
    const server = createHttp((request: IncomingMessage, response) => {
      request.on('data', (piece) => heard.push(String(piece)));
      request.on('end', () => {
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {});
        response.end('x'.repeat(100));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const post = () =>
      postText({ url: `http://127.0.0.1:${port}/hook`, headers: {}, body: 'text', env: {} });
    await post();
    expect(heard).toEqual(['text']);
    for (const [answer, code] of [
      [404, 'USAGE'],
      [302, 'USAGE'],
      [429, 'DEADLINE_EXCEEDED'],
      [503, 'DEADLINE_EXCEEDED'],
    ] as const) {
      status = answer;
      await expect(post()).rejects.toMatchObject({ code });
    }
    expect(heard).toHaveLength(5);
  });

  it.each([
    'http://169.254.169.254/latest/api/token',
    'http://0xa9fea9fe/',
    'https://[fe80::1]/hook',
    'http://[::ffff:169.254.169.254]/',
    'http://[fd00:ec2::254]/latest',
  ])('attack: never goes to %s, where a cloud keeps the secrets of a machine', async (url) => {
    await expect(postText({ url, headers: {}, body: 'text', env: {} })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('link-local'),
    });
  });
});
