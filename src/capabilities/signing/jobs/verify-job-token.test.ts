import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JOB_CLAIMS, jobToken, platformKey } from '../../../../test/support/job-tokens.ts';
import { parseInstant } from '../../../core/instant.ts';
import type { JsonObject } from '../../../core/json.ts';
import { orThrow } from '../../../core/result.ts';
import { type JobIssuer, type JobPlatform, parseJobIssuer } from './job-issuer.ts';
import { verifyJobToken } from './verify-job-token.ts';

const NOW = orThrow(parseInstant('2026-11-30T12:00:00Z'));
const SECOND = NOW / 1_000;
const TIMES = { iat: SECOND - 5, nbf: SECOND - 300, exp: SECOND + 300 };
const [rsa, ec, other] = [platformKey('RS256'), platformKey('ES256', 'two'), platformKey('ES256')];

function pin(platform: JobPlatform, more: JsonObject = {}): JobIssuer {
  const { iss: issuer, aud } = JOB_CLAIMS[platform];
  const audience = typeof aud === 'string' ? aud : 'waybill';
  const file = { platform, issuer, audience, keys: [rsa.jwk, ec.jwk], ...more };
  return orThrow(parseJobIssuer(Buffer.from(JSON.stringify(file))));
}

const claim = (platform: JobPlatform, more: JsonObject = {}): JsonObject => ({
  ...(JOB_CLAIMS[platform] as unknown as JsonObject),
  ...TIMES,
  ...more,
});
const github = pin('github-actions');
const judge = (token: string, issuer = github) => {
  const read = verifyJobToken(token, issuer, NOW);
  return read.ok ? 'ok' : read.failure.message.replace(/^.*used: /, '');
};

describe('B7: the token of a job', () => {
  it('of GitHub Actions names workflow, repository, commit and run', () => {
    const token = jobToken(rsa, claim('github-actions'));
    expect(orThrow(verifyJobToken(` ${token}\n`, github, NOW))).toEqual({
      platform: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      builder: 'https://github.com/shop/builds/.github/workflows/release.yml@refs/heads/main',
      repository: 'https://github.com/shop/trips',
      commit: 'a'.repeat(40),
      ref: 'refs/heads/main',
      invocation: 'https://github.com/shop/trips/actions/runs/8812/attempts/2',
      runner: 'hosted',
      issuedAt: (SECOND - 5) * 1_000,
      expiresAt: (SECOND + 300) * 1_000,
    });
  });

  it('of GitLab and of Azure Pipelines names the same of theirs', () => {
    const gitlab = jobToken(ec, claim('gitlab'));
    expect(orThrow(verifyJobToken(gitlab, pin('gitlab'), NOW))).toMatchObject({
      builder: 'https://gitlab.example.com/shop/trips//.gitlab-ci.yml@refs/heads/main',
      repository: 'https://gitlab.example.com/shop/trips',
      invocation: 'https://gitlab.example.com/shop/trips/-/jobs/302',
      runner: 'self-hosted',
    });
    const azure = jobToken(ec, claim('azure-pipelines'));
    const place =
      'https://dev.azure.com/0ca3ddd9-f0b0-4635-a98c-000000000000/' +
      '271ef6f7-5998-4b0f-86fb-000000000000/_build';
    expect(orThrow(verifyJobToken(azure, pin('azure-pipelines'), NOW))).toMatchObject({
      builder: `${place}?definitionId=1`,
      repository: 'https://github.com/shop/trips.git',
      invocation: `${place}/results?buildId=5`,
      runner: null,
    });
  });
});

describe('B7 A21 A22: a token is refused', () => {
  const good = claim('github-actions');
  it.each<readonly [string, string, string]>([
    ['by another key under a pinned name', jobToken(other, good), 'no pinned key'],
    ['by a key that nobody pinned', jobToken(platformKey('ES256', 'three'), good), 'no pinned key'],
    ['without a signature', `${jobToken(rsa, good, { alg: 'none' })}`, 'no pinned key'],
    ['by the public key as a secret', jobToken(rsa, good, { alg: 'HS256' }), 'no pinned key'],
    ['with the algorithm of another key', jobToken(rsa, good, { kid: 'two' }), 'no pinned key'],
    ['with a critical header', jobToken(rsa, good, { crit: ['b64'] }), 'no pinned key'],
    ['without a key', jobToken(rsa, good, { kid: null }), 'no pinned key'],
    ['of another issuer', jobToken(rsa, { ...good, iss: 'https://evil.example.com' }), 'issuer'],
    ['of an issuer and more', jobToken(rsa, { ...good, iss: `${good['iss']}/` }), 'issuer'],
    ['for somebody else', jobToken(rsa, { ...good, aud: 'sigstore' }), 'somebody else'],
    ['that has expired', jobToken(rsa, { ...good, exp: SECOND }), 'expired'],
    ['that begins later', jobToken(rsa, { ...good, nbf: SECOND + 61 }), 'not valid yet'],
    ['that was made later', jobToken(rsa, { ...good, iat: SECOND + 61 }), 'not valid yet'],
    ['without an end', jobToken(rsa, { ...good, exp: null }), 'when it is valid'],
    ['of no commit', jobToken(rsa, { ...good, sha: 'main' }), 'of which commit'],
    ['of a repository that is a path', jobToken(rsa, { ...good, repository: '../evil' }), 'job'],
    ['of a run that is no number', jobToken(rsa, { ...good, run_id: '1/../2' }), 'which job'],
    ['of two parts', jobToken(rsa, good).split('.').slice(0, 2).join('.'), 'no JWT'],
    ['with a part more', `${jobToken(rsa, good)}.x`, 'no JWT'],
  ])('%s', (_, token, why) => {
    expect(judge(token)).toContain(why);
    expect(judge(jobToken(rsa, good))).toBe('ok');
  });

  it('with one changed character, and with any text; and no failure shows it', () => {
    const token = jobToken(rsa, good);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '.', '='), (at, char) => {
        const changed = `${token.slice(0, at)}${char}${token.slice(at + 1)}`;
        if (changed === token) return;
        const read = verifyJobToken(changed, github, NOW);
        expect(read.ok).toBe(false);
        expect(JSON.stringify(read)).not.toContain(token.slice(-40));
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => !verifyJobToken(text, github, NOW).ok));
  });
});

describe('the pinned keys of a platform', () => {
  const read = (more: JsonObject): string => {
    const file = {
      platform: 'gitlab',
      issuer: 'https://g.example.com',
      audience: 'w',
      keys: [ec.jwk],
    };
    const parsed = parseJobIssuer(Buffer.from(JSON.stringify({ ...file, ...more })));
    return parsed.ok ? 'ok' : parsed.failure.message;
  };
  it.each<readonly [string, JsonObject, string]>([
    ['another platform', { platform: 'jenkins' }, 'platform'],
    ['an issuer without TLS', { issuer: 'http://g.example.com' }, 'https'],
    ['no audience', { audience: '' }, 'audience'],
    ['no key', { keys: [] }, 'list of 1'],
    ['a private key', { keys: [{ ...ec.jwk, d: 'AA' }] }, 'private'],
    ['a key for encryption', { keys: [{ ...ec.jwk, use: 'enc' }] }, 'not for signatures'],
    ['a key of another algorithm', { keys: [{ ...ec.jwk, alg: 'ES384' }] }, 'not for signatures'],
    ['a shared secret', { keys: [{ kty: 'oct', k: 'AA', kid: 'x' }] }, 'not for signatures'],
    ['a key off the curve', { keys: [{ ...ec.jwk, x: 'AA' }] }, 'cannot be read'],
    ['two keys of one name', { keys: [ec.jwk, ec.jwk] }, 'one kid'],
    ['an unknown member', { extra: 1 }, 'unknown'],
  ])('refuse %s', (_, more, why) => {
    expect(read(more)).toContain(why);
    expect(read({})).toBe('ok');
  });
});
