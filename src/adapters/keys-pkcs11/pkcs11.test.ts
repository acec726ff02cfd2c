import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW, type TestKey, testKey } from '../../../test/support/certificates.ts';
import { SUBJECT } from '../../../test/support/notary.ts';
import { signNotary } from '../../capabilities/signing/index.ts';
import { describeSigningKeys } from '../../capabilities/signing/keys/signing-keys.contract.ts';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { openPkcs11Keys } from './index.ts';
import { parsePkcs11Uri } from './pkcs11-uri.ts';

const PIN = '98765432';
const top = mkdtempSync(join(tmpdir(), 'waybill-pkcs11-'));
const module = join(top, 'module.so');
const pinFile = join(top, 'pin');
const env = { PATH: `${top}${delimiter}${process.env['PATH'] ?? ''}`, HOME: top };
let key: TestKey;
let chain = '';
let other = '';

/** `pkcs11-tool` with OpenSSL in the place of a token: its arguments and answers are the same. */
const TOOL = `#!/bin/sh
printf '%s\\n' "$*" >> '${top}/arguments'
list() { printf 'Private Key Object; EC\\n  label:      %s\\n  ID:         %s\\n' "$1" "$2"; }
case "$*" in
*"--label slow"*) sleep 600 ;;
*"--token-label none"*) echo 'No slot with token named "none" found' >&2; exit 1 ;;
*"pubkey --label release"|*"pubkey --label odd"|*"pubkey --label twin") cat '${top}/public.der' ;;
*"--type pubkey --label hidden"*) echo 'error: cannot create EVP_PKEY' >&2; exit 1 ;;
*--read-object*) echo 'error: object not found' >&2; exit 1 ;;
*)
  if [ "$TOKEN_PIN" != ${PIN} ]; then echo 'C_Login failed: CKR_PIN_INCORRECT' >&2; exit 1; fi
  case "$*" in
  *--list-objects*)
    list other 01; list release 02; list odd 03; list hidden 04; list twin 05; list twin 06 ;;
  *"--id 02"*|*"--id 04"*)
    cat > "${top}/digest.$$"
    openssl pkeyutl -sign -inkey '${top}/key.pem' -in "${top}/digest.$$" |
      openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
      while read -r one; do printf %064s "$one" | tr ' ' 0; done | xxd -r -p ;;
  *"--id 03"*) echo "error: CKR_DEVICE_ERROR pin $TOKEN_PIN" >&2; exit 1 ;;
  *) echo 'another key signs'; exit 0 ;;
  esac ;;
esac
`;

beforeAll(async () => {
  key = await testKey({ subject: 'CN=token,O=Shop,ST=WA,C=US' });
  const another = await testKey({ subject: 'CN=other,O=Shop,ST=WA,C=US' });
  writeFileSync(module, '', { mode: 0o644 });
  writeFileSync(pinFile, `${PIN}\n`, { mode: 0o600 });
  writeFileSync(join(top, 'pkcs11-tool'), TOOL, { mode: 0o755 });
  writeFileSync(join(top, 'key.pem'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const { createPublicKey } = await import('node:crypto');
  const spki = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' });
  writeFileSync(join(top, 'public.der'), spki);
  [chain, other] = [join(top, 'chain.pem'), join(top, 'other.pem')];
  writeFileSync(chain, key.chainPem);
  writeFileSync(other, another.chainPem);
});
afterAll(() => rmSync(top, { recursive: true }));

const keys = openPkcs11Keys(env, () => Promise.resolve(null));
const locate = (object: string, { file = chain, pin = `&pin-source=${pinFile}` } = {}) =>
  `token=release;object=${object}?module-path=${module}&chain=${file}${pin}`;

describeSigningKeys('PKCS#11', () => ({
  keys,
  good: locate('release'),
  mismatched: locate('release', { file: other }),
  absent: locate('absent'),
}));

describe('B19, I12: a key of a token', () => {
  const refusal = async (reference: string) => {
    const opened = await keys.open(reference);
    if (!opened.ok) return opened.failure.message;
    const signed = await signNotary({
      ...{ subject: SUBJECT, key: opened.value, signedAt: FIXTURE_NOW },
    });
    return signed.ok ? 'signed' : signed.failure.message;
  };

  it('signs with the PIN of a file, and says what went wrong', async () => {
    expect(await refusal(locate('release'))).toBe('signed');
    expect(await refusal(locate('release', { pin: '' }))).toContain('PIN of the token is wrong');
    expect(await refusal(locate('absent'))).toContain('shows no such key');
    expect(await refusal(locate('absent').replace(/&chain=[^&]*/, ''))).toContain('neither');
    expect(await refusal(locate('release').replace('token=release', 'token=none'))).toContain(
      'no such token',
    );
    expect(await refusal(locate('twin'))).toContain('several keys');
    expect(await refusal(locate('odd'))).toBe('the token refused: CKR_DEVICE_ERROR');
  });

  it('of which no public key is shown has the chain that verifies its signature', async () => {
    expect(await refusal(locate('hidden'))).toBe('signed');
    expect(await keys.open(locate('hidden', { file: other }))).toMatchObject({
      failure: { code: 'KEY_UNUSABLE' },
    });
  });

  it('asks for the PIN on the terminal once, when it first signs', async () => {
    const asked: string[] = [];
    const asking = openPkcs11Keys(env, (question) => {
      asked.push(question);
      return Promise.resolve(PIN);
    });
    const opened = orThrow(await asking.open(locate('release', { pin: '' })));
    expect(asked).toEqual([]);
    await Promise.all([opened.sign(Buffer.from('a')), opened.sign(Buffer.from('b'))]);
    expect(asked).toEqual(['PIN of the token "release": ']);
  });

  it('the PIN is in no argument of the child, and a PIN in the name is refused', async () => {
    expect(await refusal(locate('release'))).toBe('signed');
    expect(readFileSync(join(top, 'arguments'), 'utf8')).not.toContain(PIN);
    const inName = `${locate('release', { pin: '' })}&pin-value=${PIN}`;
    const said = await refusal(inName);
    expect(said).toContain('in the list of processes');
    for (const rest of ['', '&pin-value=2', ';object=', '%zz'])
      expect(await refusal(`${inName}${rest}`)).not.toContain(PIN);
  });

  it('A42: a library that every user may write is not loaded', async () => {
    chmodSync(module, 0o666);
    expect(await refusal(locate('release'))).toContain('every user');
    chmodSync(module, 0o644);
    expect(await refusal(locate('release'))).toBe('signed');
    expect(await refusal('object=release')).toContain('library of the device is not named');
  });
});

describe('RFC 7512: a URI', () => {
  it('names token, key and what is beside it', () => {
    const uri = parsePkcs11Uri(
      'token=My%20token;id=%01%FFa;object=ci;type=private?module-path=/a.so&pin-source=file:/pin',
    );
    expect(uri).toEqual({
      ...{ token: 'My token', id: '01ff61', object: 'ci', slotId: null, chain: null },
      ...{ modulePath: '/a.so', pinFile: '/pin' },
    });
    expect(parsePkcs11Uri('slot-id=7;object=a')).toMatchObject({ slotId: 7, token: null });
  });

  it.each([
    'token=a',
    'object=a;object=b',
    'object=a;serial=1',
    'object=a;type=cert',
    'object=%0A',
    'object=%zz',
    'object=',
    'object=a?module-path=relative.so',
    'object=a?pin-source=|command',
    'object=a?object=b',
    'object=a;slot-id=x',
    '__proto__=a',
  ])('%s is refused', (text) => {
    expect(() => parsePkcs11Uri(text)).toThrow(Failure);
  });

  it('with a blank says how to write it', () => {
    expect(() => parsePkcs11Uri('object=a?chain=/a b.pem')).toThrow('has a blank');
    expect(parsePkcs11Uri('object=a?chain=/a%20b.pem')).toMatchObject({ chain: '/a b.pem' });
  });

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parsePkcs11Uri(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
    );
  });
});
