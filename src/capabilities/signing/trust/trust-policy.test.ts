import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../../test/support/test-data.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import {
  isIdentityTrusted,
  parseBlobTrustPolicy,
  parseTrustPolicy,
  selectBlobStatement,
  selectStatement,
} from './trust-policy.ts';

const folder = testData('vectors/notation-e2e/config/trustpolicies');

/** The files that notation refuses to load; it accepts all others (its e2e suite shows both). */
const REFUSED = new Set([
  'blob_trust_policy.json', // as a policy for images: it has no scopes, but globalPolicy
  'empty_registry_scope_trustpolicy.json',
  'empty_trusted_identity_trustpolicy.json',
  'invalid_format_trustpolicy.json',
  'malformed_registry_scope_trustpolicy.json',
  'malformed_trust_store_trustpolicy.json',
  'malformed_trusted_identity_trustpolicy.json',
  'missing_country_trusted_identity_trustpolicy.json',
  'missing_organization_trusted_identity_trustpolicy.json',
  'missing_state_trusted_identity_trustpolicy.json',
  'multi_statements_with_multi_wildcard_registry_scope_trustpolicy.json',
  'multi_statements_with_the_same_name_trustpolicy.json',
  'multi_statements_with_the_same_registry_scope_trustpolicy.json',
  'overlapped_registry_scope_trustpolicy.json',
  'overlapped_trusted_identity_trustpolicy.json',
  'override_integrity_for_permissive_trustpolicy.json',
  'unset_trust_store_trustpolicy.json',
  'unset_trusted_identity_trustpolicy.json',
  'wildcard_plus_other_registry_scope_trustpolicy.json',
  'wildcard_plus_other_trusted_identity_trustpolicy.json',
  'wildcard_trust_store_trustpolicy.json',
]);

describe.skipIf(folder === null)("notation's own trust policies", () => {
  const files = folder === null ? [] : readdirSync(folder);

  it('are 43, and the list of refusals names only files among them', () => {
    expect(files).toHaveLength(43);
    expect([...REFUSED].filter((file) => !files.includes(file))).toEqual([]);
  });

  it.each(files)('N37–N43: %s is accepted or refused as notation does', (file) => {
    const parsed = parseTrustPolicy(readFileSync(join(folder ?? '', file)));
    expect(parsed.ok ? 'accepted' : 'refused').toBe(REFUSED.has(file) ? 'refused' : 'accepted');
  });

  it('N44: the statement of the blob policy is chosen by name, else it is the global one', () => {
    const text = readFileSync(join(folder ?? '', 'blob_trust_policy.json'));
    const policy = orThrow(parseBlobTrustPolicy(text));
    expect(selectBlobStatement(policy, 'wabbit-networks-policy')?.level).toBe('strict');
    expect(selectBlobStatement(policy, null)?.name).toBe('global-verification-policy');
    expect(selectBlobStatement(policy, 'no such')).toBeNull();
  });
});

function makePolicy(change: Record<string, unknown>, top: Record<string, unknown> = {}) {
  const statement = {
    name: 'one',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['*'],
    ...change,
  };
  return parseTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies: [statement], ...top }));
}

describe('parseTrustPolicy', () => {
  it.each([
    ['N45: an unknown key of the document', {}, { extra: 1 }],
    ['N45: an unknown key of a statement', { registryScope: ['*'] }, {}],
    [
      'N45: an unknown key of signatureVerification',
      { signatureVerification: { level: 'strict', levl: 1 } },
      {},
    ],
    ['A24: a key of another case', { Name: 'two' }, {}],
    ['N37: another version', {}, { version: '1.1' }],
    [
      'N41: a check that may not be skipped',
      { signatureVerification: { level: 'strict', override: { expiry: 'skip' } } },
      {},
    ],
    [
      'N41: an unknown check',
      { signatureVerification: { level: 'strict', override: { toString: 'log' } } },
      {},
    ],
    [
      'N41: an override of skip',
      {
        signatureVerification: { level: 'skip', override: { expiry: 'log' } },
        trustStores: [],
        trustedIdentities: [],
      },
      {},
    ],
    ['N39: skip with trust stores', { signatureVerification: { level: 'skip' } }, {}],
    ['an unknown level', { signatureVerification: { level: 'Strict' } }, {}],
    [
      'a level that is a member of every object',
      { signatureVerification: { level: 'toString' } },
      {},
    ],
    ['a trust store that climbs out of its folder', { trustStores: ['ca:..'] }, {}],
    ['a trust store with a slash', { trustStores: ['ca:a/b'] }, {}],
    ['a trust store of an unknown type', { trustStores: ['root:acme'] }, {}],
    ['a scope with a tag', { registryScopes: ['registry.example.com/a:1'] }, {}],
    ['a scope that is a pattern', { registryScopes: ['registry.example.com/*'] }, {}],
    [
      'A17 N42: an identity with =#',
      { trustedIdentities: ['x509.subject: C=US,ST=WA,O=S,CN=#0c01'] },
      {},
    ],
    ['N42: an attribute twice', { trustedIdentities: ['x509.subject: C=US,ST=WA,O=S,O=T'] }, {}],
    ['N42: a multi-valued RDN', { trustedIdentities: ['x509.subject: C=US,ST=WA,O=S+OU=T'] }, {}],
    [
      'N43: one identity twice',
      { trustedIdentities: ['x509.subject: C=US,ST=WA,O=S', 'x509.subject: O=S,ST=WA,C=US'] },
      {},
    ],
  ])('%s is refused, and the policy without this fault is accepted', (_, change, top) => {
    expect(makePolicy(change, top)).toMatchObject({ ok: false });
    expect(makePolicy({})).toMatchObject({ ok: true });
  });

  it('N38: an exact scope has precedence over *, and a scope is never a prefix', () => {
    const statement = (name: string, scope: string) => ({
      name,
      registryScopes: [scope],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['*'],
    });
    const trustPolicies = [
      statement('all', '*'),
      statement('trips', 'registry.example.com/shop/trips'),
    ];
    const policy = orThrow(parseTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies })));
    expect(selectStatement(policy, 'registry.example.com/shop/trips')?.name).toBe('trips');
    expect(selectStatement(policy, 'registry.example.com/shop/trips/x')?.name).toBe('all');
    const alone = orThrow(
      parseTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies: trustPolicies.slice(1) })),
    );
    expect(selectStatement(alone, 'registry.example.com/shop/trips/x')).toBeNull();
  });

  it('is read at its limits and refused over them', () => {
    const text = JSON.stringify({ version: '1.0', trustPolicies: [] });
    const most = text.padEnd(LIMITS.configBytesMax);
    expect(parseTrustPolicy(most)).toMatchObject({ failure: { code: 'TRUST_INVALID' } });
    expect(parseTrustPolicy(`${most} `)).toMatchObject({ failure: { code: 'LIMIT_EXCEEDED' } });
  });

  it('never throws for any input', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
        parseTrustPolicy(bytes);
        parseBlobTrustPolicy(bytes);
      }),
    );
  });
});

describe('isIdentityTrusted', () => {
  const statement = (identity: string) => {
    const found = selectStatement(
      orThrow(makePolicy({ trustedIdentities: [identity] })),
      'registry.example.com/a',
    );
    if (found === null) throw new Error('the policy has no statement');
    return found;
  };

  it.each([
    ['x509.subject: C=US, ST=WA, O=Shop', 'CN=release,ST=WA,O=Shop,C=US', true],
    ['x509.subject: C=US, S=WA, O=Shop', 'CN=release,ST=WA,O=Shop,C=US', true],
    ['x509.subject: CN=release,C=US,ST=WA,O=Shop', 'CN=Release,ST=WA,O=Shop,C=US', false],
    ['x509.subject: CN=release,C=US,ST=WA,O=Shop', 'ST=WA,O=Shop,C=US', false],
    ['x509.subject: C=US,ST=WA,O=Shop\\, Inc.', 'CN=a,ST=WA,O=Shop\\, Inc.,C=US', true],
    ['x509.subject: C=US,ST=WA,O=Shop', 'CN=a\\,O=Shop,ST=WA,O=Evil,C=US', false],
    ['x509.subject: C=US,ST=WA,O=Shop', 'CN=a=#0c,ST=WA,O=Shop,C=US', false],
    ['x509.subject: C=US,ST=WA,O=Shop', '1.2.3=#0c0141,ST=WA,O=Shop,C=US', false],
    ['x509.subject: C=US,ST=WA,O=Shop', 'OU=a+OU=b,ST=WA,O=Shop,C=US', false],
    ['x509.subject: C=US,ST=WA,O=Shop', 'CN=a,O=Shop,C=US', false],
    ['other: C=US,ST=WA,O=Shop', 'CN=a,ST=WA,O=Shop,C=US', false],
    ['*', '1.2.3=#0c0141', true],
  ])('N42 A17: %s against the subject %s is %s', (identity, subject, trusted) => {
    expect(isIdentityTrusted(statement(identity), subject)).toBe(trusted);
  });
});
