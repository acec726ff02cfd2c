import { describe, expect, it } from 'vitest';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { parseCertificates } from '../x509/certificate.ts';
import { validateChain } from '../x509/chain.ts';
import type { KeyEnrolment, SigningKeys } from './port.ts';

const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';
const NOW: Instant = toInstant(Date.UTC(2026, 10, 22));
const TRIAL = { subject: SUBJECT, validFrom: NOW, validUntil: toInstant(NOW + 86_400_000) };

type Store = SigningKeys & KeyEnrolment;

/** What every store that makes signing keys must do. `open` gives a new, empty store. */
export function describeKeyEnrolment(name: string, open: () => Store | Promise<Store>): void {
  describe(`${name}, as a store that makes keys`, () => {
    it('B19, I2: a trial key signs under its own root, which is returned as PEM', async () => {
      const store = await open();
      const { rootPem } = orThrow(
        await store.createTrial({ ...TRIAL, name: 'release', kind: 'p256' }),
      );
      const key = orThrow(await store.open('release'));
      const chain = orThrow(validateChain(key.chain, 'code-signing', NOW));
      expect(chain.certificates[0].subjectText).toBe('CN=release,ST=WA,O=Shop,C=US');
      const [root] = orThrow(parseCertificates(Buffer.from(rootPem)));
      expect(chain.certificates.at(-1)?.thumbprint).toBe(root?.thumbprint);
      expect(await key.sign(Buffer.from('x'))).toHaveLength(64);
    });

    it('a name is never overwritten', async () => {
      const store = await open();
      orThrow(await store.createTrial({ ...TRIAL, name: 'k', kind: 'p256' }));
      const before = orThrow(await store.open('k')).chain;
      expect((await store.createTrial({ ...TRIAL, name: 'k', kind: 'p256' })).ok).toBe(false);
      expect((await store.createRequest({ subject: SUBJECT, name: 'k', kind: 'p256' })).ok).toBe(
        false,
      );
      expect(orThrow(await store.open('k')).chain).toEqual(before);
    });

    it('an unknown name, and a key that waits for its certificate, cannot be opened', async () => {
      const store = await open();
      expect((await store.open('absent')).ok).toBe(false);
      orThrow(await store.createRequest({ subject: SUBJECT, name: 'waits', kind: 'p256' }));
      expect(await store.open('waits')).toMatchObject({
        ok: false,
        failure: { code: 'KEY_UNUSABLE' },
      });
      expect(orThrow(await store.list())).toEqual([{ name: 'waits', certificate: null }]);
    });

    it('N42: no key is made for a subject that no trust policy could match', async () => {
      const store = await open();
      const request = { ...TRIAL, name: 'k', subject: 'CN=release', kind: 'p256' } as const;
      expect(await store.createTrial(request)).toMatchObject({
        ok: false,
        failure: { code: 'USAGE' },
      });
      expect(orThrow(await store.list())).toEqual([]);
    });
  });
}
