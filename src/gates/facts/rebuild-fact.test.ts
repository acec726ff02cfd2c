import { describe, expect, it } from 'vitest';
import { type RebuildStatement, UNOBSERVED_BUILDER } from '../../capabilities/attestation/index.ts';
import { UnknownFact } from '../../capabilities/policy/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { findBuildSource } from './build-source.ts';
import { buildRebuildFact } from './rebuild-fact.ts';

const [AMD64, ARM64] = ['amd64', 'arm64'].map((name) => sha256(name)) as [Digest, Digest];

function gather(items: readonly object[], members = [AMD64]): ImageEvidence {
  const evidence = {
    subject: { digest: sha256('index') },
    members: members.map((digest) => ({ descriptor: { digest } })),
    documents: { items, missing: null },
  };
  return evidence as unknown as ImageEvidence;
}

function state(about: Digest, result: Partial<RebuildStatement>, counts = true) {
  const rebuild = {
    ...{ commit: 'a'.repeat(40), reproduced: false, sameContent: false, difference: 'x' },
    ...{ finishedAt: toInstant(1_000), ...result },
  };
  const standing = { kind: counts ? 'counts' : 'does-not-count' };
  return { about, kind: 'other', standing, content: { kind: 'rebuild', rebuild } };
}
const SAME = { reproduced: true, sameContent: true, difference: null };

function judge(items: readonly object[], members?: readonly Digest[]): string {
  const fact = buildRebuildFact(gather(items, members === undefined ? [AMD64] : [...members]));
  if (fact instanceof UnknownFact) return 'unknown';
  return fact.reproduced === true ? 'reproduced' : `${fact.sameContent} ${fact.difference}`;
}

describe('D9 X13: what is known of a second build', () => {
  it('is what a trusted statement says', () => {
    expect(judge([state(AMD64, SAME)])).toBe('reproduced');
    expect(judge([state(AMD64, { sameContent: true })])).toBe('true x');
    expect(judge([state(AMD64, {})])).toBe('false x');
    expect(judge([state(AMD64, SAME, false)])).toBe('unknown');
    expect(judge([])).toBe('unknown');
  });

  it('S15: another statement takes nothing away', () => {
    expect(judge([state(AMD64, {}), state(AMD64, SAME)])).toBe('reproduced');
    expect(judge([state(AMD64, SAME), state(AMD64, {})])).toBe('reproduced');
    const newer = { finishedAt: toInstant(2_000), difference: 'newer' };
    expect(judge([state(AMD64, {}), state(AMD64, newer)])).toBe('false newer');
  });

  it('of an index is that of the platform that fared worst', () => {
    const both = [AMD64, ARM64];
    expect(judge([state(AMD64, SAME), state(ARM64, SAME)], both)).toBe('reproduced');
    expect(judge([state(AMD64, SAME), state(ARM64, {})], both)).toBe('false x');
    expect(judge([state(AMD64, SAME)], both)).toBe('unknown');
  });
});

describe('D9: the materials from which an image is built again', () => {
  const COMMIT = 'c'.repeat(40);
  const base = { name: 'base image', uri: 'debian:12', digest: { sha256: 'b'.repeat(64) } };
  const provenance = (more: object, counts = true) => ({
    ...{ about: AMD64, kind: 'provenance' },
    standing: { kind: counts ? 'counts' : 'does-not-count' },
    content: {
      kind: 'provenance',
      provenance: {
        ...{ buildType: 'https://ci.example.com/v1', builder: 'https://ci.example.com' },
        ...{ externalParameters: {}, internalParameters: {}, materials: [base], ...more },
      },
    },
  });
  const claim = (commit: string) => ({
    builder: UNOBSERVED_BUILDER,
    internalParameters: { claimed: { commit, repository: 'https://git.example.com/shop' } },
  });
  const source = { repository: 'https://git.example.com/shop', commit: COMMIT };

  it('are those that trusted provenance proves, else claims', () => {
    const expected = { ...source, base: `debian:12@sha256:${'b'.repeat(64)}` };
    const proven = provenance({ externalParameters: { source } });
    expect(findBuildSource(gather([proven]))).toEqual(expected);
    expect(findBuildSource(gather([provenance(claim(COMMIT))]))).toEqual(expected);
    expect(findBuildSource(gather([proven, provenance(claim('d'.repeat(40)))]))).toEqual(expected);
  });

  it('are none where nobody trusted says them, or two are claimed', () => {
    const other = { externalParameters: { source } };
    for (const items of [
      [],
      [provenance({})],
      [provenance(other, false)],
      [provenance(claim(COMMIT), false)],
      [provenance(claim(COMMIT)), provenance(claim('d'.repeat(40)))],
    ])
      expect(findBuildSource(gather(items))).toBeNull();
  });
});
