import { execFileSync } from 'node:child_process';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { fixedKey } from '../../../../test/support/certificates.ts';
import { peer } from '../../../../test/support/peer.ts';
import { orThrow } from '../../../core/result.ts';
import { decryptPrivateKey, encryptPrivateKey, readPassphrase } from './encrypted-key.ts';

const PASSPHRASE = 'correct horse 🔑';
const key = fixedKey('encrypted');
const pem = encryptPrivateKey(key, PASSPHRASE, randomBytes);
const folder = mkdtempSync(join(tmpdir(), 'waybill-encrypted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const toText = (one: KeyObject) => createPublicKey(one).export({ type: 'spki', format: 'pem' });

describe('B19: a private key in an encrypted file', () => {
  it.each([
    ['P-256', fixedKey('encrypted')],
    ['P-521', fixedKey('encrypted', 'P-521')],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 3_072 }).privateKey],
  ])('of %s is read again with its passphrase, and with no other', (_, own) => {
    const text = encryptPrivateKey(own, PASSPHRASE, randomBytes);
    expect(toText(orThrow(decryptPrivateKey(text, PASSPHRASE)))).toBe(toText(own));
    for (const wrong of [null, '', 'correct horse', `${PASSPHRASE} `]) {
      const refused = decryptPrivateKey(text, wrong);
      expect(refused).toMatchObject({ ok: false, failure: { code: 'KEY_UNUSABLE' } });
      const shown = refused.ok ? '' : `${refused.failure.message}${refused.failure.stack}`;
      expect(shown).not.toContain('correct horse');
    }
  });

  it('differs each time: its salt and its first block are random', () => {
    expect(encryptPrivateKey(key, PASSPHRASE, randomBytes)).not.toBe(pem);
  });

  it.skipIf(peer('openssl') === null)('OpenSSL reads it, and we read what OpenSSL writes', () => {
    const openssl = peer('openssl') ?? '';
    const [file, secret, plain] = ['key.pem', 'passphrase', 'plain.pem'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writeFileSync(file, pem);
    writeFileSync(secret, `${PASSPHRASE}\n`);
    writeFileSync(plain, key.export({ type: 'pkcs8', format: 'pem' }) as string);
    const read = execFileSync(openssl, ['pkey', '-in', file, '-passin', `file:${secret}`]);
    expect(toText(createPrivateKey(read))).toBe(toText(key));
    for (const form of [['-scrypt'], ['-v2', 'aes-256-cbc', '-iter', '100000']]) {
      const args = ['pkcs8', '-topk8', ...form, '-in', plain, '-passout', `file:${secret}`];
      const written = execFileSync(openssl, args).toString();
      expect(toText(orThrow(decryptPrivateKey(written, PASSPHRASE)))).toBe(toText(key));
    }
  });

  it('what costs too much is refused before it is tried', () => {
    const body = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const change = (from: string, to: string) => {
      const hex = body.toString('hex');
      expect(hex).toContain(from);
      const changed = Buffer.from(hex.replace(from, to), 'hex').toString('base64');
      return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${changed}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
    };
    // N = 16,384, r = 8, p = 5 of RFC 7914 §7.
    for (const to of ['02024000020140020105', '0202400002010802017f'])
      expect(decryptPrivateKey(change('02024000020108020105', to), PASSPHRASE)).toMatchObject({
        ok: false,
        failure: { message: expect.stringContaining('costs too much') },
      });
  });

  it('cut or changed anywhere, it is a failure and never throws', () => {
    for (let at = 0; at < pem.length; at += 3)
      expect(decryptPrivateKey(pem.slice(0, at), PASSPHRASE).ok, `cut at ${at}`).toBe(false);
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, (some) => {
        const text = Buffer.from(some).toString('base64');
        const wrong = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${text}\n-----END ENCRYPTED PRIVATE KEY-----`;
        expect(decryptPrivateKey(wrong, PASSPHRASE).ok).toBe(false);
      }),
    );
  });

  it('the passphrase is the first line, whatever ends it', () => {
    expect(readPassphrase('a b\r\nsecond')).toBe('a b');
    expect([readPassphrase(''), readPassphrase('\nx'), readPassphrase('x'.repeat(2_000))]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
