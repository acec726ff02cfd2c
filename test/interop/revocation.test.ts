import { execFileSync } from 'node:child_process';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExtendedKeyUsage, id_ce_extKeyUsage, id_kp_timeStamping } from '@peculiar/asn1-x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRevocationGatherer } from '../../src/adapters/revocation/index.ts';
import { openTimestampAuthority } from '../../src/adapters/timestamp-http/index.ts';
import { parseCertificates, requestTimestamp } from '../../src/capabilities/signing/index.ts';
import {
  buildExtension,
  buildSignerExtensions,
} from '../../src/capabilities/signing/x509/certificate-build.ts';
import { checkPath } from '../../src/capabilities/signing/x509/chain.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { writePem } from '../../src/formats/der/pem.ts';
import { fixedKey, testAuthority } from '../support/certificates.ts';
import { type RevocableChain, revocableChain } from '../support/revocation.ts';

const HOUR_MS = 3_600_000;
const DN = 'O=Shop,ST=WA,C=US';
let folder = '';
let host = '';
let list: RevocableChain;
let answer: RevocableChain;

const at = (name: string) => join(folder, name);
const write = (name: string, content: string | Uint8Array) => writeFileSync(at(name), content);
const openssl = (...args: readonly string[]) =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    write('question', Buffer.concat(chunks));
    if (request.url === '/root.crl')
      openssl('ca', '-config', 'ca.cnf', '-gencrl', '-out', 'crl.pem');
    if (request.url === '/root.crl')
      openssl('crl', '-in', 'crl.pem', '-outform', 'DER', '-out', 'answer');
    const signer = ['-rsigner', 'root.crt', '-rkey', 'root.key'];
    const about = ['-index', 'index.txt', '-CA', 'root.crt', '-ndays', '1', '-ignore_err'];
    if (request.url === '/ocsp')
      openssl('ocsp', ...about, ...signer, '-reqin', 'question', '-respout', 'answer');
    if (request.url === '/tsa')
      openssl('ts', '-reply', '-config', 'ts.cnf', '-queryfile', 'question', '-out', 'answer');
    response.end(readFileSync(at('answer')));
  });
});

function useAuthority({ root, leaf }: RevocableChain, isRevoked: boolean): void {
  write('root.crt', root.pem);
  write('root.key', pem(root.key));
  const serial = Buffer.from(leaf.serial).toString('hex').toUpperCase();
  const [state, when] = isRevoked ? ['R', '260101000000Z,keyCompromise'] : ['V', ''];
  write('index.txt', `${state}\t361231235959Z\t${when}\t${serial}\tunknown\t/CN=x\n`);
}

async function ask({ key }: RevocableChain) {
  const path = checkPath(key.chain, 'code-signing');
  if (!path.ok) throw new Error(path.message);
  const options = { folder: mkdtempSync(at('cache-')), privateHosts: [host], offline: false };
  const stapled = { crls: [], ocsp: [] };
  const { revocations } = await openRevocationGatherer({ ...options, env: {} }).gather(
    [{ kind: 'revocation', chain: path.chain, usedBy: null, stapled }],
    {},
  );
  const [fact] = revocations;
  return fact?.kind === 'checked' ? fact.certificates[0] : null;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-openssl-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  list = await revocableChain('listed', { crl: `http://${host}/root.crl` });
  answer = await revocableChain('answered', { ocsp: `http://${host}/ocsp` });
  write('number', '1000\n');
  const authority = ['database = index.txt', 'crlnumber = number', 'default_md = sha256'];
  const keys = ['default_crl_days = 1', 'certificate = root.crt', 'private_key = root.key'];
  const extensions = ['crl_extensions = more', '[more]', 'authorityKeyIdentifier = keyid'];
  write(
    'ca.cnf',
    ['[ca]', 'default_ca = own', '[own]', ...authority, ...keys, ...extensions].join('\n'),
  );
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('revocation and timestamps beside OpenSSL', () => {
  it('N48 N49: a list of openssl ca says good, and revoked with its reason', async () => {
    useAuthority(list, false);
    expect(await ask(list)).toMatchObject({ state: 'good', source: { kind: 'crl' } });
    useAuthority(list, true);
    expect(await ask(list)).toMatchObject({
      state: 'revoked',
      revocation: { reason: 'keyCompromise', at: Date.UTC(2026, 0, 1) },
    });
  });

  it('N48: openssl ocsp answers good, revoked and unknown', async () => {
    useAuthority(answer, false);
    expect(await ask(answer)).toMatchObject({ state: 'good', source: { kind: 'ocsp' } });
    useAuthority(answer, true);
    expect(await ask(answer)).toMatchObject({
      state: 'revoked',
      revocation: { reason: 'keyCompromise' },
    });
    write('index.txt', '');
    expect(await ask(answer)).toMatchObject({ state: 'unknown' });
  });

  it('N46 N47: openssl ts answers our request, and its timestamp counts', async () => {
    const now = Date.now();
    const span = { validFrom: toInstant(now - HOUR_MS), validUntil: toInstant(now + HOUR_MS) };
    const root = testAuthority({ subject: `CN=time root,${DN}`, ...span });
    const key = fixedKey('openssl ts');
    const own = buildSignerExtensions(createPublicKey(key), root.key);
    const purpose = new ExtendedKeyUsage([id_kp_timeStamping]);
    const extensions = own.map((one) =>
      one.extnID === id_ce_extKeyUsage ? buildExtension(id_ce_extKeyUsage, true, purpose) : one,
    );
    const plan = { subject: `CN=time,${DN}`, issuer: root, key, extensions, ...span };
    const leaf = testAuthority(plan);
    write('tsa.crt', writePem('CERTIFICATE', leaf.der));
    write('tsa.key', pem(key));
    write('tsa-root.crt', root.pem);
    write('serial', '01\n');
    const terms = ['signer_cert = tsa.crt', 'signer_key = tsa.key', 'certs = tsa-root.crt'];
    const policy = ['default_policy = 1.2.3.4', 'digests = sha256', 'signer_digest = sha256'];
    const more = ['serial = serial', 'accuracy = secs:1', 'ess_cert_id_alg = sha256'];
    write(
      'ts.cnf',
      ['[tsa]', 'default_tsa = own', '[own]', ...terms, ...policy, ...more].join('\n'),
    );
    const { signal } = new AbortController();
    const token = await requestTimestamp(Buffer.from('a signature'), {
      authority: openTimestampAuthority({ url: `http://${host}/tsa`, env: {}, signal }),
      roots: orThrow(parseCertificates(Buffer.from(root.pem))),
      nonce: Buffer.alloc(16, 0x81),
      now: toInstant(now),
    });
    expect(token).toMatchObject({ ok: true });
  });
});
