import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { verifyBytes } from '../x509/algorithm.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { validateChain } from '../x509/chain.ts';
import type { SigningKey, SigningKeys } from './port.ts';

export interface KeysUnderTest {
  readonly keys: SigningKeys;
  /** A key that signs. */
  readonly good: string;
  /** A key whose chain belongs to another key. */
  readonly mismatched: string;
  /** A well-formed reference to an absent key. */
  readonly absent: string;
}

/** What every store that opens signing keys must do. */
export function describeSigningKeys(
  name: string,
  open: () => KeysUnderTest | Promise<KeysUnderTest>,
): void {
  const openGood = async () => {
    const { keys, good } = await open();
    return orThrow(await keys.open(good));
  };

  describe(`${name}, as signing keys`, () => {
    it('N15 N16: a key signs its exact input with its own algorithm, r‖s or PSS', async () => {
      const key = await openGood();
      const leaf = readLeaf(key);
      expect(leaf.algorithm).toBe(key.algorithm);
      const data = Buffer.from('a signed text');
      const signature = await key.sign(data);
      const isSigned = (bytes: Uint8Array) =>
        verifyBytes(key.algorithm, leaf.publicKey, bytes, signature, 'jose');
      expect(isSigned(data)).toBe(true);
      expect(isSigned(Buffer.from('another text'))).toBe(false);
    });

    it('N21: its chain is complete and may be used to sign', async () => {
      const key = await openGood();
      const chain = validateChain(key.chain, 'code-signing', readLeaf(key).notBefore);
      expect(chain).toMatchObject({ ok: true });
    });

    it('signs many and large inputs at the same time', async () => {
      const key = await openGood();
      const { publicKey } = readLeaf(key);
      const texts = [Buffer.from(''), Buffer.alloc(300_000, 'x'), Buffer.from('3')];
      const signatures = await Promise.all(texts.map((text) => key.sign(text)));
      const verified = signatures.map((signature, at) =>
        verifyBytes(key.algorithm, publicKey, texts[at] ?? Buffer.alloc(1), signature, 'jose'),
      );
      expect(verified).toEqual([true, true, true]);
    });

    it('a key with the chain of another one is not opened', async () => {
      const { keys, mismatched } = await open();
      expect(await keys.open(mismatched)).toMatchObject({
        ok: false,
        failure: { code: 'KEY_UNUSABLE' },
      });
    });

    it('A15: an absent key or a malformed name is a failure, and never throws', async () => {
      const { keys, absent } = await open();
      const wrong = ['', '.', '../absent', 'a\u0000b', 'a\nb', '-help', 'x'.repeat(5_000)];
      for (const reference of [absent, ...wrong])
        expect([reference, (await keys.open(reference)).ok]).toEqual([reference, false]);
    });
  });
}

function readLeaf(key: SigningKey) {
  return orThrow(parseCertificate(key.chain[0] ?? Buffer.alloc(0)));
}
