import { connect as connectPlain, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { isLoopbackName, parseHost } from '../../system/http/hosts.ts';

/** The server that takes mail, as `smtp://USER@HOST:587` or `smtps://USER@HOST:465` name it. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS, which only a server on loopback may lack. */
  readonly isSecure: boolean;
  readonly user: string | null;
  readonly password: string | null;
  readonly from: string;
  /** Certificates to trust beside those of Node, PEM. */
  readonly ca?: readonly string[];
}

export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly at: Date;
}

/** The server of an address; the password is not part of it. */
export function parseMailServer(
  text: string,
  { from, password }: { readonly from: string; readonly password: string | null },
): Result<MailServer> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSecure = url?.protocol === 'smtps:';
  if (url === null || !(isSecure || url.protocol === 'smtp:') || url.hostname === '')
    return refuse('it is not smtp://USER@HOST:PORT or smtps://USER@HOST:PORT');
  if (url.password !== '') return refuse('a password is not part of it: WAYBILL_SMTP_PASSWORD');
  if (!ADDRESS.test(from)) return refuse('WAYBILL_SMTP_FROM is not an address');
  const user = url.username === '' ? null : decodeURIComponent(url.username);
  if ((user === null) !== (password === null))
    return refuse('a user and a password are given together, or neither');
  const port = url.port === '' ? (isSecure ? 465 : 587) : Number(url.port);
  return ok({ host: parseHost(url.hostname), port, isSecure, user, password, from });
}

/** No character that ends a command or a header line. */
const ADDRESS = /^[^\s<>,;:"@]{1,64}@[^\s<>,;:"@]{1,255}$/;

function refuse(why: string): Result<never> {
  return fail('CONFIG_INVALID', `WAYBILL_SMTP: ${why}`, 'See: docs/guides/standing-questions.md.');
}

/**
 * Sends one mail (RFC 5321, RFC 3207, RFC 4954). Throws DEADLINE_EXCEEDED where another try may
 * help, and USAGE where the server refuses it for good.
 */
export async function sendMail(server: MailServer, mail: Mail): Promise<void> {
  if (!ADDRESS.test(mail.to))
    throw new Failure('USAGE', 'the receiver is not an address', 'Write NAME@HOST.');
  const session = await SmtpSession.open(server);
  try {
    await session.greet();
    await session.command(`MAIL FROM:<${server.from}>`, '2');
    await session.command(`RCPT TO:<${mail.to}>`, '2');
    await session.command('DATA', '3');
    await session.command(`${formatMessage(server, mail)}\r\n.`, '2');
    await session.command('QUIT', '2').catch(() => undefined);
  } finally {
    session.close();
  }
}

function formatMessage({ from }: MailServer, { id, to, subject, text, at }: Mail): string {
  const body = Buffer.from(text, 'utf8').toString('base64');
  const lines = body.match(/.{1,76}/g) ?? [];
  return [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${encodeHeader(subject)}`,
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id.replace(/[^A-Za-z0-9._-]/g, '')}@waybill.invalid>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...lines,
  ].join('\r\n');
}

/** RFC 2047: words of at most 75 characters; no line of a header can be made with it. */
function encodeHeader(text: string): string {
  const line = toOneLine(text).slice(0, 500);
  if (/^[\x20-\x7e]{0,70}$/.test(line)) return line;
  const words: string[] = [];
  let word = '';
  for (const character of line) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word]
    .map((one) => `=?UTF-8?B?${Buffer.from(one).toString('base64')}?=`)
    .join('\r\n ');
}

const ANSWER_BYTES_MAX = 64 * 1024;

/** One connection; every answer is bounded in size and time. */
class SmtpSession {
  readonly #server: MailServer;
  #socket: Socket;
  #text = '';
  #wake: () => void = () => undefined;
  #ended: Error | null = null;
  #isSecure: boolean;

  private constructor(server: MailServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    this.#isSecure = server.isSecure;
    this.#listen();
  }

  static async open(server: MailServer): Promise<SmtpSession> {
    const { host, port } = server;
    const socket = server.isSecure ? secure(server, null) : connectPlain({ host, port });
    await waitFor(socket, server.isSecure ? 'secureConnect' : 'connect', server);
    return new SmtpSession(server, socket);
  }

  /** Says hello, makes the connection secure and logs in. */
  async greet(): Promise<void> {
    await this.#readAnswer('2');
    let offers = await this.#hello();
    const { user, password, host } = this.#server;
    if (!this.#isSecure && /^\d{3}[ -]STARTTLS/im.test(offers)) {
      await this.command('STARTTLS', '2');
      await this.#startTls();
      offers = await this.#hello();
    }
    // mutant mail-in-the-clear by notices: condition -> false
    if (!this.#isSecure && !isLoopbackName(host))
      throw new Failure(
        'USAGE',
        `${host} offers no TLS`,
        'Name a server with STARTTLS or smtps://.',
      );
    if (user === null) return;
    const secret = Buffer.from(`\0${user}\0${password ?? ''}`).toString('base64');
    await this.command(`AUTH PLAIN ${secret}`, '2', 'AUTH PLAIN');
  }

  /** Sends a line and waits for an answer of this class. `shown` is what a failure says. */
  async command(line: string, expected: string, shown = line): Promise<string> {
    this.#socket.write(`${line}\r\n`);
    return this.#readAnswer(expected, shown);
  }

  close(): void {
    this.#socket.destroy();
  }

  #hello(): Promise<string> {
    const name = hostname().replace(/[^A-Za-z0-9.-]/g, '') || 'localhost';
    return this.command(`EHLO ${name}`, '2', 'EHLO');
  }

  async #startTls(): Promise<void> {
    this.#socket.removeAllListeners('data');
    // What came before TLS may be of somebody in between (RFC 3207 §6).
    // mutant mail-answers-before-tls-count by notices: remove
    this.#text = '';
    const socket = secure(this.#server, this.#socket);
    await waitFor(socket, 'secureConnect', this.#server);
    this.#socket = socket;
    this.#isSecure = true;
    this.#listen();
  }

  #listen(): void {
    const end = (error: Error): void => {
      this.#ended ??= error;
      this.#wake();
    };
    this.#socket.on('data', (piece: Buffer) => {
      this.#text += piece.toString('latin1');
      if (this.#text.length > ANSWER_BYTES_MAX) end(new Error('it sends too much'));
      this.#wake();
    });
    this.#socket.on('error', end);
    this.#socket.on('close', () => end(new Error('it closed the connection')));
    this.#socket.setTimeout(LIMITS.noticeMs, () => end(new Error('it does not answer')));
  }

  async #readAnswer(expected: string, shown = 'the greeting'): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\r?\n/.exec(this.#text)?.[0];
      if (whole !== undefined) {
        this.#text = this.#text.slice(whole.length);
        if (whole.startsWith(expected)) return whole;
        throw this.#refuse(whole, shown);
      }
      if (this.#ended !== null) throw unreachable(this.#server, this.#ended);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #refuse(answer: string, shown: string): Failure {
    const said = toOneLine(answer.slice(0, 200)).trim();
    const step = toOneLine(shown.split('\r\n', 1)[0]?.slice(0, 60) ?? '');
    const why = `${this.#server.host} answered ${said} to ${step}`;
    const isLasting = answer.startsWith('5');
    return new Failure(isLasting ? 'USAGE' : 'DEADLINE_EXCEEDED', why, 'Ask who runs the server.');
  }
}

function secure({ host, port, ca }: MailServer, over: Socket | null): TLSSocket {
  const trusted = ca === undefined ? {} : { ca: [...ca] };
  const place = over === null ? { host, port } : { socket: over };
  return connectTls({ ...place, ...trusted, servername: host });
}

function waitFor(socket: Socket, event: string, server: MailServer): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = (error: Error): void => reject(unreachable(server, error));
    const timer = setTimeout(() => {
      socket.destroy();
      lost(new Error('it does not answer'));
    }, LIMITS.noticeMs);
    socket.once('error', lost);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', lost);
      resolve();
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

function unreachable({ host }: MailServer, { message }: Error): Failure {
  return new Failure(
    'DEADLINE_EXCEEDED',
    `the mail server ${host}: ${message}`,
    'Check its address.',
  );
}
