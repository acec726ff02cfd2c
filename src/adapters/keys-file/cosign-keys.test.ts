import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import { decryptSigstoreKey, signBundle, signNotary } from '../../capabilities/signing/index.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';
import { openSigstoreKeys } from './sigstore-keys.ts';

/** What cosign 3.1.3 wrote for the passphrase `secret`; nobody uses this key. */
const BODY = [
  'eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6OCwicCI6MX0sInNhbHQiOiJLR0',
  'JNRzNubXN1RnNFTEtCRU1Pa2hmbHRQL3JRTnRCbm02bWtJa0pyZUtVPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wv',
  'c2VjcmV0Ym94Iiwibm9uY2UiOiI2cWFRei9XODkwRFpRVmFmM1d5eVpGYnVaSHB1T2p2UyJ9LCJjaXBoZXJ0ZXh0Ij',
  'oiWStEeERKaGdRMGNRUmdITzZ4NWhId00yQVQzbTkzOGZ6Wi9aWmp5UlpuZEREUk9zcWxtY0lqcy92eGp6S29UU1R3',
  'SUd1ODNyY0ZyTGs4TVM4bFByYXpsZWltcE1lWHRUR1hOdTBSc2RQZVpYSkRXd281MUs2alk2SlV1QXNVdkYzQ1FrcV',
  'cxejIrckNGZHBtdE5Dd2JqZDVEeHNKalJGWndtYU82WHZsZEpTcFJON3BLaU9Fdm8ra010WWZBT2Y3TU00OG9pU3B3',
  'R3ZOSGc9PSJ9',
].join('');
const POINT = [
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5DHmdxMev1dJq7z9JTmLKdfDvFXK',
  'L4BhDtU3Cu3L2wA80uO0hAjl17bHHX/YnZTzRynCAtIa/PFutmAbXbXoOw==',
].join('');
const frame = (label: string, body: string) =>
  `-----BEGIN ${label}-----\n${body.replaceAll(/(.{64})/g, '$1\n')}\n-----END ${label}-----\n`;
const SIGSTORE = 'ENCRYPTED SIGSTORE PRIVATE KEY';
const PEM = frame(SIGSTORE, BODY);
const folder = mkdtempSync(join(tmpdir(), 'waybill-sigstore-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface KeyFile {
  kdf: { name: string; params: { N: number; r: number; p: number }; salt: string };
  cipher: { name: string; nonce: string };
  ciphertext: string;
}

function change(edit: (file: KeyFile) => void): string {
  const file = JSON.parse(Buffer.from(BODY, 'base64').toString()) as KeyFile;
  edit(file);
  return frame(SIGSTORE, Buffer.from(JSON.stringify(file)).toString('base64'));
}

function readRefusal(pem: string, passphrase = 'secret'): string {
  const read = decryptSigstoreKey(pem, passphrase);
  return read.ok ? 'read' : `${read.failure.code}: ${read.failure.message}`;
}

describe('S18: a private key of sigstore in a file', () => {
  it.each([SIGSTORE, 'ENCRYPTED COSIGN PRIVATE KEY'])(
    '%s is opened with its passphrase',
    (label) => {
      const key = orThrow(decryptSigstoreKey(frame(label, BODY), 'secret'));
      const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
      expect(spki.toString('base64')).toBe(POINT);
      expect(readRefusal(frame(label, BODY), 'Secret')).toContain('KEY_UNUSABLE');
      expect(readRefusal(frame(label, BODY), '')).not.toContain('secret');
    },
  );

  it.each<readonly [string, (file: KeyFile) => void]>([
    [
      'scrypt over 128 MiB',
      ({ kdf }) => {
        kdf.params.N = 262_144;
      },
    ],
    [
      'more rounds of scrypt than 16',
      ({ kdf }) => {
        kdf.params.p = 17;
      },
    ],
    [
      'parameters that are no counts',
      ({ kdf }) => {
        kdf.params.r = -8;
      },
    ],
    [
      'another way to make the key',
      ({ kdf }) => {
        kdf.name = 'none';
      },
    ],
    [
      'another cipher',
      ({ cipher }) => {
        cipher.name = 'aes';
      },
    ],
    [
      'a nonce that is cut off',
      ({ cipher }) => {
        cipher.nonce = 'AAAA';
      },
    ],
    [
      'another salt',
      ({ kdf }) => {
        kdf.salt = 'AAAA';
      },
    ],
    [
      'no text',
      (file) => {
        file.ciphertext = '';
      },
    ],
  ])('with %s is refused', (_, edit) => {
    expect(readRefusal(change(edit))).toContain('KEY_UNUSABLE');
  });

  it('is not opened with another passphrase, which no message shows', () => {
    expect(readRefusal(PEM, 'Sesame')).toMatch(/^KEY_UNUSABLE: (?!.*Sesame)/);
  });

  it('is refused for its cost before anything is computed', () => {
    const costly = change(({ kdf }) => {
      kdf.params.N = 2 ** 30;
    });
    expect(readRefusal(costly)).toContain('costs too much');
  });

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const body = Buffer.from(text).toString('base64');
        expect(readRefusal(frame(SIGSTORE, body), 'x')).toContain('KEY_UNUSABLE');
        expect(readRefusal(text, 'x')).toContain('KEY_UNUSABLE');
      }),
    );
  });

  it('signs in the forms of sigstore, and in none that needs a certificate', async () => {
    const path = join(folder, 'cosign.key');
    writeFileSync(path, PEM, { mode: 0o600 });
    const open = (env: Record<string, string>) =>
      openSigstoreKeys(env, async () => null).open(path);
    const key = orThrow(await open({ COSIGN_PASSWORD: 'secret' }));
    const terms = { key, signer: 'key', services: null } as const;
    expect((await signBundle('text/plain', Buffer.from('x'), terms)).ok).toBe(true);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const subject = { mediaType, digest: sha256('image'), size: 7 };
    expect(await signNotary({ subject, key, signedAt: FIXTURE_NOW })).toMatchObject({
      failure: { code: 'KEY_UNUSABLE', message: expect.stringContaining('no certificate') },
    });
    expect((await open({ WAYBILL_KEY_PASSPHRASE: 'secret', COSIGN_PASSWORD: 'x' })).ok).toBe(true);
    for (const env of [{}, { COSIGN_PASSWORD: '' }])
      expect(await open(env)).toMatchObject({ failure: { code: 'KEY_UNUSABLE' } });
  });
});
