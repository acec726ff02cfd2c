import { expect, it } from 'vitest';
import {
  type Provenance,
  RELEASE_BUILD_TYPE,
  UNOBSERVED_BUILDER,
} from '../../capabilities/attestation/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { buildProvenanceFact, findOrigin } from './provenance-fact.ts';

const [index, amd64, arm64] = ['index', 'amd64', 'arm64'].map((name) => sha256(name)) as [
  Digest,
  Digest,
  Digest,
];
const CI = 'https://ci.example.com';

function state(builder: string, commit: string | null): Provenance {
  const source = commit === null ? {} : { repository: 'https://git.example.com/shop', commit };
  return {
    buildType: builder === UNOBSERVED_BUILDER ? RELEASE_BUILD_TYPE : 'https://ci.example.com/v1',
    externalParameters: { source },
    internalParameters: {},
    materials: [],
    builder,
    builderVersion: {},
    invocation: null,
    startedAt: null,
    finishedAt: null,
  };
}

/** An index of two images with these provenances; each is trusted unless it is not. */
function gather(
  stated: readonly (readonly [about: Digest, provenance: Provenance, counts?: boolean])[],
  missing: Failure | null = null,
): ImageEvidence {
  const items = stated.map(([about, provenance, counts = true]) => ({
    kind: 'provenance',
    about,
    standing: { kind: counts ? 'counts' : 'does-not-count' },
    content: { kind: 'provenance', provenance },
  }));
  const members = [amd64, arm64].map((digest) => ({ descriptor: { digest } }));
  const evidence = { subject: { digest: index }, members, documents: { items, missing } };
  return evidence as unknown as ImageEvidence;
}

const proven = state(CI, 'c1');
const silent = state(UNOBSERVED_BUILDER, 'c2');

it('truth A16, C2: what a release claims beside its builder contradicts nothing', () => {
  for (const stated of [[index, proven] as const, [amd64, proven] as const].map((one) =>
    one[0] === amd64 ? [one, [arm64, proven] as const] : [one],
  )) {
    const evidence = gather([[index, silent], ...stated, [amd64, silent]]);
    expect(buildProvenanceFact(evidence)).toMatchObject({ builder: CI, commit: 'c1' });
    expect(findOrigin(evidence)).toEqual({
      repository: 'https://git.example.com/shop',
      commit: 'c1',
    });
  }
});

it('truth C2: a commit that is proven of one platform is not proven of the others', () => {
  const evidence = gather([
    [index, silent],
    [amd64, proven],
  ]);
  expect(buildProvenanceFact(evidence)).toMatchObject({
    commit: { failure: { message: 'no trusted provenance proves the commit' } },
  });
  expect(findOrigin(evidence)).toBeNull();
});

it('C2: two commits are none, and what does not count proves nothing', () => {
  const other = state(CI, 'c9');
  const evidence = (counts: boolean) =>
    gather([
      [index, proven],
      [arm64, other, counts],
    ]);
  expect(buildProvenanceFact(evidence(true))).toMatchObject({
    builder: CI,
    commit: { failure: { message: 'the trusted provenances disagree about the commit' } },
  });
  expect(findOrigin(evidence(true))).toBeNull();
  expect(findOrigin(evidence(false))?.commit).toBe('c1');
});

it('C2: a builder that names no source proves no commit, and lost documents prove nothing', () => {
  expect(findOrigin(gather([[index, state(CI, null)]]))).toBeNull();
  const lost = new Failure('STORE_UNREACHABLE', 'the registry is away', 'Try again.');
  expect(findOrigin(gather([[index, proven]], lost))).toBeNull();
  expect(findOrigin(gather([[amd64, proven]]))).toBeNull();
});

it('C25: the digests of a material are a set: their order decides nothing', () => {
  const read = (digest: Readonly<Record<string, string>>) => {
    const materials = [{ uri: 'git+https://git.example.com/shop', name: null, digest }];
    return buildProvenanceFact(gather([[index, { ...proven, materials }]]));
  };
  const [sha1, gitCommit, blake3] = ['4f2a', '4f2a', 'b3'];
  const wanted = (digest: string) => ({ materials: [{ digest }] });
  expect(read({ sha1, gitCommit })).toMatchObject(wanted('gitCommit:4f2a'));
  expect(read({ gitCommit, sha1 })).toMatchObject(wanted('gitCommit:4f2a'));
  expect(read({ sha512: '5', sha256: '2' })).toMatchObject(wanted('sha256:2'));
  expect(read({ sha1, blake3 })).toMatchObject(wanted('blake3:b3'));
  expect(read({ blake3, sha1 })).toMatchObject(wanted('blake3:b3'));
});
