import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatInstant, type Instant, toInstant } from '../../src/core/instant.ts';
import { encodeOlpcJson } from '../../src/formats/json/olpc.ts';
import { FIXTURE_NOW, fixedKey } from './certificates.ts';
import type { Json } from './sigstore-instance.ts';

const DAY_MS = 24 * 3_600_000;

/** What differs from a repository that is in order. */
export interface TufPlan {
  /** Versions of the documents. */
  readonly root?: number;
  readonly timestamp?: number;
  readonly snapshot?: number;
  readonly targets?: number;
  /** Seeds of the keys of all roles of the last root, two of which must sign it. */
  readonly keys?: readonly [string, string];
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly now?: Instant;
  /** Changes what a role says before it is signed. */
  readonly change?: (role: string, signed: Json) => void;
}

/** A web server on loopback with the files of a repository below `/tuf`. */
export class TufMirror {
  files: ReadonlyMap<string, Uint8Array> = new Map();
  readonly #server = createServer((request, response) => {
    const bytes = this.files.get((request.url ?? '').slice('/tuf/'.length));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });

  static async start(): Promise<TufMirror> {
    const mirror = new TufMirror();
    await new Promise<void>((done) => mirror.#server.listen(0, '127.0.0.1', done));
    return mirror;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/tuf`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A TUF repository (1.0.33) as the files of its web server, with consistent snapshots. */
export function makeTufRepository(plan: TufPlan = {}): Map<string, Uint8Array> {
  const { root = 1, timestamp = 1, snapshot = 1, targets = 1, now = FIXTURE_NOW } = plan;
  const files = new Map<string, Uint8Array>();
  const first: readonly [string, string] = ['tuf one', 'tuf two'];
  const last = plan.keys ?? first;
  const expires = formatInstant(toInstant(now + DAY_MS));
  const add = (
    path: string,
    role: string,
    version: number,
    body: Json,
    seeds: readonly string[],
  ) => {
    const signed = { _type: role, spec_version: '1.0.33', version, expires, ...body };
    plan.change?.(role, signed);
    const bytes = signMetadata(signed, seeds);
    files.set(path, bytes);
    return describe(bytes, signed.version);
  };
  for (let version = 1; version <= root; version++) {
    const own = version === root ? last : first;
    // A new root is signed by the keys before it as well.
    add(`${version}.root.json`, 'root', version, describeRoot(own), [
      ...new Set([...first, ...own]),
    ]);
  }
  const described = Object.entries(plan.files ?? {}).map(([path, bytes]) => {
    const { length, hashes } = describe(bytes, 1);
    files.set(`targets/${hashes.sha256}.${path}`, bytes);
    return [path, { length, hashes }];
  });
  const content = { targets: Object.fromEntries(described) };
  const made = add(`${targets}.targets.json`, 'targets', targets, content, last);
  const meta = { meta: { 'targets.json': made } };
  const shot = add(`${snapshot}.snapshot.json`, 'snapshot', snapshot, meta, last);
  add('timestamp.json', 'timestamp', timestamp, { meta: { 'snapshot.json': shot } }, last);
  return files;
}

export function signMetadata(signed: Json, seeds: readonly string[]): Uint8Array {
  const text = Buffer.from(encodeOlpcJson(signed) ?? '');
  const signatures = seeds.map((seed) => ({
    keyid: keyId(fixedKey(seed)),
    sig: sign('sha256', text, fixedKey(seed)).toString('hex'),
  }));
  return Buffer.from(JSON.stringify({ signatures, signed }, null, 1));
}

export function describeRoot(seeds: readonly string[], threshold = 2): Json {
  const keys = seeds.map((seed) => fixedKey(seed));
  const keyids = keys.map(keyId);
  const few = { keyids, threshold: 1 };
  return {
    consistent_snapshot: true,
    keys: Object.fromEntries(keys.map((key) => [keyId(key), describeKey(key)])),
    roles: { root: { keyids, threshold }, timestamp: few, snapshot: few, targets: few },
  };
}

function describeKey(key: KeyObject): Json {
  const pem = createPublicKey(key).export({ format: 'pem', type: 'spki' });
  return { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem } };
}

/** §4.2: the hash of the canonical form of the key. */
export function keyId(key: KeyObject): string {
  const text = encodeOlpcJson(describeKey(key)) ?? '';
  return createHash('sha256').update(text).digest('hex');
}

function describe(bytes: Uint8Array, version: number) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { version, length: bytes.length, hashes: { sha256 } };
}
