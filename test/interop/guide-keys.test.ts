import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followWithExecutable } from '../support/built-executable.ts';
import { follow, listMissingLines, splitPages } from '../support/guide.ts';
import { peer } from '../support/peer.ts';
import { Scene } from '../support/scene.ts';

const PAGES = ['keys-and-certificates.md', 'keys-and-trust.md'];
const isWhole = ['openssl', 'softhsm2-util', 'pkcs11-tool'].every((name) => peer(name) !== null);
let scene: Scene;
let folder: string;
let server: Server;
const at = (name: string) => join(folder, name);
const openssl = (...args: readonly string[]) =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

/** The web server of the guide, and a timestamp authority that OpenSSL plays. */
function startWeb(): Promise<Server> {
  const web = createServer(async (request, response) => {
    if (request.method === 'GET') return response.end(readFileSync(join(at('web'), 'issuing.crl')));
    writeFileSync(at('query'), await buffer(request));
    openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query', '-out', 'reply');
    return response.end(readFileSync(at('reply')));
  });
  return new Promise((resolve) => web.listen(0, '127.0.0.1', () => resolve(web)));
}

function makeTimestampAuthority(): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj'];
  const ca = ['-addext', 'keyUsage=critical,keyCertSign'];
  const root = ['-keyout', 'tsa-root.key', '-out', 'tsa-root.crt', '-days', '3650'];
  openssl('req', '-x509', ...key, '/C=US/ST=WA/O=Clock/CN=Clock Root', ...root, ...ca);
  const leaf = ['-keyout', 'tsa.key', '-out', 'tsa.csr'];
  openssl('req', ...key, '/C=US/ST=WA/O=Clock/CN=Clock', ...leaf);
  const usage = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n';
  writeFileSync(at('leaf.cnf'), `basicConstraints=CA:FALSE\n${usage}`);
  const by = ['-CA', 'tsa-root.crt', '-CAkey', 'tsa-root.key', '-days', '365', '-set_serial', '7'];
  openssl('x509', '-req', '-in', 'tsa.csr', ...by, '-extfile', 'leaf.cnf', '-out', 'tsa.crt');
  writeFileSync(at('serial'), '01\n');
  const terms = ['signer_cert = tsa.crt', 'signer_key = tsa.key', 'certs = tsa-root.crt'];
  const policy = ['default_policy = 1.2.3.4', 'digests = sha256,sha384', 'signer_digest = sha256'];
  const more = ['serial = serial', 'accuracy = secs:1', 'ess_cert_id_alg = sha256'];
  const lines = ['[tsa]', 'default_tsa = own', '[own]', ...terms, ...policy, ...more];
  writeFileSync(at('tsa.cnf'), lines.join('\n'));
}

beforeAll(async () => {
  scene = await Scene.open();
  folder = mkdtempSync(join(tmpdir(), 'waybill-guide-keys-'));
  mkdirSync(at('web'));
  if (isWhole) makeTimestampAuthority();
  server = await startWeb();
});
afterAll(async () => {
  server.close();
  rmSync(folder, { recursive: true });
  await scene.close();
});

describe.skipIf(!isWhole || process.platform === 'win32')('keys, certificates and trust', () => {
  it('D14, B19, I2, I16: both guides work as written, with an authority of their own', async () => {
    const { digest } = await scene.push('keys', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    const REPOSITORY = `${scene.registry.registry}/shop/keys`;
    const PKI = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const more = { REPOSITORY, IMAGE: `${REPOSITORY}@${digest}`, PKI, TSA: `http://${PKI}/tsa` };
    const follower = followWithExecutable();
    chmodSync(folder, 0o755);
    if (follower.user !== undefined) chownSync(at('web'), follower.user, follower.user);
    const prepare = (place: string) =>
      copyFileSync(at('tsa-root.crt'), join(place, 'tsa-root.crt'));
    const about = { ...more, WEB: at('web') };
    const { code, output } = await follow(PAGES, about, prepare, null, follower);
    expect(code, output).toBe(0);
    const parts = splitPages(output);
    for (const page of PAGES)
      expect(listMissingLines(page, parts.get(page) ?? ''), output).toEqual([]);
  }, 240_000);
});
