import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../test/support/test-data.ts';
import {
  computeLeavesRoot,
  computeRoot,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  growFrontier,
  hashLeaf,
  proveConsistency,
  proveInclusion,
  type TreeHash,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

const vectors = testData('vectors/merkle');

interface Vector {
  readonly leafIdx?: number;
  readonly treeSize?: number;
  readonly root?: string;
  readonly leafHash?: string;
  readonly size1?: number;
  readonly size2?: number;
  readonly root1?: string;
  readonly root2?: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

function vectorsIn(folder: string): (readonly [string, Vector])[] {
  if (vectors === null) return [];
  const files = readdirSync(join(vectors, folder), { recursive: true }).map(String);
  return files
    .filter((file) => file.endsWith('.json'))
    .map(
      (file) =>
        [
          `${folder}/${file}`,
          JSON.parse(readFileSync(join(vectors, folder, file), 'utf8')),
        ] as const,
    );
}

const hash = (text: string | undefined): TreeHash => Buffer.from(text ?? '', 'base64');
const makeLeaves = (count: number) =>
  Array.from({ length: count }, (_, at) => hashLeaf(`leaf ${at}`));

describe.skipIf(vectors === null)('the published vectors of RFC 9162 proofs', () => {
  it('are all present, so that none is skipped silently', () => {
    expect(vectorsIn('inclusion').length + vectorsIn('consistency').length).toBe(195);
  });

  it.each(vectorsIn('inclusion'))('inclusion is judged as in the vector: %s', (_, vector) => {
    const claim = {
      leaf: hash(vector.leafHash),
      index: vector.leafIdx ?? 0,
      size: vector.treeSize ?? 0,
    };
    const verified = verifyInclusion({
      ...claim,
      root: hash(vector.root),
      proof: (vector.proof ?? []).map(hash),
    });
    expect(verified.ok).toBe(!vector.wantErr);
  });

  it.each(vectorsIn('consistency'))('consistency is judged as in the vector: %s', (_, vector) => {
    const verified = verifyConsistency({
      sizeBefore: vector.size1 ?? 0,
      sizeAfter: vector.size2 ?? 0,
      rootBefore: hash(vector.root1),
      rootAfter: hash(vector.root2),
      proof: (vector.proof ?? []).map(hash),
    });
    expect(verified.ok).toBe(!vector.wantErr);
  });
});

describe('the tree of the log', () => {
  it('without leaves has the hash of no bytes as its root', () => {
    expect(computeRoot(EMPTY_FRONTIER)).toEqual(EMPTY_ROOT);
    expect(Buffer.from(EMPTY_ROOT).toString('hex')).toMatch(/^e3b0c44298fc1c14/);
  });

  it('grown leaf by leaf has the same root as a tree over all leaves at once', () => {
    let frontier = EMPTY_FRONTIER;
    const leaves = makeLeaves(70);
    leaves.forEach((leaf, at) => {
      frontier = growFrontier(frontier, leaf);
      expect(computeRoot(frontier)).toEqual(computeLeavesRoot(leaves.slice(0, at + 1)));
    });
  });

  it('proves every leaf and every earlier tree, and refuses both with one bit changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, first, bit) => {
        const leaves = makeLeaves(size);
        const root = computeLeavesRoot(leaves);
        const index = first % size;
        const leaf = leaves[index] ?? EMPTY_ROOT;
        const claim = { leaf, index, size, root, proof: proveInclusion(leaves, index) };
        expect(verifyInclusion(claim).ok).toBe(true);
        expect(verifyInclusion({ ...claim, leaf: flipped(leaf, bit) }).ok).toBe(false);
        const sizeBefore = index + 1;
        const rootBefore = computeLeavesRoot(leaves.slice(0, sizeBefore));
        const grew = { sizeBefore, sizeAfter: size, rootBefore, rootAfter: root };
        const proof = proveConsistency(leaves, sizeBefore);
        expect(verifyConsistency({ ...grew, proof }).ok).toBe(true);
        expect(verifyConsistency({ ...grew, proof, rootBefore: flipped(rootBefore, bit) }).ok).toBe(
          false,
        );
      }),
    );
  });

  it('never throws for a claim, even a malformed one', () => {
    const hashes = fc.uint8Array({ maxLength: 40 });
    const count = fc.oneof(fc.integer(), fc.double());
    fc.assert(
      fc.property(
        count,
        count,
        hashes,
        hashes,
        fc.array(hashes, { maxLength: 70 }),
        (a, b, one, two, proof) => {
          verifyInclusion({ index: a, size: b, leaf: one, root: two, proof });
          verifyConsistency({
            sizeBefore: a,
            sizeAfter: b,
            rootBefore: one,
            rootAfter: two,
            proof,
          });
        },
      ),
    );
  });
});

function flipped(hashBytes: TreeHash, bit: number): TreeHash {
  const copy = Uint8Array.from(hashBytes);
  copy[bit % 32] = (copy[bit % 32] ?? 0) ^ (1 << (bit % 8));
  return copy;
}
