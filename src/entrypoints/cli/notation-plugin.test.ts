import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestKey, testKey } from '../../../test/support/certificates.ts';
import { testIo } from '../../../test/support/test-io.ts';
import { verifyBytes } from '../../capabilities/signing/x509/algorithm.ts';
import { parseCertificate } from '../../capabilities/signing/x509/certificate.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { runAsPlugin } from './notation-plugin.ts';

const home = mkdtempSync(join(tmpdir(), 'waybill-as-plugin-'));
let key: TestKey;
beforeAll(async () => {
  key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
  mkdirSync(join(home, 'keys'), { mode: 0o700 });
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(home, 'keys/release.key'), pem, { mode: 0o600 });
  writeFileSync(join(home, 'keys/release.crt'), key.chainPem);
});
afterAll(() => rmSync(home, { recursive: true }));

async function ask(command: string, request: object | string) {
  const text = typeof request === 'string' ? request : JSON.stringify(request);
  let said = '';
  const write = (piece: string): void => {
    said += piece;
  };
  const env = { WAYBILL_HOME: home, PATH: process.env['PATH'] };
  const stdin = Readable.from([Buffer.from(text)]);
  const code = await runAsPlugin([command], { ...testIo(), stdin, env, out: write, err: write });
  return { code, answer: JSON.parse(said) as Record<string, unknown> };
}

const KEY = { contractVersion: '1.0', keyId: 'release' };
const SIGN = {
  ...KEY,
  keySpec: 'EC-256',
  hashAlgorithm: 'SHA-256',
  payload: Buffer.from('a text').toString('base64'),
};

describe('N51, N52, B19: Waybill as the plugin of notation', () => {
  it('says what it is, describes a key, and signs with it', async () => {
    expect(await ask('get-plugin-metadata', {})).toMatchObject({
      code: 0,
      answer: { name: 'waybill', capabilities: ['SIGNATURE_GENERATOR.RAW'] },
    });
    expect((await ask('describe-key', KEY)).answer).toEqual({
      keyId: 'release',
      keySpec: 'EC-256',
    });
    const { answer } = await ask('generate-signature', SIGN);
    expect(answer).toMatchObject({ keyId: 'release', signingAlgorithm: 'ECDSA-SHA-256' });
    const chain = (answer['certificateChain'] as string[]).map((one) => Buffer.from(one, 'base64'));
    const leaf = orThrow(parseCertificate(chain[0] ?? Buffer.alloc(0)));
    const signature = Buffer.from(String(answer['signature']), 'base64');
    const text = Buffer.from('a text');
    expect(verifyBytes('ES256', leaf.publicKey, text, signature, 'jose')).toBe(true);
  });

  it.each([
    [
      'another contract',
      'generate-signature',
      { ...SIGN, contractVersion: '2.0' },
      'UNSUPPORTED_CONTRACT_VERSION',
    ],
    [
      'another kind of key',
      'generate-signature',
      { ...SIGN, keySpec: 'EC-384' },
      'VALIDATION_ERROR',
    ],
    [
      'another hash',
      'generate-signature',
      { ...SIGN, hashAlgorithm: 'SHA-512' },
      'VALIDATION_ERROR',
    ],
    ['no payload', 'generate-signature', { ...SIGN, payload: '' }, 'VALIDATION_ERROR'],
    [
      'a payload that is not base64',
      'generate-signature',
      { ...SIGN, payload: '?' },
      'VALIDATION_ERROR',
    ],
    ['a key that is not there', 'describe-key', { ...KEY, keyId: 'absent' }, 'ERROR'],
    ['no key', 'describe-key', { contractVersion: '1.0' }, 'VALIDATION_ERROR'],
    [
      'a key of itself',
      'describe-key',
      { ...KEY, keyId: 'plugin:waybill/release' },
      'VALIDATION_ERROR',
    ],
    ['a configuration', 'describe-key', { ...KEY, pluginConfig: { a: 'b' } }, 'VALIDATION_ERROR'],
    ['a command it does not know', 'verify-signature', KEY, 'VALIDATION_ERROR'],
    ['no JSON', 'describe-key', '[', 'VALIDATION_ERROR'],
  ])('refuses %s', async (_, command, request, errorCode) => {
    const { code, answer } = await ask(command, request);
    expect([code, answer['errorCode']]).toEqual([1, errorCode]);
    expect(Object.keys(answer)).toEqual(['errorCode', 'errorMessage']);
  });

  it('reads a request up to its limit, and no larger one', async () => {
    const fill = (bytes: number) => {
      const bare = JSON.stringify({ ...KEY, x: '' });
      return JSON.stringify({ ...KEY, x: 'x'.repeat(bytes - bare.length) });
    };
    expect((await ask('describe-key', fill(LIMITS.pluginRequestBytesMax))).code).toBe(0);
    const { answer } = await ask('describe-key', fill(LIMITS.pluginRequestBytesMax + 1));
    expect(answer).toMatchObject({ errorMessage: 'the request is too large' });
  });

  it('says nothing of the key in any error', async () => {
    const secret = createHash('sha256').update('x').digest('hex');
    const { answer } = await ask('describe-key', { ...KEY, keyId: `release ${secret}` });
    expect(JSON.stringify(answer)).not.toContain('PRIVATE');
  });
});
