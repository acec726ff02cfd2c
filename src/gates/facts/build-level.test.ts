import { describe, expect, it } from 'vitest';
import { UNOBSERVED_BUILDER } from '../../capabilities/attestation/index.ts';
import { type Facts, makeUnknownFact } from '../../capabilities/policy/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { assessBuild } from './build-level.ts';

const [INDEX, AMD64, ARM64] = ['index', 'amd64', 'arm64'].map((name) => sha256(name)) as [
  Digest,
  Digest,
  Digest,
];
const BUILDER = 'https://github.com/shop/builds/.github/workflows/release.yml@refs/heads/main';
const SOURCE = 'https://github.com/shop/trips';
const OWN = `${SOURCE}/.github/workflows/release.yml@refs/heads/main`;
const NOBODY = makeUnknownFact(new Failure('FACT_UNKNOWN', 'nobody says', 'Say it.'));

interface SignedProvenance {
  readonly about?: Digest;
  readonly builder?: string;
  readonly counts?: boolean;
  /** Of the certificate; null: a key signed. */
  readonly claims?: Readonly<Record<string, string>> | null;
}

function state({
  about = INDEX,
  builder = BUILDER,
  counts = true,
  claims = null,
}: SignedProvenance) {
  const signer =
    claims === null
      ? { format: 'notary-jws' }
      : {
          format: 'sigstore-bundle',
          issuer: 'https://token.actions.githubusercontent.com',
          claims,
        };
  return {
    ...{ about, kind: 'provenance', content: { kind: 'provenance', provenance: { builder } } },
    standing: { kind: counts ? 'counts' : 'does-not-count', signer },
  };
}

const CLAIMS = {
  buildSignerUri: BUILDER,
  sourceRepositoryUri: SOURCE,
  runnerEnvironment: 'github-hosted',
};

function job(builder: string, hosted: boolean): NonNullable<Facts['runner']> {
  const named = { platform: 'github-actions', repository: SOURCE, commit: 'a', invocation: 'x' };
  return { job: { ...named, builder, hosted }, machine: NOBODY, time: NOBODY };
}

function level(
  stated: readonly SignedProvenance[],
  runner: NonNullable<Facts['runner']> = NOBODY,
  members: readonly Digest[] = [INDEX],
): number {
  const evidence = {
    subject: { digest: INDEX },
    members: members.map((digest) => ({ descriptor: { digest } })),
    documents: { items: stated.map(state), missing: null },
  };
  return assessBuild(evidence as unknown as ImageEvidence, runner).level;
}

describe('B6 B7: the level of a build is assessed by what was verified', () => {
  it('SLSA 1: a trusted provenance that names who built', () => {
    expect(level([{}])).toBe(1);
    expect(level([])).toBe(0);
    expect(level([{ counts: false }])).toBe(0);
    expect(level([{ builder: UNOBSERVED_BUILDER }])).toBe(0);
  });

  it('SLSA 2: the platform says that the job of that builder ran on its own machine', () => {
    expect(level([{}], job(BUILDER, true))).toBe(2);
    expect(level([{}], job(BUILDER, false))).toBe(1);
    expect(level([{}], job(OWN, true))).toBe(1);
    expect(level([{ builder: OWN, claims: { ...CLAIMS, buildSignerUri: OWN } }])).toBe(2);
    expect(level([{ claims: { ...CLAIMS, runnerEnvironment: 'self-hosted' } }])).toBe(1);
    expect(level([{ builder: OWN, claims: CLAIMS }])).toBe(1);
  });

  it('SLSA 3: a builder outside of what is built signed it itself', () => {
    expect(level([{ claims: CLAIMS }])).toBe(3);
    const { sourceRepositoryUri: _, ...silent } = CLAIMS;
    expect(level([{ claims: silent }])).toBe(2);
    const apart = { ...CLAIMS, sourceRepositoryUri: 'https://github.com/shop/builds' };
    expect(level([{ claims: apart }])).toBe(2);
    expect(level([{ claims: CLAIMS, counts: false }])).toBe(0);
  });

  it('of an index, the level that every platform has', () => {
    const members = [AMD64, ARM64];
    expect(level([{ claims: CLAIMS }], NOBODY, members)).toBe(3);
    expect(level([{ about: AMD64, claims: CLAIMS }], NOBODY, members)).toBe(0);
    const mixed = [{ about: AMD64, claims: CLAIMS }, { about: ARM64 }];
    expect(level(mixed, NOBODY, members)).toBe(1);
  });
});
