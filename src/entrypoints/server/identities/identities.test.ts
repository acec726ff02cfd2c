import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { jobToken, platformKey } from '../../../../test/support/job-tokens.ts';
import type { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import type { JsonObject } from '../../../core/json.ts';
import { orThrow } from '../../../core/result.ts';
import { authenticate } from './authenticate.ts';
import { Identities } from './identities.ts';
import { parseIdentities } from './identities-document.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-identities-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ISSUER = 'https://login.example.com/realm';
const [key, next, stranger] = ['one', 'two', 'one'].map((id) => platformKey('ES256', id)) as [
  ReturnType<typeof platformKey>,
  ReturnType<typeof platformKey>,
  ReturnType<typeof platformKey>,
];
const NOW = toInstant(Date.parse('2026-01-31T12:00:00Z'));
let now = NOW;
let published: JsonObject[];
let fetched: string[];
let described: JsonObject;

const document = (more = '') =>
  `apiVersion: waybill.dev/v1
kind: Identities
issuers:
  - issuer: ${ISSUER}
    audience: waybill
${more}    grants:
      - { claim: groups, value: security, roles: [auditor] }
      - { claim: email, value: ci@shop.example.com, roles: [publisher] }
`;
const read = (text: string) => parseIdentities(Buffer.from(text), join(folder, 'identities.yaml'));
const open = (text = document()) =>
  new Identities(orThrow(read(text)), {
    now: () => now,
    fetch: async (url) => {
      fetched.push(url.href);
      const isAbout = url.href.endsWith('/.well-known/openid-configuration');
      return Buffer.from(JSON.stringify(isAbout ? described : { keys: published }));
    },
  });
const claims = (more: JsonObject = {}): JsonObject => ({
  ...{ iss: ISSUER, aud: ['waybill'], sub: 'u-1', groups: ['security', 'x'] },
  ...{ iat: now / 1_000, exp: now / 1_000 + 300, ...more },
});
const ask = async (identities: Identities, token: string) => {
  try {
    const { name, roles } = await identities.authenticate(token);
    return [name, ...roles];
  } catch (thrown) {
    return (thrown as Failure).code;
  }
};
beforeEach(() => {
  now = NOW;
  published = [{ kty: 'oct', k: 'AA', kid: 'shared' }, key.jwk];
  fetched = [];
  described = { issuer: ISSUER, jwks_uri: 'https://keys.example.com/jwks' };
});

describe('an identity token (OpenID Connect)', () => {
  it('has the roles of its claims, by keys that are discovered once', async () => {
    const identities = open();
    const auditor = await ask(identities, jobToken(key, claims()));
    expect(auditor).toEqual([expect.stringMatching(/^oidc\.u-1\.[0-9a-f]{8}$/), 'read', 'audit']);
    const ci = claims({ groups: [], email: 'ci@shop.example.com' });
    expect((await ask(identities, jobToken(key, ci))).slice(1)).toEqual([
      ...['evidence', 'release', 'advisories', 'watch'],
    ]);
    expect(await ask(identities, jobToken(key, claims({ groups: 'x' })))).toHaveLength(1);
    expect(fetched).toHaveLength(2);
  });

  it('is of the tenant that its grants name, and of none where they name two', async () => {
    const inTenant = (more = '') =>
      document().replace('roles: [auditor]', `roles: [auditor], tenant: shop${more}`);
    const bearer = (more: JsonObject = {}) => jobToken(key, claims(more));
    await expect(open(inTenant()).authenticate(bearer())).resolves.toMatchObject({
      ...{ tenant: 'shop', roles: ['read', 'audit'] },
    });
    const both = { email: 'ci@shop.example.com' };
    expect(await ask(open(inTenant()), bearer(both))).toBe('UNAUTHORISED');
    await expect(open().authenticate(bearer(both))).resolves.toMatchObject({ tenant: null });
    expect(read(inTenant('/../bank'))).toMatchObject({ ok: false });
  });

  it('by a new key counts when the issuer has it; nobody makes us ask more often', async () => {
    const identities = open();
    await ask(identities, jobToken(key, claims()));
    published.push(next.jwk);
    expect(await ask(identities, jobToken(next, claims()))).toBe('UNAUTHORISED');
    expect(fetched).toHaveLength(2);
    now = toInstant(NOW + 31_000);
    expect(await ask(identities, jobToken(next, claims()))).toHaveLength(3);
    expect(fetched).toHaveLength(4);
    // A key that was withdrawn counts no longer than the keys are kept.
    published = [next.jwk];
    now = toInstant(NOW + 31_000 + 600_000);
    expect(await ask(identities, jobToken(key, claims()))).toBe('UNAUTHORISED');
  });

  it('counts by pinned keys without a network', async () => {
    writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [key.jwk] }));
    const identities = open(document('    keys: jwks.json\n'));
    expect(await ask(identities, jobToken(key, claims()))).toHaveLength(3);
    expect(fetched).toEqual([]);
  });

  it.each<readonly [string, () => string]>([
    ['by another key of the same name', () => jobToken(stranger, claims())],
    ['of another issuer', () => jobToken(key, claims({ iss: 'https://evil.example.com' }))],
    ['for somebody else', () => jobToken(key, claims({ aud: 'other' }))],
    ['that has expired', () => jobToken(key, claims({ exp: NOW / 1_000 }))],
    ['without a signature', () => jobToken(key, claims(), { alg: 'none' })],
    ['without a subject', () => jobToken(key, claims({ sub: '' }))],
    ['that is none', () => 'a.b.c'],
  ])('%s is refused, and no part of it is shown', async (_, make) => {
    const token = make();
    const refused = open().authenticate(token);
    await expect(refused).rejects.toMatchObject({ code: 'UNAUTHORISED' });
    const failure = (await refused.catch((thrown: unknown) => thrown)) as Failure;
    expect(`${failure.message} ${failure.remedy}`).not.toContain(token.slice(0, 30));
  });

  it('attack: a burst of unknown keys asks the issuer once, also where it is away', async () => {
    const identities = open();
    const burst = (maker: typeof key) =>
      Promise.all(Array.from({ length: 40 }, () => ask(identities, jobToken(maker, claims()))));
    await burst(stranger);
    expect(fetched).toHaveLength(2);
    now = toInstant(NOW + 31_000);
    described = {};
    await burst(next);
    await burst(next);
    expect(fetched).toHaveLength(3);
    // What was fetched before counts until it is too old: no stranger takes it away.
    expect(await ask(identities, jobToken(key, claims()))).toHaveLength(3);
    now = toInstant(NOW + 600_000);
    expect(await ask(identities, jobToken(key, claims()))).toBe('IDENTITY_UNUSABLE');
    described = { issuer: ISSUER, jwks_uri: 'https://keys.example.com/jwks' };
    now = toInstant(NOW + 631_000);
    expect(await ask(identities, jobToken(key, claims()))).toHaveLength(3);
  });

  it('attack: an address that the issuer did not verify gives no role and no name', async () => {
    const mail = { groups: [], email: 'ci@shop.example.com' };
    for (const stated of [false, 'false', null])
      expect(await ask(open(), jobToken(key, claims({ ...mail, email_verified: stated })))).toEqual(
        [expect.stringMatching(/^oidc\.u-1\./)],
      );
    for (const stated of [{}, { email_verified: true }])
      expect(await ask(open(), jobToken(key, claims({ ...mail, ...stated })))).toHaveLength(5);
  });

  it('of an issuer that describes another one, or is away, is refused', async () => {
    described = { ...described, issuer: 'https://evil.example.com' };
    expect(await ask(open(), jobToken(key, claims()))).toBe('IDENTITY_UNUSABLE');
  });
});

describe('who may do what', () => {
  it('a token of the server and one of a provider count, each with its roles', async () => {
    const identities = open();
    const bearer = `Bearer ${jobToken(key, claims())}`;
    const authorities = { tokens: [], identities };
    await expect(authenticate(bearer, authorities, 'read')).resolves.toMatchObject({});
    await expect(authenticate(bearer, authorities, 'manage')).rejects.toMatchObject({
      code: 'ROLE_MISSING',
    });
    for (const wrong of ['Bearer x', undefined])
      await expect(authenticate(wrong, authorities, 'read')).rejects.toMatchObject({
        code: 'UNAUTHORISED',
      });
    await expect(authenticate(bearer, { tokens: [] }, 'read')).rejects.toMatchObject({
      code: 'UNAUTHORISED',
    });
  });

  it.each([
    ['no YAML', '{'],
    ['an unknown member', `${document()}more: 1\n`],
    ['a role that does not exist', document().replace('auditor', 'root')],
    ['an issuer twice', `${document()}${document().split('issuers:\n')[1]}`],
    ['no issuer', document().replace(ISSUER, 'login')],
  ])('%s is refused', (_, text) => {
    expect(read(text)).toMatchObject({ ok: false, failure: { code: 'CONFIG_INVALID' } });
  });
});
