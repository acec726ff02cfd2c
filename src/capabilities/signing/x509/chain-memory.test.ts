import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, testAuthority, testKey } from '../../../../test/support/certificates.ts';
import { forgeEnvelope, questionAbout, trustIn } from '../../../../test/support/notary.ts';
import { toInstant } from '../../../core/instant.ts';
import { verifyNotary } from '../notary/verify.ts';
import { checkPath, validateChain } from './chain.ts';

const DN = 'O=Shop,ST=WA,C=US';
const key = await testKey({ subject: `CN=release,${DN}` });
const other = testAuthority({ subject: `CN=Other Root,${DN}` });

/**
 * One key signs thousands of images, so the result for its chain is remembered, but nothing that
 * may change.
 */
describe('N27, N29, N35: the memory of checked chains', () => {
  it('keeps the result for the bytes of a chain, for one purpose', () => {
    const first = checkPath(key.chain, 'code-signing');
    expect(checkPath(key.chain, 'code-signing')).toBe(first);
    expect(checkPath(key.chain, 'timestamping')).toMatchObject({
      ok: false,
      flaw: 'extended-key-usage',
    });
    expect(checkPath(key.chain, 'code-signing').ok).toBe(true);
  });

  it('keeps no time: a valid chain expires, and one not yet valid becomes valid', () => {
    const checked = checkPath(key.chain, 'code-signing');
    if (!checked.ok) throw new Error(checked.message);
    const { validFrom, validUntil } = checked.chain;
    const at = (ms: number) => {
      const valid = validateChain(key.chain, 'code-signing', toInstant(ms));
      return valid.ok ? 'valid' : valid.failure.message.split(':')[0];
    };
    expect([
      at(validFrom - 1),
      at(validFrom),
      at(validUntil),
      at(validUntil + 1),
      at(validFrom),
    ]).toEqual(['certificate-not-yet-valid', 'valid', 'valid', 'certificate-expired', 'valid']);
  });

  it('keeps no trust: one store trusts a signature, another does not, in any order', async () => {
    const envelope = await forgeEnvelope(key);
    const asked = (pem: string, now = FIXTURE_NOW) =>
      verifyNotary({ ...questionAbout(envelope, trustIn(pem)), now }).kind;
    const [own, foreign] = [
      key.rootPem,
      (await testKey({ subject: `CN=release,${DN}`, root: other })).rootPem,
    ];
    expect([asked(own), asked(foreign), asked(own)]).toEqual(['trusted', 'untrusted', 'trusted']);
    const late = toInstant(FIXTURE_NOW + 100 * 365 * 86_400_000);
    expect([asked(own, late), asked(own)]).toEqual(['untrusted', 'trusted']);
  });

  it('keeps chains apart that differ in certificate boundaries or in a signature', () => {
    const [leaf, root] = key.chain as [Uint8Array, Uint8Array];
    const cut = [Buffer.concat([leaf, root.subarray(0, 1)]), root.subarray(1)];
    const flipped = Uint8Array.from(leaf);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    for (const chain of [cut, [flipped, root], [leaf], [root, leaf], [leaf, root, root]])
      expect(checkPath(chain, 'code-signing').ok).toBe(false);
    expect(checkPath(key.chain, 'code-signing').ok).toBe(true);
  });
});
