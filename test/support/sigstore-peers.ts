import { type ChildProcess, spawn } from 'node:child_process';
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ExtendedKeyUsage, id_ce_extKeyUsage, id_kp_codeSigning } from '@peculiar/asn1-x509';
import { buildAuthorityExtensions, buildExtension } from '../../src/capabilities/signing/index.ts';
import { formatOid, readDer } from '../../src/formats/der/der.ts';
import { readPem, writeChainPem } from '../../src/formats/der/pem.ts';
import { testAuthority } from './certificates.ts';
import { freePort } from './guide.ts';
import { peer } from './peer.ts';
import { makeToken } from './sigstore-provider.ts';
import { der } from './timestamps.ts';

const PROGRAMS = ['fulcio', 'timestamp-server', 'rekor-server', 'cosign'] as const;
type Programs = Readonly<Record<(typeof PROGRAMS)[number], string>>;
const READY_MS_MAX = 30_000;
const PASSWORD = 'secret';

/** The real services of sigstore; null where one is absent. */
export function sigstorePrograms(): Programs | null {
  const found = PROGRAMS.map((name) => [name, peer(name)] as const);
  return found.some(([, path]) => path === null) ? null : (Object.fromEntries(found) as never);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const spki = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' });
const makeKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/**
 * A private instance of sigstore from its own programs: Fulcio, timestamp-authority and Rekor v2 on
 * disk. What none of them is stands in here: the provider of identities and the log of certificates
 * (RFC 6962).
 */
export class RealSigstore {
  readonly folder = mkdtempSync(join(tmpdir(), 'waybill-sigstore-'));
  /** The provider of identities. */
  issuer = '';
  trustedRoot: object = {};
  signingConfig: object = {};
  readonly #children: ChildProcess[] = [];
  readonly #servers: Server[] = [];
  readonly #providerKey = makeKey();
  readonly #ctKey = makeKey();

  static async start(programs: Programs): Promise<RealSigstore> {
    const real = new RealSigstore();
    try {
      await real.#startAll(programs);
      return real;
    } catch (thrown) {
      await real.stop();
      throw thrown;
    }
  }

  token(claims: Readonly<Record<string, unknown>> = {}): string {
    const who = { sub: 'one', email: 'release@shop.example.com', email_verified: true };
    return makeToken(this.issuer, this.#providerKey, { ...who, ...claims });
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode === null && child.pid !== undefined) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #startAll(programs: Programs): Promise<void> {
    this.issuer = await this.#serve((url) => this.#describeProvider(url));
    const authority = await this.#startFulcio(programs.fulcio);
    const stamper = await this.#startStamper(programs['timestamp-server']);
    const log = await this.#startRekor(programs['rekor-server']);
    const validFor = { start: '2026-01-01T00:00:00Z' };
    const describeLog = (key: KeyObject, baseUrl: string) => ({
      baseUrl,
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: base64(spki(key)),
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        validFor,
      },
      logId: { keyId: base64(hash(spki(key))) },
    });
    const describeChain = (ders: readonly Uint8Array[], uri: string) => ({
      subject: { organization: 'shop', commonName: 'shop' },
      uri,
      certChain: { certificates: ders.map((one) => ({ rawBytes: base64(one) })) },
      validFor,
    });
    this.trustedRoot = {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [describeLog(log.key, log.url)],
      ctlogs: [describeLog(this.#ctKey, 'https://ct.example.com')],
      certificateAuthorities: [describeChain(authority.chain, authority.url)],
      timestampAuthorities: [describeChain(stamper.chain, stamper.url)],
    };
    const service = (url: string, majorApiVersion: number) => [
      { url, majorApiVersion, validFor, operator: 'shop' },
    ];
    this.signingConfig = {
      mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
      caUrls: service(authority.url, 1),
      oidcUrls: service(this.issuer, 1),
      rekorTlogUrls: service(log.url, 2),
      rekorTlogConfig: { selector: 'ANY' },
      tsaUrls: service(`${stamper.url}/api/v1/timestamp`, 1),
      tsaConfig: { selector: 'ANY' },
    };
  }

  async #startFulcio(program: string) {
    const root = testAuthority({ subject: 'CN=root,O=Shop,ST=WA,C=US' });
    const caKey = makeKey();
    const purposes = new ExtendedKeyUsage([id_kp_codeSigning]);
    const authority = testAuthority({
      subject: 'CN=ca,O=Shop,ST=WA,C=US',
      issuer: root,
      key: caKey,
      extensions: [
        ...buildAuthorityExtensions(createPublicKey(caKey), 0, root.key),
        buildExtension(id_ce_extKeyUsage, false, purposes),
      ],
    });
    const chain = [authority.der, root.der];
    const ctUrl = await this.#serve((_, path, body) => this.#promise(path, body));
    const config = [
      'oidc-issuers:',
      `  ${this.issuer}:`,
      `    issuer-url: ${this.issuer}`,
      '    client-id: sigstore',
      '    type: email',
    ].join('\n');
    const pem = createPublicKey(this.#ctKey).export({ format: 'pem', type: 'spki' });
    const key = authority.key.export({
      ...{ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: PASSWORD },
    });
    const [port, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
    this.#start('fulcio', program, [
      'serve',
      '--ca=fileca',
      `--fileca-cert=${this.#write('ca.pem', writeChainPem(chain))}`,
      `--fileca-key=${this.#write('ca.key', key)}`,
      `--fileca-key-passwd=${PASSWORD}`,
      '--fileca-watch=false',
      `--config-path=${this.#write('fulcio.yaml', config)}`,
      `--ct-log-url=${ctUrl}/test`,
      `--ct-log-public-key-path=${this.#write('ct.pub', pem)}`,
      ...['--host=127.0.0.1', `--port=${port}`, '--grpc-host=127.0.0.1', `--grpc-port=${grpc}`],
      `--metrics-port=${metrics}`,
      // Its default is one name for the whole machine, so that a second one could not start.
      `--legacy-unix-domain-socket=${join(this.folder, 'fulcio.sock')}`,
    ]);
    const url = `http://127.0.0.1:${port}`;
    await this.#ready('fulcio', `${url}/healthz`);
    return { url, chain };
  }

  async #startStamper(program: string) {
    const port = await freePort();
    const options = ['--host=127.0.0.1', `--port=${port}`, '--disable-ntp-monitoring'];
    this.#start('tsa', program, ['serve', ...options]);
    const url = `http://127.0.0.1:${port}`;
    await this.#ready('tsa', `${url}/ping`);
    const pem = await (await fetch(`${url}/api/v1/timestamp/certchain`)).text();
    return { url, chain: (readPem(pem) ?? []).map(({ bytes }) => bytes) };
  }

  async #startRekor(program: string) {
    const key = makeKey();
    const pem = key.export({ format: 'pem', type: 'pkcs8' });
    const [port, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
    this.#start('rekor', program, [
      'serve',
      `--http-port=${port}`,
      `--grpc-port=${grpc}`,
      `--http-metrics-port=${metrics}`,
      '--hostname=127.0.0.1',
      '--checkpoint-interval=1s',
      `--storage-dir=${join(this.folder, 'log')}`,
      `--signer-filepath=${this.#write('log.key', pem)}`,
    ]);
    const url = `http://127.0.0.1:${port}`;
    await this.#ready('rekor', `${url}/healthz`);
    return { url, key };
  }

  #write(name: string, content: string | Buffer): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  #start(name: string, program: string, args: readonly string[]): void {
    const env = { PATH: process.env['PATH'], HOME: this.folder };
    const child = spawn(program, [...args], { cwd: this.folder, env, stdio: 'pipe' });
    const said = createWriteStream(join(this.folder, `${name}.log`));
    child.stdout.pipe(said);
    child.stderr.pipe(said);
    this.#children.push(child);
  }

  async #ready(name: string, url: string): Promise<void> {
    for (const end = Date.now() + READY_MS_MAX; ; await pause(100)) {
      const status = await fetch(url).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return;
      if (Date.now() < end) continue;
      throw new Error(
        `${name} is not ready: ${readFileSync(join(this.folder, `${name}.log`), 'utf8')}`,
      );
    }
  }

  async #serve(
    answer: (url: string, path: string, body: Buffer) => object | null,
  ): Promise<string> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const made = answer(
        `http://${request.headers.host}`,
        request.url ?? '',
        Buffer.concat(chunks),
      );
      response.writeHead(made === null ? 404 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(made ?? {}));
    });
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** OpenID Connect Discovery, and the keys beside it: one document answers for both. */
  #describeProvider(url: string): object {
    const jwk = createPublicKey(this.#providerKey).export({ format: 'jwk' });
    return {
      issuer: url,
      authorization_endpoint: `${url}/auth`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      keys: [{ ...jwk, kid: 'one', use: 'sig', alg: 'ES256' }],
    };
  }

  /** RFC 6962 §4.2: the promise of a log to publish a precertificate. */
  #promise(path: string, body: Buffer): object | null {
    if (!path.endsWith('/ct/v1/add-pre-chain')) return null;
    const [first, second] = JSON.parse(body.toString()).chain.map((one: string) =>
      Buffer.from(one, 'base64'),
    );
    const issuer = readDer(second)?.children[0]?.children[6]?.bytes ?? new Uint8Array();
    const tbs = removePoison(first);
    const timestamp = Date.now();
    const head = Buffer.alloc(12);
    head.writeBigUInt64BE(BigInt(timestamp), 2);
    head.writeUInt16BE(1, 10);
    const size = Buffer.from([0, tbs.length >> 8, tbs.length & 0xff]);
    const signed = Buffer.concat([head, hash(issuer), size, tbs, Buffer.alloc(2)]);
    const signature = sign('sha256', signed, this.#ctKey);
    const form = Buffer.from([4, 3, signature.length >> 8, signature.length & 0xff]);
    return {
      sct_version: 0,
      id: base64(hash(spki(this.#ctKey))),
      timestamp,
      extensions: '',
      signature: base64(Buffer.concat([form, signature])),
    };
  }
}

const POISON = '1.3.6.1.4.1.11129.2.4.3';

function removePoison(certificate: Uint8Array): Buffer {
  const tbs = readDer(certificate)?.children[0];
  const list = tbs?.children.at(-1)?.children[0];
  if (tbs === undefined || list === undefined) throw new Error('a precertificate has extensions');
  const kept = list.children.filter((one) => formatOid(one.children[0]) !== POISON);
  const extensions = der(0xa3, der(0x30, ...kept.map(({ bytes }) => bytes)));
  return der(0x30, ...tbs.children.slice(0, -1).map(({ bytes }) => bytes), extensions);
}
