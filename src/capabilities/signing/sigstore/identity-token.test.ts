import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../../test/support/certificates.ts';
import { orThrow } from '../../../core/result.ts';
import { readIdentityToken } from './identity-token.ts';

const SECONDS = FIXTURE_NOW / 1_000;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const makeToken = (change: object = {}) => {
  const claims = { iss: 'https://token.example.com', aud: 'sigstore', exp: SECONDS + 60 };
  return `${part({ alg: 'RS256' })}.${part({ ...claims, ...change })}.c2ln`;
};

it('an identity token says by whom it is, for whom, and how long', () => {
  expect(orThrow(readIdentityToken(`${makeToken()}\n`, FIXTURE_NOW))).toEqual({
    text: makeToken(),
    issuer: 'https://token.example.com',
    audiences: ['sigstore'],
    nonce: null,
    expiresAt: FIXTURE_NOW + 60_000,
  });
  const several = makeToken({ aud: ['a', 'b'], nonce: 'n' });
  expect(orThrow(readIdentityToken(several, FIXTURE_NOW))).toMatchObject({
    audiences: ['a', 'b'],
    nonce: 'n',
  });
});

it.each([
  ['of two parts', makeToken().replace(/\.c2ln$/, '')],
  ['of four parts', `${makeToken()}.c2ln`],
  ['with padding', `${makeToken()}=`],
  ['with a claim twice', `e30.${Buffer.from('{"iss":"a","iss":"b"}').toString('base64url')}.c2ln`],
  ['without an issuer', makeToken({ iss: 7 })],
  ['without an end', makeToken({ exp: '9999999999' })],
  ['for a number', makeToken({ aud: 7 })],
  ['that has just expired', makeToken({ exp: SECONDS })],
  ['that is too long', `${'a'.repeat(70_000)}`],
])('one %s is refused, and no part of it is shown', (_, text) => {
  const read = readIdentityToken(text, FIXTURE_NOW);
  if (read.ok) throw new Error('it was read');
  expect(read.failure.code).toBe('IDENTITY_UNUSABLE');
  expect(`${read.failure.message}${read.failure.remedy}`).not.toContain(text.slice(0, 12));
});

it('any text is a token or a failure', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => `e30.${part(json)}.e30`),
      ),
      (text) => {
        expect(typeof readIdentityToken(text, FIXTURE_NOW).ok).toBe('boolean');
      },
    ),
  );
});
