import { findMarker } from '../../../capabilities/ecosystems/index.ts';
import type { InitResult } from './init-result.ts';
import type { LocatedEcosystem, LocatedValue } from './survey-result.ts';

/**
 * What the gates will do about each kind of find once the policy enforces, by the rules of the
 * default policy. Until then they say so and refuse nothing.
 */
export const OUTLOOK = {
  ecosystem: ({ read }: LocatedEcosystem): string =>
    read
      ? 'commit, build: refuse what is not pinned (D20, B14) or has findings (D19, B8)'
      : 'commit, build: undetermined, because its packages are not read',
  pipeline: judgeUses,
  environment: judgeUses,
  registry: ({ value }: LocatedValue, { written }: InitResult): string =>
    isIn(value, written.images)
      ? 'release, admission: allow its images (I19)'
      : 'release, admission: refuse its images until it is allowed (I19)',
  componentRegistry: ({ value }: LocatedValue, { written }: InitResult): string =>
    isIn(value, written.components)
      ? 'commit, build: allow what comes from it (B10)'
      : 'commit warns and build refuses what comes from it until it is allowed (B10)',
  cluster: 'admission: decides for it',
  repository: 'release: records it as a claim',
  signing: 'commit, build: refuse commits without a trusted SSH signature (D18, B13)',
} as const;

/** What a pipeline or an environment uses is judged where an ecosystem reads its file. */
function judgeUses({ place }: LocatedValue): string {
  return findMarker(place)?.read === true
    ? 'commit, build: refuse what it uses and does not pin (D20, B14)'
    : 'commit, build: undetermined, because what it uses is not read';
}

function isIn(value: string, allowed: readonly LocatedValue[]): boolean {
  return allowed.some((one) => one.value === value);
}
