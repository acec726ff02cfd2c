import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, fixedKey } from '../../../../test/support/certificates.ts';
import { orThrow } from '../../../core/result.ts';
import { computeKeyId } from '../envelopes/dsse.ts';
import type { SigstoreSigner } from '../signer.ts';
import { projectTrustPolicy } from './project-policy.ts';
import { listTrustedKeys, listTrustedRoots } from './sigstore-needs.ts';
import { formatSigstoreSigner, matchesGlob, toSigstoreDocument } from './sigstore-signer.ts';
import { explainDistrust, isStatementTrusted, testRule } from './test-rule.ts';
import { parseTrust } from './trust-document.ts';

const REPOSITORY = 'registry.example.com/shop/trips';
const IDENTITY = 'https://git.example.com/shop/trips/.github/workflows/release.yml@refs/tags/v1';
const ISSUER = 'https://token.example.com';
const KEY = createPublicKey(fixedKey('user'));
const PEM = KEY.export({ format: 'pem', type: 'spki' }).toString();
const NAMED = { identity: IDENTITY, issuer: ISSUER, trustedRoot: 'public' };

function read(signer: object, change: object = {}) {
  const rule = { id: 'a', repositories: [REPOSITORY], statements: ['image'], signers: [signer] };
  const metadata = { name: 'sigstore', revision: 1 };
  return parseTrust(
    JSON.stringify({
      apiVersion: 'waybill.dev/v1',
      kind: 'Trust',
      metadata,
      rules: [{ ...rule, ...change }],
    }),
  );
}

const signer = (change: Partial<SigstoreSigner> = {}): SigstoreSigner => ({
  format: 'sigstore-bundle',
  identity: IDENTITY,
  issuer: ISSUER,
  claims: {},
  thumbprint: '00',
  trustedRoots: ['public'],
  logs: 1,
  unproven: null,
  signedAt: null,
  ...change,
});
const keyed = (change: Partial<SigstoreSigner> = {}): SigstoreSigner =>
  signer({ issuer: null, thumbprint: computeKeyId(KEY), trustedRoots: [], logs: 0, ...change });

function isTrusted(rule: object, who: SigstoreSigner): boolean {
  const statement = {
    repository: REPOSITORY,
    kind: 'image',
    signer: who,
    at: FIXTURE_NOW,
  } as const;
  return isStatementTrusted(orThrow(read(rule)), statement);
}

describe('a signer of sigstore in a trust document', () => {
  it.each<readonly [string, object]>([
    ['an identity without an issuer', { identity: IDENTITY, trustedRoot: 'public' }],
    ['an identity without a trusted root', { identity: IDENTITY, issuer: ISSUER }],
    ['an issuer alone', { issuer: ISSUER, trustedRoot: 'public' }],
    ['two identities', { ...NAMED, identityGlob: 'https://git.example.com/*' }],
    ['a trusted root that is a path', { ...NAMED, trustedRoot: '../public' }],
    ['a trust store beside it', { ...NAMED, trustStore: 'ca:shop' }],
    ['a key that is misspelt', { ...NAMED, issuerr: ISSUER }],
    ['a claim that is not known', { ...NAMED, claims: { constructor: 'x' } }],
    ['no logs', { ...NAMED, logs: 0 }],
    ['a key with an issuer beside it', { publicKey: PEM, issuer: ISSUER }],
    ['a key with logs and no root', { publicKey: PEM, logs: 2 }],
    ['a key that is none', { publicKey: 'x' }],
    ['a private key', { publicKey: PEM.replaceAll('PUBLIC', 'PRIVATE') }],
    ['two keys', { publicKey: `${PEM}${PEM}` }],
    ['a weak key', { publicKey: weakKey() }],
    ['A60: a pattern of everything', { ...glob('*') }],
    ['A60: a pattern over hosts', { ...glob('https://*.example.com/shop/trips') }],
    ['A60: a pattern over schemes', { ...glob('*://git.example.com/shop') }],
    ['A60: a pattern over domains', { ...glob('release@*') }],
    ['a pattern without a star', { ...glob(IDENTITY) }],
  ])('%s is refused', (_, rule) => {
    expect(read(rule)).toMatchObject({ failure: { code: 'TRUST_INVALID' } });
  });

  it.each<readonly [string, object]>([
    ['an identity', NAMED],
    ['a pattern', glob('https://git.example.com/shop/*/.github/workflows/*@refs/tags/v*')],
    ['a pattern of addresses', glob('*@shop.example.com')],
    ['claims and logs', { ...NAMED, claims: { sourceRepositoryUri: 'https://x' }, logs: 2 }],
    ['a key', { publicKey: PEM }],
    ['a key with a trusted root', { publicKey: PEM, trustedRoot: 'shop' }],
  ])('%s is read, and written again as it was', (_, rule) => {
    const document = orThrow(read(rule));
    const [known] = document.rules[0]?.signers ?? [];
    if (known === undefined || known.kind === 'subject' || known.kind === 'certificate')
      throw new Error('it is a signer of sigstore');
    expect(toSigstoreDocument(known)).toEqual(rule);
    expect(formatSigstoreSigner(known)).toMatch(/of https:|key sha256:/);
    expect(read(rule, { signers: [rule, rule] }).ok).toBe(false);
    const { policy, left } = projectTrustPolicy(document);
    expect([policy.trustPolicies, left.length]).toEqual([[], 1]);
  });

  it('names the trusted roots and the keys that a verification needs, each once', () => {
    const rules = [NAMED, { publicKey: PEM }, { publicKey: PEM, trustedRoot: 'shop' }];
    const document = orThrow(read(NAMED, { signers: rules }));
    expect(listTrustedRoots(document)).toEqual(['public', 'shop']);
    expect(listTrustedKeys(document)).toHaveLength(1);
  });
});

function glob(identityGlob: string) {
  return { identityGlob, issuer: ISSUER, trustedRoot: 'public' };
}

function weakKey(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  return publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

describe('a rule about a signer of sigstore', () => {
  it.each<readonly [string, object, SigstoreSigner, SigstoreSigner]>([
    ['A60: another identity', NAMED, signer({ identity: `${IDENTITY}x` }), signer()],
    ['another issuer', NAMED, signer({ issuer: `${ISSUER}.evil` }), signer()],
    ['another trusted root', NAMED, signer({ trustedRoots: ['other'] }), signer()],
    [
      'A61: an identity outside the pattern',
      glob('https://git.example.com/shop/*/.github/workflows/*@refs/tags/v*'),
      signer({ identity: IDENTITY.replace('/shop/', '/evil/') }),
      signer(),
    ],
    [
      'A59: another claim',
      { ...NAMED, claims: { sourceRepositoryUri: 'https://git.example.com/shop/trips' } },
      signer({ claims: { sourceRepositoryUri: 'https://git.example.com/evil/trips' } }),
      signer({ claims: { sourceRepositoryUri: 'https://git.example.com/shop/trips' } }),
    ],
    ['A50: fewer logs', { ...NAMED, logs: 2 }, signer(), signer({ logs: 2 })],
    ['another key', { publicKey: PEM }, keyed({ thumbprint: '00' }), keyed()],
    [
      'a certificate with the thumbprint of a key',
      { publicKey: PEM },
      signer({ thumbprint: computeKeyId(KEY) }),
      keyed(),
    ],
    [
      'a key whose entry no log of the root has',
      { publicKey: PEM, trustedRoot: 'public' },
      keyed({ unproven: 'it is in no transparency log' }),
      keyed({ trustedRoots: ['public'], logs: 1 }),
    ],
    ['a key where an identity is named', NAMED, keyed(), signer()],
  ])('%s does not count, and the named one does', (_, rule, wrong, right) => {
    expect(isTrusted(rule, wrong)).toBe(false);
    expect(isTrusted(rule, right)).toBe(true);
  });

  it('says which root vouches, and why none does', () => {
    const document = orThrow(read({ publicKey: PEM, trustedRoot: 'public' }));
    const about = { repository: REPOSITORY, kind: 'image', at: FIXTURE_NOW } as const;
    const why = explainDistrust(document, {
      ...about,
      signer: keyed({ unproven: 'it is in no log' }),
    });
    expect(why).toContain('(no trusted root; it is in no log)');
    expect(explainDistrust(document, { ...about, signer: signer() })).toContain(
      `(trusted root public, issuer ${ISSUER})`,
    );
  });

  it('D14: a time of a rule is held against the times that are proven', () => {
    const [rule] = orThrow(read(NAMED, { until: '2026-11-22T12:00:00Z' })).rules;
    if (rule === undefined) throw new Error('there is one');
    const about = { repository: REPOSITORY, kind: 'image', at: FIXTURE_NOW } as const;
    const at = (signedAt: SigstoreSigner['signedAt'], signedBy = signedAt) =>
      testRule(rule, { ...about, signer: signer({ signedAt, ...(signedBy ? { signedBy } : {}) }) });
    expect(at((FIXTURE_NOW - 1) as typeof FIXTURE_NOW)).toBe('applies');
    expect(at((FIXTURE_NOW - 1) as typeof FIXTURE_NOW, FIXTURE_NOW)).toBe('ended');
    expect(at(null)).toBe('ended');
  });
});

describe('matchesGlob', () => {
  it.each([
    ['a*c', 'abc', true],
    ['a*c', 'a/c', false],
    ['a*c', 'ac', true],
    ['a*c', 'abcd', false],
    ['*b*d*', 'xbyd', true],
    ['*b*d', 'xdyb', false],
    ['ab*ab', 'ab', false],
    ['a/*/c', 'a/b/c', true],
    ['a/*/c', 'a/b/b/c', false],
    ['a.c', 'abc', false],
    ['(a+)+$', '(a+)+$', true],
  ])('A60: %s against %s is %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('a text matches itself and each pattern in which one of its parts became a star', () => {
    const part = fc.stringMatching(/^[a-z]{0,6}$/);
    fc.assert(
      fc.property(part, part, part, (first, middle, last) => {
        const text = `${first}${middle}${last}`;
        expect(matchesGlob(text, text)).toBe(true);
        expect(matchesGlob(`${first}*${last}`, text)).toBe(true);
        expect(matchesGlob(`${first}*${last}`, `${first}/${last}`)).toBe(false);
      }),
    );
  });
});
