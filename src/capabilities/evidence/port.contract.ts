import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { EMPTY_ROOT, verifyConsistency, verifyInclusion } from '../../formats/log/merkle.ts';
import { hashLogLeaf } from './leaf.ts';
import type { EvidenceInput, EvidenceLog } from './port.ts';

const now = toInstant(1_000);
const subject = sha256('image');
const scan = (text: string): EvidenceInput => ({
  kind: 'scan',
  mediaType: 'text/plain',
  body: new TextEncoder().encode(text),
  subject,
});

/** The laws of an EvidenceLog; `open` gives an empty log and a function that closes it. */
export function describeEvidenceLog(
  name: string,
  open: () => Promise<{ readonly log: EvidenceLog; close(): Promise<void> }>,
): void {
  describe(`${name}, as a log of evidence`, () => {
    let log: EvidenceLog;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ log, close } = await open());
    });
    afterEach(() => close());

    it('is empty at first, with the root of the empty tree', async () => {
      const { size, root } = orThrow(await log.head());
      expect([size, ...root]).toEqual([0, ...EMPTY_ROOT]);
      expect(orThrow(await log.entries(0, 10))).toEqual([]);
    });

    it('gives back the exact bytes, by digest, and what is known about a subject', async () => {
      const [receipt] = orThrow(await log.append([scan('one\r\n\u00e9')], now));
      expect(receipt).toEqual({ position: 0, digest: sha256('one\r\n\u00e9'), fresh: true });
      expect(new TextDecoder().decode(orThrow(await log.body(sha256('one\r\n\u00e9'))))).toBe(
        'one\r\n\u00e9',
      );
      expect(orThrow(await log.about(subject, 'scan'))).toMatchObject([
        { position: 0, kind: 'scan', mediaType: 'text/plain', subject },
      ]);
      expect(orThrow(await log.about(subject, 'sbom'))).toEqual([]);
      expect(await log.body(sha256('other'))).toMatchObject({
        ok: false,
        failure: { code: 'NOT_FOUND' },
      });
    });

    it('takes concurrent calls without gaps, and proves every entry and earlier head', async () => {
      await Promise.all(Array.from({ length: 13 }, (_, at) => log.append([scan(`${at}`)], now)));
      const heads = [];
      for (let at = 0; at < 3; at++) {
        heads.push(orThrow(await log.head()));
        orThrow(await log.append([scan(`later ${at}`)], now));
      }
      const entries = orThrow(await log.entries(0, 100));
      expect(entries.map(({ position }) => position)).toEqual(
        Array.from({ length: 16 }, (_, at) => at),
      );
      for (const entry of entries) {
        const { head, proof } = orThrow(await log.inclusion(entry.position));
        expect(
          verifyInclusion({
            leaf: hashLogLeaf(entry),
            index: entry.position,
            size: head.size,
            root: head.root,
            proof,
          }).ok,
        ).toBe(true);
      }
      for (const before of heads) {
        const { head, proof } = orThrow(await log.consistency(before.size));
        const sizes = { sizeBefore: before.size, sizeAfter: head.size };
        expect(
          verifyConsistency({ ...sizes, rootBefore: before.root, rootAfter: head.root, proof }).ok,
        ).toBe(true);
      }
      expect(await log.inclusion(16)).toMatchObject({ ok: false, failure: { code: 'NOT_FOUND' } });
      expect(await log.consistency(17)).toMatchObject({
        ok: false,
        failure: { code: 'NOT_FOUND' },
      });
    });

    it('answers a repeated document with the first receipt, also within one call', async () => {
      const receipts = orThrow(await log.append([scan('a'), scan('b'), scan('a')], now));
      expect(receipts.map(({ position, fresh }) => [position, fresh])).toEqual([
        [0, true],
        [1, true],
        [0, false],
      ]);
    });
  });
}
