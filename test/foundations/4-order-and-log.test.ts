// docs/adr/0004-order-and-log.md
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeLeavesRoot,
  computeRoot,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  encodeLeaf,
  type Frontier,
  growFrontier,
  hashLeaf,
  hashLogLeaf,
  type LogLeaf,
  proveConsistency,
  proveInclusion,
  type TreeHash,
  verifyConsistency,
  verifyInclusion,
} from '../../src/capabilities/evidence/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';

const hex = (hash: TreeHash): string => Buffer.from(hash).toString('hex');
const hash = (...parts: readonly Uint8Array[]): Uint8Array => {
  const state = createHash('sha256');
  for (const part of parts) state.update(part);
  return state.digest();
};

/** RFC 9162 §2.1.1, word for word: slow, recursive and independent of our code. */
function specifiedRoot(entries: readonly Uint8Array[]): Uint8Array {
  const [only] = entries;
  if (only === undefined) return hash();
  if (entries.length === 1) return hash(Uint8Array.of(0), only);
  let half = 1;
  while (half * 2 < entries.length) half *= 2;
  return hash(
    Uint8Array.of(1),
    specifiedRoot(entries.slice(0, half)),
    specifiedRoot(entries.slice(half)),
  );
}

const append = (leaves: readonly TreeHash[], from: Frontier = EMPTY_FRONTIER): Frontier =>
  leaves.reduce(growFrontier, from);
const documents = fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 40 });

describe('foundation 4: one order that anyone can check', () => {
  it('the root of the log is that of RFC 9162, after any sequence of appends', () => {
    fc.assert(
      fc.property(documents, fc.nat(), (entries, cut) => {
        const leaves = entries.map((entry) => hashLeaf(entry));
        const stop = cut % (leaves.length + 1);
        const grownTwice = append(leaves.slice(stop), append(leaves.slice(0, stop)));
        expect(hex(computeRoot(grownTwice))).toBe(hex(specifiedRoot(entries)));
        expect(hex(computeLeavesRoot(leaves))).toBe(hex(specifiedRoot(entries)));
        expect(grownTwice.size).toBe(entries.length);
      }),
    );
    expect(hex(EMPTY_ROOT)).toBe(hex(specifiedRoot([])));
  });

  it('another order, a missing document or an extra one gives another root', () => {
    const distinct = fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 8 }), {
      minLength: 2,
      maxLength: 30,
      selector: (bytes) => Buffer.from(bytes).toString('hex'),
    });
    fc.assert(
      fc.property(distinct, fc.nat(), (entries, place) => {
        const leaves = entries.map((entry) => hashLeaf(entry));
        const index = place % (leaves.length - 1);
        const swapped = leaves
          .with(index, leaves[index + 1] ?? hashLeaf(''))
          .with(index + 1, leaves[index] ?? hashLeaf(''));
        const others = [swapped, leaves.toSpliced(index, 1), [...leaves, hashLeaf('one more')]];
        for (const other of others)
          expect(hex(computeLeavesRoot(other))).not.toBe(hex(computeLeavesRoot(leaves)));
      }),
    );
  });

  it('a proof of inclusion holds for its document at its position, and for no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(), (size, one, other) => {
        const leaves = Array.from({ length: size }, (_, position) =>
          hashLeaf(`document ${position}`),
        );
        const [index, wrong] = [one % size, other % size];
        const root = computeLeavesRoot(leaves);
        const claim = (position: number, leaf: TreeHash): boolean =>
          verifyInclusion({
            index: position,
            size,
            leaf,
            proof: proveInclusion(leaves, index),
            root,
          }).ok;
        expect(claim(index, leaves[index] ?? hashLeaf(''))).toBe(true);
        if (wrong !== index) {
          expect(claim(wrong, leaves[index] ?? hashLeaf(''))).toBe(false);
          expect(claim(index, leaves[wrong] ?? hashLeaf(''))).toBe(false);
        }
      }),
    );
  });

  it('a log that rewrote its past cannot prove that it only grew', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (size, early, place) => {
        const before = 1 + (early % (size - 1));
        const leaves = Array.from({ length: size }, (_, position) =>
          hashLeaf(`document ${position}`),
        );
        const forged = leaves.with(place % before, hashLeaf('another'));
        const rootBefore = computeLeavesRoot(leaves.slice(0, before));
        const grew = (now: readonly TreeHash[]): boolean =>
          verifyConsistency({
            sizeBefore: before,
            sizeAfter: size,
            rootBefore,
            rootAfter: computeLeavesRoot(now),
            proof: proveConsistency(now, before),
          }).ok;
        expect(grew(leaves)).toBe(true);
        expect(grew(forged)).toBe(false);
      }),
    );
  });
});

describe('foundation 4: what a leaf says', () => {
  const leaf: LogLeaf = {
    kind: 'sbom',
    mediaType: 'application/spdx+json',
    digest: sha256('document'),
    size: 8,
    subject: sha256('image'),
    recordedAt: toInstant(Date.UTC(2026, 10, 22)),
  };

  it('is canonical, and differs when any member differs', () => {
    const changes: readonly Partial<LogLeaf>[] = [
      { kind: 'scan' },
      { mediaType: 'text/plain' },
      { digest: sha256('another') },
      { size: 9 },
      { subject: null },
      { recordedAt: toInstant(Date.UTC(2026, 10, 23)) },
    ];
    const texts = [leaf, ...changes.map((change) => ({ ...leaf, ...change }))].map(encodeLeaf);
    expect(new Set(texts).size).toBe(7);
    expect(Object.keys(JSON.parse(texts[0] ?? '{}') as object)).toEqual([
      'apiVersion',
      'digest',
      'kind',
      'mediaType',
      'recordedAt',
      'size',
      'subject',
    ]);
    expect(hex(hashLogLeaf(leaf))).toBe(hex(hashLeaf(encodeLeaf(leaf))));
  });
});
