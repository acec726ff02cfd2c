import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { foldName } from './fold-name.ts';
import { parseSubject } from './subject.ts';

it('a digest counts as it is, also at the end of a reference; the rest is a name', () => {
  const digest = sha256('image');
  const meant = (text: string) => orThrow(parseSubject(text));
  expect([meant(digest), meant(`registry.example.com/shop/trips:1.4@${digest}`)]).toEqual([
    digest,
    digest,
  ]);
  expect([meant('trips'), meant('trips@1.4')]).toEqual([
    { called: 'trips' },
    { called: 'trips@1.4' },
  ]);
});

it('an empty name, one that is too long and half a digest are refused', () => {
  const long = 'a'.repeat(LIMITS.referenceBytesMax);
  expect(
    ['', ' ', 'sha256:9', 'a@sha256:9', `${long}a`].map((text) => parseSubject(text).ok),
  ).toEqual([...[false, false, false, false, false]]);
  expect(parseSubject(long).ok).toBe(true);
});

it('never throws anything but a Failure, for any text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = parseSubject(text);
      expect(read.ok || read.failure instanceof Failure).toBe(true);
    }),
  );
});

it('a name is found with any case and separators', () => {
  expect(['Typing_Extensions', 'typing.extensions', 'typing--extensions'].map(foldName)).toEqual(
    Array.from({ length: 3 }, () => 'typing-extensions'),
  );
});
