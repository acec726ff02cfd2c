import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import { later } from '../../../test/support/evidence-world.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { KnownStrangers } from './known-strangers.ts';

const [trust, other, one] = ['trust', 'other', 'one'].map((text) => sha256(text)) as [
  ReturnType<typeof sha256>,
  ReturnType<typeof sha256>,
  ReturnType<typeof sha256>,
];
const REPOSITORY = 'registry.example.com/shop/trips';

describe('truth B3: what is known to be of a stranger', () => {
  it('is known in one repository, under one trust document, for a time', () => {
    const strangers = new KnownStrangers();
    strangers.add(trust, REPOSITORY, one, FIXTURE_NOW);
    const end = later(LIMITS.strangersKnownMs);
    expect(strangers.has(trust, REPOSITORY, one, later(LIMITS.strangersKnownMs - 1))).toBe(true);
    expect(strangers.has(trust, REPOSITORY, one, end)).toBe(false);
    expect(strangers.has(trust, `${REPOSITORY}/x`, one, FIXTURE_NOW)).toBe(false);
    expect(strangers.has(trust, REPOSITORY, other, FIXTURE_NOW)).toBe(false);
    expect(strangers.has(other, REPOSITORY, one, FIXTURE_NOW)).toBe(false);
    strangers.add(other, REPOSITORY, other, FIXTURE_NOW);
    expect(strangers.has(trust, REPOSITORY, one, FIXTURE_NOW)).toBe(false);
    expect(strangers.has(other, REPOSITORY, one, FIXTURE_NOW)).toBe(false);
  });

  it('is bounded: the oldest is forgotten', () => {
    const strangers = new KnownStrangers();
    const digests = Array.from({ length: LIMITS.strangersKnownMax + 1 }, (_, at) =>
      sha256(`${at}`),
    );
    for (const digest of digests) strangers.add(trust, REPOSITORY, digest, FIXTURE_NOW);
    const known = digests.map((digest) => strangers.has(trust, REPOSITORY, digest, FIXTURE_NOW));
    expect([known[0], known[1], known.at(-1)]).toEqual([false, true, true]);
  });
});
