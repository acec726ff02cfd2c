import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CertificationRequest } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { encodePreAuth } from '../../src/capabilities/signing/envelopes/dsse.ts';
import { toInstant } from '../../src/core/instant.ts';
import { readDer } from '../../src/formats/der/der.ts';
import { readPem } from '../../src/formats/der/pem.ts';
import { canonicalizeJson } from '../../src/formats/json/canonical.ts';
import { formatCheckpoint } from '../../src/formats/log/checkpoint.ts';
import {
  computeLeavesRoot,
  hashLeaf,
  proveInclusion,
  type TreeHash,
} from '../../src/formats/log/merkle.ts';
import { fixedKey } from './certificates.ts';
import { buildLeaf, type Json, type TestInstance, testInstance } from './sigstore-instance.ts';
import {
  type Answer,
  json,
  type LoginFaults,
  makeToken,
  TestProvider,
} from './sigstore-provider.ts';
import { der } from './timestamps.ts';

/** Changes what a service answers, in place. */
export interface Faults extends LoginFaults {
  certificate?: (answer: Json) => void;
  entry?: (answer: Json) => void;
  /** Identity of the certificate, in place of that of the token. */
  identity?: string;
  withoutSct?: boolean;
  /** The first entry is taken, and its answer is that it is there already. */
  conflict?: boolean;
}

/** The services of a private instance on loopback: they speak the published protocols. */
export interface SigstoreServices {
  readonly url: string;
  readonly instance: TestInstance;
  /** What was asked: method and path. */
  readonly asked: string[];
  readonly faults: Faults;
  /** As the instance publishes it. */
  signingConfig(version: 1 | 2): Json;
  trustedRoot(): Json;
  /** An identity token of its own provider. */
  token(claims?: Readonly<Record<string, unknown>>): string;
  close(): Promise<void>;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const nowInstant = () => toInstant(Date.now());

export async function startSigstore(name: string): Promise<SigstoreServices> {
  const instance = testInstance(name);
  const providerKey = fixedKey(`${name} provider`);
  const asked: string[] = [];
  const faults: Faults = {};
  const log = new TestLog(instance.parts.logKey, instance.parts.logId, faults);
  const provider = new TestProvider(providerKey, faults);
  const services = { instance, providerKey, faults, log, provider };
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const body = await readAll(request);
    const { status, type, bytes, location } = answer(services, request, body);
    const more = location === undefined ? {} : { Location: location };
    response.writeHead(status, { 'Content-Type': type, ...more }).end(bytes);
  });
  const url = await listen(server);
  return {
    url,
    instance,
    asked,
    faults,
    signingConfig: (version) => buildConfig(url, version),
    trustedRoot: () => {
      const [authority] = instance.root.timestampAuthorities;
      const leaf = { rawBytes: base64(instance.stamper.leaf) };
      const chain = { certificates: [leaf, ...authority.certChain.certificates] };
      return {
        ...instance.root,
        timestampAuthorities: [{ ...authority, certChain: chain }],
      };
    },
    token: (claims = {}) => makeToken(url, providerKey, claims),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () =>
      done(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function buildConfig(url: string, version: 1 | 2): Json {
  const validFor = { start: '2026-01-01T00:00:00Z' };
  const service = (at: string, majorApiVersion: number) => [
    { url: at, majorApiVersion, validFor, operator: 'example.com' },
  ];
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: service(url, 1),
    oidcUrls: service(url, 1),
    rekorTlogUrls: service(url, version),
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: service(`${url}/api/v1/timestamp`, 1),
    tsaConfig: { selector: 'ANY' },
  };
}

interface Services {
  readonly instance: TestInstance;
  readonly providerKey: KeyObject;
  readonly faults: Faults;
  readonly log: TestLog;
  readonly provider: TestProvider;
}

function answer(services: Services, request: IncomingMessage, body: Buffer): Answer {
  const { log, instance, provider, faults } = services;
  const base = `http://${request.headers.host}`;
  const url = new URL(request.url ?? '/', base);
  const known = /^\/api\/v1\/log\/entries\/([0-9a-f]{64})$/.exec(url.pathname)?.[1];
  if (request.method === 'GET' && known !== undefined) return json(log.known(known), 200);
  const own = provider.answer(base, request, url, body);
  if (own !== null) return own;
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /api/v2/signingCert':
      return issue(services, JSON.parse(body.toString()));
    case 'POST /api/v1/log/entries': {
      const made = log.appendFirst(JSON.parse(body.toString()));
      if (faults.conflict !== true) return json(made);
      const location = `/api/v1/log/entries/${Object.keys(made)[0]}`;
      return { ...json({ code: 409, message: 'an equivalent entry exists' }, 409), location };
    }
    case 'POST /api/v2/log/entries':
      return json(log.appendSecond(JSON.parse(body.toString())));
    case 'POST /api/v1/timestamp': {
      const bytes = stampRequest(instance, body);
      return { status: 200, type: 'application/timestamp-reply', bytes };
    }
    default:
      return json({ code: 5, message: 'Not Found' }, 404);
  }
}

/** Fulcio: the token is of the provider, and the request is signed by the key that is in it. */
function issue({ instance, providerKey, faults }: Services, request: Json): Answer {
  const token = String(request.credentials?.oidcIdentityToken ?? '');
  const [head, claims, signature] = token.split('.');
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey(providerKey), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature ?? '', 'base64url'),
  );
  if (!isSigned) return json({ code: 16, message: 'There was an error: bad token' }, 401);
  const { iss, sub, email } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString());
  const pem = Buffer.from(request.certificateSigningRequest ?? '', 'base64').toString();
  const csr = Buffer.from(readPem(pem)?.[0]?.bytes ?? []);
  const asked = AsnConvert.parse(csr, CertificationRequest);
  const info = asked.certificationRequestInfo;
  const spki = Buffer.from(AsnConvert.serialize(info.subjectPKInfo));
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const tbs = readDer(csr)?.children[0]?.bytes ?? new Uint8Array();
  if (!verify('sha256', tbs, publicKey, Buffer.from(asked.signature)))
    return json({ code: 3, message: 'The signature of the request is wrong' }, 400);
  const identity = faults.identity ?? email ?? sub;
  const leaf = buildLeaf(instance.parts, publicKey, nowInstant(), {
    issuer: iss,
    // Fulcio writes it twice; cosign reads the older one in its older form.
    claims: [['1.3.6.1.4.1.57264.1.1', iss]],
    ...(faults.withoutSct === true ? { withoutSct: true } : {}),
    names: [der(email === undefined ? 0x86 : 0x81, Buffer.from(identity))],
  });
  const chain = [leaf, ...instance.authority.chain].map((one) => toPem('CERTIFICATE', one));
  const made = { signedCertificateEmbeddedSct: { chain: { certificates: chain } } };
  faults.certificate?.(made);
  return json(made, 200);
}

function toPem(label: string, bytes: Uint8Array): string {
  const lines = base64(bytes).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** RFC 3161: the imprint is of what was sent as a hash, and the nonce comes back. */
/** The answer of a timestamp authority to a request (RFC 3161 §2.4). */
export function stampRequest({ stamper }: Pick<TestInstance, 'stamper'>, body: Buffer): Uint8Array {
  const [, imprint, nonce] = readDer(body)?.children ?? [];
  const given = imprint?.children[1]?.content ?? new Uint8Array();
  const stamp = stamper.stamp(new Uint8Array(), nowInstant(), {
    imprint: given,
    ...(nonce === undefined ? {} : { nonce: nonce.bytes }),
  });
  return der(0x30, der(0x30, der(0x02, Buffer.from([0]))), stamp);
}

/** A log with the interfaces of Rekor v1 and v2 over one tree, on which a hundred leaves are. */
class TestLog {
  readonly #key: KeyObject;
  readonly #id: Uint8Array;
  readonly #faults: Faults;
  readonly #known = new Map<string, Json>();
  readonly #leaves: TreeHash[] = Array.from({ length: 100 }, (_, at) => hashLeaf(`leaf ${at}`));

  constructor(key: KeyObject, id: Uint8Array, faults: Faults) {
    this.#key = key;
    this.#id = id;
    this.#faults = faults;
  }

  appendFirst({ kind, apiVersion, spec }: Json): Json {
    const made = kind === 'dsse' ? canonicalizeDsse(spec.proposedContent) : spec;
    const body = Buffer.from(canonicalizeJson({ apiVersion, kind, spec: made }));
    // Rekor v1 names its tree beside its host, and cosign tells the versions apart by that.
    const proof = this.#append(body, 'rekor.example.com - 1234567890');
    const integratedTime = Math.floor(Date.now() / 1_000);
    const logID = Buffer.from(this.#id).toString('hex');
    const promised = { body: base64(body), integratedTime, logID, logIndex: proof.index };
    const entry = {
      ...promised,
      verification: {
        inclusionProof: {
          checkpoint: proof.checkpoint,
          hashes: proof.hashes.map((one) => Buffer.from(one).toString('hex')),
          logIndex: proof.index,
          rootHash: Buffer.from(proof.root).toString('hex'),
          treeSize: proof.size,
        },
        signedEntryTimestamp: base64(
          sign('sha256', Buffer.from(canonicalizeJson(promised)), this.#key),
        ),
      },
    };
    const answered = { [Buffer.from(hashLeaf(body)).toString('hex')]: entry };
    this.#faults.entry?.(entry);
    for (const uuid of Object.keys(answered)) this.#known.set(uuid, answered);
    return answered;
  }

  known(uuid: string): Json {
    return this.#known.get(uuid) ?? {};
  }

  appendSecond({ hashedRekordRequestV002: record }: Json): Json {
    const { signature, digest } = record;
    const made = {
      apiVersion: '0.0.2',
      kind: 'hashedrekord',
      spec: { hashedRekordV002: { data: { algorithm: 'SHA2_256', digest }, signature } },
    };
    const body = Buffer.from(canonicalizeJson(made));
    const proof = this.#append(body, 'rekor.example.com');
    const entry = {
      logIndex: String(proof.index),
      logId: { keyId: base64(this.#id) },
      kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
      integratedTime: '0',
      inclusionPromise: null,
      inclusionProof: {
        logIndex: String(proof.index),
        rootHash: base64(proof.root),
        treeSize: String(proof.size),
        hashes: proof.hashes.map(base64),
        checkpoint: { envelope: proof.checkpoint },
      },
      canonicalizedBody: base64(body),
    };
    this.#faults.entry?.(entry);
    return entry;
  }

  #append(body: Uint8Array, origin: string) {
    const index = this.#leaves.push(hashLeaf(body)) - 1;
    const size = this.#leaves.length;
    const root = computeLeavesRoot(this.#leaves);
    const text = formatCheckpoint({ origin, size, root });
    const note = Buffer.concat([
      this.#id.subarray(0, 4),
      sign('sha256', Buffer.from(text), this.#key),
    ]);
    const checkpoint = `${text}\n— rekor.example.com ${note.toString('base64')}\n`;
    return { index, size, root, hashes: proveInclusion(this.#leaves, index), checkpoint };
  }
}

/** rekor's `dsse`: hashes of the envelope and the payload, and each signature with its verifier. */
function canonicalizeDsse({ envelope, verifiers }: Json): Json {
  const { payload, payloadType, signatures } = JSON.parse(envelope);
  const bytes = Buffer.from(payload, 'base64');
  const [verifier] = verifiers;
  const [{ sig }] = signatures;
  encodePreAuth(payloadType, bytes);
  return {
    envelopeHash: { algorithm: 'sha256', value: hash(Buffer.from(envelope)).toString('hex') },
    payloadHash: { algorithm: 'sha256', value: hash(bytes).toString('hex') },
    signatures: [{ signature: sig, verifier }],
  };
}
