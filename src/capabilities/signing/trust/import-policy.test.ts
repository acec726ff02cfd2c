import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../../test/support/test-data.ts';
import { orThrow } from '../../../core/result.ts';
import { importTrustPolicy } from './import-policy.ts';
import { projectTrustPolicy } from './project-policy.ts';
import { parseTrust } from './trust-document.ts';
import { parseTrustPolicy } from './trust-policy.ts';

const TRIPS = 'registry.example.com/shop/trips';
const IDENTITY = 'x509.subject: CN=release\\, EU,O=Shop,ST=WA,C=US';

function statement(change: Record<string, unknown> = {}) {
  return {
    name: 'trips',
    registryScopes: [TRIPS],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme', 'tsa:acme'],
    trustedIdentities: [IDENTITY],
    ...change,
  };
}

function imported(...trustPolicies: readonly object[]) {
  const policy = orThrow(parseTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies })));
  return importTrustPolicy(policy, ['image']);
}

function read(rules: readonly object[]) {
  const metadata = { name: 'imported', revision: 1 };
  return parseTrust(
    JSON.stringify({ apiVersion: 'waybill.dev/v1', kind: 'Trust', metadata, rules }),
  );
}

describe("notation's trust policy as rules", () => {
  it('D14: has the repositories, and exactly the identities, under each store of signers', () => {
    const { rules, left } = imported(statement({ trustStores: ['ca:a', 'ca:b', 'tsa:c'] }));
    expect(left).toEqual([]);
    expect(rules).toEqual([
      {
        id: 'trips',
        repositories: [TRIPS],
        statements: ['image'],
        signers: ['ca:a', 'ca:b'].map((trustStore) => ({
          identity: 'CN=release\\, EU,O=Shop,ST=WA,C=US',
          trustStore,
        })),
      },
    ]);
    expect(read(rules).ok).toBe(true);
  });

  it.each([
    ['every repository', { registryScopes: ['*'] }, '--repository'],
    ['every identity', { trustedIdentities: ['*'] }, '--identity'],
    [
      'A10: a level that only logs',
      { signatureVerification: { level: 'permissive' } },
      'does not enforce authenticTimestamp, expiry',
    ],
    [
      'A10: an override that only logs',
      { signatureVerification: { level: 'strict', override: { expiry: 'log' } } },
      'does not enforce expiry',
    ],
    [
      'a level that skips',
      { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] },
      'does not enforce',
    ],
    ['timestamps alone', { trustStores: ['tsa:acme'] }, 'no trust store'],
  ])('%s is left out by name', (_, change, why) => {
    const { rules, left } = imported(statement(change));
    expect(rules).toEqual([]);
    expect(left).toHaveLength(1);
    expect(left[0]?.why).toContain(why);
    expect(imported(statement()).rules).toHaveLength(1);
  });

  it('an identity of another kind is left out, and the others come over', () => {
    const { rules, left } = imported(statement({ trustedIdentities: [IDENTITY, 'did: x'] }));
    expect(rules[0]?.signers).toHaveLength(1);
    expect(left).toEqual([
      { what: 'identity did: x of trips', why: 'only x509.subject is known here' },
    ]);
  });

  it('statements whose names are no ids, or the same one, get ids of their own', () => {
    const other = statement({ name: 'a b', registryScopes: ['registry.example.com/a'] });
    const again = statement({ name: 'a-b', registryScopes: ['registry.example.com/b'] });
    const third = statement({ name: '…', registryScopes: ['registry.example.com/c'] });
    const { rules } = imported(other, again, third);
    expect(rules.map(({ id }) => id)).toEqual(['a-b', 'a-b-2', 'notation']);
    expect(read(rules).ok).toBe(true);
  });
});

const folder = testData('vectors/notation-e2e/config/trustpolicies');

describe.skipIf(folder === null)("notation's own trust policies as rules", () => {
  const files = folder === null ? [] : readdirSync(folder);

  it.each(files)('%s comes over or is left out, statement by statement', (file) => {
    const policy = parseTrustPolicy(readFileSync(join(folder ?? '', file)));
    if (!policy.ok) return expect(policy.failure.code).toBe('TRUST_INVALID');
    const { rules, left } = importTrustPolicy(policy.value, ['image']);
    expect(rules.length + left.length).toBeGreaterThanOrEqual(policy.value.statements.length);
    expect(read(rules).ok).toBe(true);
  });
});

const SIGNER = { identity: 'CN=release,O=Shop,ST=WA,C=US', trustStore: 'ca:acme' };

function projected(change: Record<string, unknown>, ...more: readonly object[]) {
  const rule = { id: 'a', repositories: [TRIPS], statements: ['image'], signers: [SIGNER] };
  return projectTrustPolicy(orThrow(read([{ ...rule, ...change }, ...more])));
}

describe("a trust document as notation's trust policy", () => {
  it('has a statement for each repository, which notation accepts', () => {
    const { policy, left } = projected({ repositories: [TRIPS, 'registry.example.com/map'] });
    expect(left).toEqual([]);
    const parsed = orThrow(parseTrustPolicy(JSON.stringify(policy)));
    expect(parsed.statements.map(({ scopes, level }) => [...scopes, level])).toEqual([
      [TRIPS, 'strict'],
      ['registry.example.com/map', 'strict'],
    ]);
    expect(importTrustPolicy(parsed, ['image']).rules[0]?.signers).toEqual([SIGNER]);
  });

  it.each([
    ['a path', { repositories: ['registry.example.com/shop/*'] }, 'single repositories'],
    ['another statement', { statements: ['sbom'] }, 'not about images'],
    ['a time', { until: '2027-01-01T00:00:00Z' }, 'no since and no until'],
    ['a thumbprint', { signers: [{ thumbprint: 'ab'.repeat(32) }] }, 'names subjects'],
    [
      'a subject without ST',
      { signers: [{ identity: 'CN=release,O=Shop,C=DE', trustStore: 'ca:acme' }] },
      'C, ST and O',
    ],
    [
      'signers of different stores',
      { signers: [SIGNER, { identity: 'CN=b,O=Shop,ST=WA,C=US', trustStore: 'ca:b' }] },
      'would mix',
    ],
  ])('%s cannot be said, and is never said wider', (_, change, why) => {
    const { policy, left } = projected(change);
    expect(policy.trustPolicies).toEqual([]);
    expect(left).toHaveLength(1);
    expect(left[0]?.why).toContain(why);
  });
});
