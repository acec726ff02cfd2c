import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedKey, testKey } from '../../../../test/support/certificates.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { computeKeyId, encodePreAuth, parseDsse, signDsse, verifyDsse } from './dsse.ts';

const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
const publicKey = createPublicKey(key.privateKey);
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const bytes = Buffer.from('{"a":1}');
const signed = orThrow(await signDsse(PAYLOAD_TYPE, bytes, key));
const expectation = { keys: [publicKey], payloadType: PAYLOAD_TYPE };

interface RawDsse {
  payload: string;
  payloadType: string;
  signatures: { keyid?: string; sig: string }[];
}

/** The signed envelope with a change. */
function changed(change: (envelope: RawDsse) => unknown): Uint8Array {
  const envelope = JSON.parse(Buffer.from(signed).toString()) as RawDsse;
  return Buffer.from(JSON.stringify(change(envelope) ?? envelope));
}

describe('DSSE', () => {
  it('S14: encodes type and payload with their lengths in UTF-8 bytes, as specified', () => {
    const encoded = encodePreAuth('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(Buffer.from(encoded).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
    expect(Buffer.from(encodePreAuth('é', Buffer.alloc(0))).toString()).toBe('DSSEv1 2 é 0 ');
  });

  it('B6 B18: a public key verifies what its key signed, and the key id is its digest', () => {
    const verified = orThrow(verifyDsse(signed, expectation));
    expect(Buffer.from(verified.payload)).toEqual(Buffer.from(bytes));
    expect(verified.keyIds).toEqual([computeKeyId(publicKey)]);
    expect(orThrow(parseDsse(signed)).signatures[0]?.keyId).toBe(computeKeyId(publicKey));
  });

  it.each(['P-384', 'P-521'] as const)('signs with %s too', async (curve) => {
    const other = await testKey({
      subject: 'CN=x,O=Shop,ST=WA,C=US',
      key: fixedKey('dsse', curve),
    });
    const envelope = orThrow(await signDsse(PAYLOAD_TYPE, bytes, other));
    const keys = [publicKey, createPublicKey(other.privateKey)];
    expect(orThrow(verifyDsse(envelope, { ...expectation, keys })).keyIds).toHaveLength(1);
    expect(verifyDsse(envelope, expectation).ok).toBe(false);
  });

  it.each<[string, (envelope: RawDsse) => unknown]>([
    [
      'A62: another payload type',
      (it) => {
        it.payloadType = 'text/plain';
      },
    ],
    [
      'another payload',
      (it) => {
        it.payload = Buffer.from('{}').toString('base64');
      },
    ],
    [
      'a signature of zeros',
      (it) => {
        it.signatures = [{ sig: Buffer.alloc(64).toString('base64') }];
      },
    ],
    [
      'no signatures',
      (it) => {
        it.signatures = [];
      },
    ],
    [
      'a payload in broken base64',
      (it) => {
        it.payload = `${it.payload.slice(0, -1)}!`;
      },
    ],
    ['A24: a key twice, in another case', (it) => ({ ...it, Payload: it.payload })],
    [
      'a key id that is not a text',
      (it) => ({ ...it, signatures: [{ ...it.signatures[0], keyid: 1 }] }),
    ],
  ])('%s is refused', (_, change) => {
    expect(verifyDsse(changed(change), expectation).ok).toBe(false);
    expect(
      verifyDsse(
        changed(() => undefined),
        expectation,
      ).ok,
    ).toBe(true);
  });

  it('A62: the payload type must be the expected one, even if another was signed', async () => {
    const other = orThrow(await signDsse('text/plain', bytes, key));
    expect(verifyDsse(other, expectation)).toMatchObject({
      failure: { code: 'SIGNATURE_INVALID' },
    });
    expect(verifyDsse(other, { ...expectation, payloadType: 'text/plain' }).ok).toBe(true);
  });

  it('S14: both base64 alphabets are read, with padding or without, but never mixed', () => {
    const payload = Buffer.from([0xfb, 0xff, 0xfe, 0x3e]);
    const read = (text: string) => parseDsse(changed((it) => ({ ...it, payload: text }))).ok;
    expect(read(payload.toString('base64'))).toBe(true);
    expect(read(payload.toString('base64url'))).toBe(true);
    expect(read(`${payload.toString('base64url')}==`)).toBe(true);
    expect(read('-/-/')).toBe(false);
    expect(read('+/==')).toBe(false);
  });

  it('the key id is a hint: a wrong or absent key id changes nothing', () => {
    const wrong = changed((it) => ({
      ...it,
      signatures: it.signatures.map((one) => ({ ...one, keyid: 'x' })),
    }));
    const none = changed((it) => ({
      ...it,
      signatures: it.signatures.map(({ sig }) => ({ sig })),
    }));
    expect(verifyDsse(wrong, expectation).ok).toBe(true);
    expect(verifyDsse(none, expectation).ok).toBe(true);
  });

  it('A56 A50: one key that signed twice, or is given twice, counts once', () => {
    const twice = changed((it) => ({ ...it, signatures: [...it.signatures, ...it.signatures] }));
    expect(
      orThrow(verifyDsse(twice, { ...expectation, keys: [publicKey, publicKey] })).keyIds,
    ).toHaveLength(1);
    expect(verifyDsse(twice, { ...expectation, threshold: 2 }).ok).toBe(false);
    expect(verifyDsse(twice, { ...expectation, threshold: 1 }).ok).toBe(true);
    expect(verifyDsse(signed, { ...expectation, threshold: 0 })).toMatchObject({
      failure: { code: 'USAGE' },
    });
  });

  it('an envelope has at most ten signatures', () => {
    const many = (count: number) =>
      changed((it) => ({ ...it, signatures: Array(count).fill(it.signatures[0]) }));
    expect(parseDsse(many(LIMITS.dsseSignaturesMax)).ok).toBe(true);
    expect(parseDsse(many(LIMITS.dsseSignaturesMax + 1))).toMatchObject({
      failure: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('a change of one byte never throws and never gives another payload', () => {
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.nat(255), (at, byte) => {
        const mutated = Buffer.from(signed);
        mutated[at] = byte;
        const result = verifyDsse(mutated, expectation);
        if (result.ok) expect(Buffer.from(result.value.payload)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('never throws for any input', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (input) => {
        parseDsse(input);
      }),
    );
  });
});
