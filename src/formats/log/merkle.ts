import { createHash } from 'node:crypto';
import { fail, ok, type Result } from '../../core/result.ts';

/** A SHA-256 hash of 32 bytes: a leaf, a node or a root of the log's tree. */
export type TreeHash = Uint8Array;

/** The root of the empty tree: the hash of no bytes (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: TreeHash = createHash('sha256').digest();

/** RFC 9162 §2.1.1: a leaf is hashed after a zero byte, so that no leaf can be taken for a node. */
export function hashLeaf(entry: Uint8Array | string): TreeHash {
  // mutant log-leaf-prefix by 4-order-and-log: literal 2 -> 1
  return createHash('sha256').update(Uint8Array.of(0)).update(entry).digest();
}

/** RFC 9162 §2.1.1: a node is hashed after a byte with the value one. */
export function hashNode(left: TreeHash, right: TreeHash): TreeHash {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/**
 * The roots of the perfect subtrees of a growing tree, largest first: appending needs nothing else.
 *
 * @example computeRoot(growFrontier(EMPTY_FRONTIER, hashLeaf('first')))
 */
export interface Frontier {
  readonly size: number;
  readonly peaks: readonly TreeHash[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, peaks: [] };

/** The tree with one more leaf. */
export function growFrontier(frontier: Frontier, leaf: TreeHash): Frontier {
  const peaks = [...frontier.peaks];
  let carried = leaf;
  for (let full = frontier.size; full % 2 === 1; full = (full - 1) / 2)
    carried = hashNode(peaks.pop() ?? leaf, carried);
  peaks.push(carried);
  return { size: frontier.size + 1, peaks };
}

/** The tree's root hash. */
export function computeRoot(frontier: Frontier): TreeHash {
  return (
    frontier.peaks.reduceRight<TreeHash | null>(
      (right, left) => (right ? hashNode(left, right) : left),
      null,
    ) ?? EMPTY_ROOT
  );
}

/** The root over leaf hashes. */
export function computeLeavesRoot(leaves: readonly TreeHash[]): TreeHash {
  return computeSubtreeRoot(leaves, 0, leaves.length);
}

/**
 * RFC 9162 §2.1.3.1: the hashes that prove that the leaf at `index` is in the tree over `leaves`.
 */
export function proveInclusion(leaves: readonly TreeHash[], index: number): readonly TreeHash[] {
  const [proof = []] = proveInclusions(leaves, [index]);
  return proof;
}

/** The same for several leaves of one tree; what their ways have in common is computed once. */
export function proveInclusions(
  leaves: readonly TreeHash[],
  indexes: readonly number[],
): readonly (readonly TreeHash[])[] {
  const known = new Map<string, TreeHash>();
  const computeRootOnce = (from: number, to: number): TreeHash => {
    const key = `${from}-${to}`;
    const root = known.get(key) ?? computeSubtreeRoot(leaves, from, to);
    known.set(key, root);
    return root;
  };
  return indexes.map((index) => {
    if (index < 0 || index >= leaves.length)
      throw new RangeError(`no leaf ${index} in a tree of ${leaves.length}`);
    return buildPath(index, 0, leaves.length, computeRootOnce);
  });
}

/**
 * RFC 9162 §2.1.4.1: the hashes that prove that the first `size` leaves are the beginning of the
 * tree over `leaves`.
 */
export function proveConsistency(leaves: readonly TreeHash[], size: number): readonly TreeHash[] {
  if (size < 1 || size > leaves.length)
    throw new RangeError(`no earlier tree of ${size} in ${leaves.length}`);
  return size === leaves.length ? [] : buildSubproof(leaves, size, 0, leaves.length, true);
}

function computeSubtreeRoot(leaves: readonly TreeHash[], from: number, to: number): TreeHash {
  let frontier = EMPTY_FRONTIER;
  for (const leaf of leaves.slice(from, to)) frontier = growFrontier(frontier, leaf);
  return computeRoot(frontier);
}

function buildPath(
  index: number,
  from: number,
  to: number,
  computeRange: (from: number, to: number) => TreeHash,
): TreeHash[] {
  if (to - from <= 1) return [];
  const middle = from + findSplit(to - from);
  return index < middle
    ? [...buildPath(index, from, middle, computeRange), computeRange(middle, to)]
    : [...buildPath(index, middle, to, computeRange), computeRange(from, middle)];
}

function buildSubproof(
  leaves: readonly TreeHash[],
  size: number,
  from: number,
  to: number,
  whole: boolean,
): TreeHash[] {
  if (size === to) return whole ? [] : [computeSubtreeRoot(leaves, from, to)];
  const middle = from + findSplit(to - from);
  return size <= middle
    ? [...buildSubproof(leaves, size, from, middle, whole), computeSubtreeRoot(leaves, middle, to)]
    : [...buildSubproof(leaves, size, middle, to, false), computeSubtreeRoot(leaves, from, middle)];
}

/** The largest power of two smaller than `size`. */
function findSplit(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}

export interface Inclusion {
  readonly leaf: TreeHash;
  readonly index: number;
  readonly size: number;
  readonly root: TreeHash;
  readonly proof: readonly TreeHash[];
}

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion({ leaf, index, size, root, proof }: Inclusion): Result<true> {
  if (!isCount(index) || !isCount(size) || index >= size)
    return refused('the index is outside the tree');
  if (![leaf, root, ...proof].every(isHash)) return refused('a hash does not have 32 bytes');
  let at = index;
  let last = size - 1;
  let computed = leaf;
  for (const sibling of proof) {
    if (last === 0) return refused('the proof is too long');
    if (at % 2 === 1 || at === last) {
      computed = hashNode(sibling, computed);
      for (; at % 2 === 0 && at !== 0; at = halve(at)) last = halve(last);
    } else computed = hashNode(computed, sibling);
    at = halve(at);
    last = halve(last);
  }
  if (last !== 0) return refused('the proof is too short');
  return isSameHash(computed, root) ? ok(true) : refused('the proof gives another root');
}

export interface Consistency {
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  readonly rootBefore: TreeHash;
  readonly rootAfter: TreeHash;
  readonly proof: readonly TreeHash[];
}

/**
 * RFC 9162 §2.1.4.2; an earlier tree without leaves proves nothing about a later one, and is
 * refused.
 */
export function verifyConsistency(claim: Consistency): Result<true> {
  const { sizeBefore, sizeAfter, rootBefore, rootAfter, proof } = claim;
  if (!isCount(sizeBefore) || !isCount(sizeAfter) || sizeBefore > sizeAfter)
    return refused('the sizes are out of order');
  if (sizeBefore === sizeAfter) {
    if (proof.length > 0) return refused('the proof is too long');
    return isSameHash(rootBefore, rootAfter)
      ? ok(true)
      : refused('equal sizes have different roots');
  }
  if (sizeBefore === 0) return refused('an empty tree is the beginning of every tree');
  if (![rootBefore, rootAfter, ...proof].every(isHash))
    return refused('a hash does not have 32 bytes');
  return climbToRoots(claim);
}

function climbToRoots({
  sizeBefore,
  sizeAfter,
  rootBefore,
  rootAfter,
  proof,
}: Consistency): Result<true> {
  const path = isPowerOfTwo(sizeBefore) ? [rootBefore, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return refused('the proof is empty');
  let at = sizeBefore - 1;
  let last = sizeAfter - 1;
  for (; at % 2 === 1; at = halve(at)) last = halve(last);
  let [before, after] = [first, first];
  for (const sibling of path) {
    if (last === 0) return refused('the proof is too long');
    if (at % 2 === 1 || at === last) {
      before = hashNode(sibling, before);
      after = hashNode(sibling, after);
      for (; at % 2 === 0 && at !== 0; at = halve(at)) last = halve(last);
    } else after = hashNode(after, sibling);
    at = halve(at);
    last = halve(last);
  }
  if (last !== 0) return refused('the proof is too short');
  return isSameHash(before, rootBefore) && isSameHash(after, rootAfter)
    ? ok(true)
    : refused('the proof gives other roots');
}

function halve(count: number): number {
  return Math.floor(count / 2);
}

function isPowerOfTwo(count: number): boolean {
  return 2 ** Math.round(Math.log2(count)) === count;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(hash: Uint8Array): boolean {
  return hash.length === 32;
}

function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function refused(why: string): Result<never> {
  return fail(
    'EVIDENCE_REJECTED',
    `the proof of the log is wrong: ${why}`,
    'Query the log again, or do not trust it.',
  );
}
