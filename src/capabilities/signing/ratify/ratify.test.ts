import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testAuthority } from '../../../../test/support/certificates.ts';
import {
  inlineProvider,
  notationVerifier,
  publicKeyPem,
  ratifyExecutor,
  ratifyOne,
  writeRatifyResources,
  writeResources,
} from '../../../../test/support/ratify.ts';
import { orThrow } from '../../../core/result.ts';
import type { ImportChoices } from './draft.ts';
import { readRatify } from './import-ratify.ts';
import { parseRatifyResources } from './resources.ts';
import { intersectPatterns, readScope } from './scopes.ts';

const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';
const ROOT = testAuthority({ subject: 'CN=Shop Root,O=Shop,ST=WA,C=US' }).pem;
const OTHER = testAuthority({ subject: 'CN=Other Root,O=Shop,ST=WA,C=US' }).pem;
const NOTHING: ImportChoices = {
  ...{ repositories: [], identities: [], statements: [], trustedRoot: null },
};

const take = (text: string, choices: Partial<ImportChoices> = {}) =>
  orThrow(readRatify(text, { ...NOTHING, ...choices }));
const takeAll = (resources: readonly object[], choices: Partial<ImportChoices> = {}) =>
  take(writeResources(...resources), choices);
const reasons = ({ left }: ReturnType<typeof take>): string =>
  left.map(({ what, why }) => `${what}: ${why}`).join('\n');

const STORES = { ca: { shop: ['shop-root'] } };
const WHERE = ['registry.example.com/shop/trips'];
const WHO = [`x509.subject: ${SUBJECT}`];

describe('I14, I15: resources of Ratify 1', () => {
  it('a policy that names repositories and subjects comes over as it is', () => {
    const statement = { registryScopes: WHERE, trustedIdentities: WHO };
    const result = takeAll([
      inlineProvider('shop-root', ROOT),
      notationVerifier(statement, STORES),
    ]);
    expect(result.left).toEqual([]);
    expect([...result.stores]).toEqual([['ca:shop', `${ROOT.trim()}\n`]]);
    expect(JSON.parse(result.policy ?? '').trustPolicies).toMatchObject([
      { name: 'default', ...statement, signatureVerification: { level: 'strict' } },
    ]);
    expect(result.rules).toMatchObject([
      {
        ...{ id: 'default', repositories: WHERE, statements: ['image'] },
        signers: [{ trustStore: 'ca:shop' }],
      },
    ]);
  });

  it('what is * needs a choice, and is never guessed', () => {
    const resources = [inlineProvider('shop-root', ROOT), notationVerifier({}, STORES)];
    const open = takeAll(resources);
    expect(open.rules).toEqual([]);
    expect(reasons(open)).toContain('name the repositories: --repository');
    const half = takeAll(resources, { repositories: ['registry.example.com/shop/*'] });
    expect(half.rules).toEqual([]);
    expect(reasons(half)).toContain('it trusts every identity of its stores');
    const chosen = { repositories: ['registry.example.com/shop/*'], identities: [SUBJECT] };
    expect(takeAll(resources, chosen).rules).toMatchObject([
      { repositories: ['registry.example.com/shop/*'], signers: [{ trustStore: 'ca:shop' }] },
    ]);
  });

  it('documents whose signatures a verifier asks for may be stated too', () => {
    const { rules, settings, left } = take(writeRatifyResources(), { identities: [SUBJECT] });
    expect(rules.map(({ statements }) => statements)).toEqual([
      ['image', 'scan'],
      ['image', 'scan'],
    ]);
    expect(settings).toEqual([
      { parameter: 'scanAgeMax', value: '24h', from: 'Verifier verifier-scan' },
    ]);
    expect(left.map(({ what }) => what)).toEqual([
      'denylistCVEs of Verifier verifier-scan',
      'Policy ratify-policy',
    ]);
  });

  it('providers alone say nothing of whom to trust, and this is said', () => {
    const result = takeAll([inlineProvider('shop-root', ROOT)]);
    expect([result.rules, reasons(result)]).toEqual([[], expect.stringContaining('no Verifier')]);
  });

  it('two verifiers never join what each alone has in a store of one name', () => {
    const statement = { registryScopes: WHERE, trustedIdentities: WHO };
    const second = { ...statement, name: 'second', registryScopes: ['registry.example.com/b'] };
    const result = takeAll([
      ...[inlineProvider('shop-root', ROOT), inlineProvider('other', OTHER)],
      notationVerifier(statement, STORES),
      notationVerifier(second, { ca: { shop: ['other'] } }),
    ]);
    expect([...result.stores.values()]).toEqual([`${ROOT.trim()}\n`]);
    expect(result.rules).toHaveLength(1);
    expect(reasons(result)).toContain('another verifier has other certificates');
  });

  it.each([
    ['a level that only logs', notationVerifier({ ...level('audit') }, STORES), 'does not enforce'],
    ['certificates of a vault', notationVerifier({}, { ca: { shop: ['vault'] } }), 'Key Vault'],
    ['a provider that is not there', notationVerifier({}, { ca: { shop: ['x'] } }), 'not among'],
    ['no provider', notationVerifier({}, {}), 'no provider is named for it'],
    ['a policy with a flaw', notationVerifier({ registryScopes: [] }, STORES), 'registryScopes'],
    ['a plugin', ratifyOne('Verifier', 'a', { name: 'a', source: {} }), 'which is not run'],
    ['an unknown verifier', ratifyOne('Verifier', 'a', { name: 'a' }), 'is not known here'],
    ['packages', sbom({ disallowedPackages: [{ name: 'a' }] }), 'rule over the components'],
    ['severities', report({ disallowedSeverities: ['high'] }), 'B23-no-critical-finding'],
    ['plain HTTP', ratifyOne('Store', 's', { parameters: { useHttp: true } }), '--insecure'],
    ['all signatures', policy({ default: 'all' }), 'one that counts is enough'],
    ['a namespace', ratifyOne('NamespacedVerifier', 'v', {}, 'shop'), 'it is for one namespace'],
    ['another resource', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }, 'of Ratify'],
  ])('%s is left out by name', (_, resource, why) => {
    const vault = { type: 'azurekeyvault', parameters: { vaultURI: 'https://v.example.com' } };
    const result = takeAll(
      [
        ...[inlineProvider('shop-root', ROOT), resource],
        ratifyOne('KeyManagementProvider', 'vault', vault),
      ],
      { repositories: WHERE, identities: [SUBJECT] },
    );
    expect(result.rules).toEqual([]);
    expect(reasons(result)).toContain(why);
  });
});

function level(name: string): object {
  return { signatureVerification: { level: name } };
}
function sbom(parameters: object): object {
  return ratifyOne('Verifier', 'sbom', { name: 'sbom', parameters });
}
function report(parameters: object): object {
  return ratifyOne('Verifier', 'report', { type: 'vulnerabilityreport', parameters });
}
function policy(artifactVerificationPolicies: object): object {
  const parameters = { artifactVerificationPolicies };
  return ratifyOne('Policy', 'ratify-policy', { type: 'config-policy', parameters });
}

describe('I14: cosign in Ratify', () => {
  const verifier = (trustPolicy: object): object =>
    ratifyOne('Verifier', 'verifier-cosign', {
      ...{ name: 'cosign', parameters: { trustPolicies: [{ scopes: WHERE, ...trustPolicy }] } },
    });
  const key = inlineProvider('key', publicKeyPem('ratify'), 'key');
  const keys = [{ provider: 'key' }];
  const keyless = {
    certificateIdentity: 'a@example.com',
    certificateOIDCIssuer: 'https://id.example.com',
  };

  it('a key without a log comes over; with a log only where a trusted root is here', () => {
    const alone = takeAll([key, verifier({ keys, tLogVerify: false })]);
    expect(alone.rules).toMatchObject([{ signers: [{ publicKey: publicKeyPem('ratify') }] }]);
    expect(alone.rules[0]?.signers[0]).not.toHaveProperty('trustedRoot');
    const logged = [key, verifier({ keys })];
    expect(takeAll(logged).rules).toEqual([]);
    expect(reasons(takeAll(logged))).toContain('no trusted root is here');
    expect(takeAll(logged, { trustedRoot: 'public' }).rules).toMatchObject([
      { signers: [{ trustedRoot: 'public' }] },
    ]);
  });

  it('an exact identity comes over, and a pattern does not', () => {
    const root = { trustedRoot: 'public' };
    expect(takeAll([verifier({ keyless })], root).rules).toMatchObject([
      { signers: [{ identity: 'a@example.com', issuer: 'https://id.example.com', ...root }] },
    ]);
    const pattern = { ...keyless, certificateIdentityRegExp: '.*' };
    const result = takeAll([verifier({ keyless: pattern })], root);
    expect([result.rules, reasons(result)]).toEqual([
      [],
      expect.stringContaining('regular expression'),
    ]);
  });

  it('a key in a file of the pod is left out by name', () => {
    const result = takeAll([verifier({ keys: [{ file: '/keys/cosign.pub' }], tLogVerify: false })]);
    expect([result.rules, reasons(result)]).toEqual([[], expect.stringContaining('of the pod')]);
  });
});

describe('I15: executors of Ratify 2', () => {
  const notation = (name: string, parameters: object): object => ({
    ...{ name, type: 'notation' },
    parameters: { certificates: [{ type: 'ca', inline: { certs: ROOT } }], ...parameters },
  });
  const executor = (scopes: readonly string[], ...verifiers: readonly object[]): object =>
    ratifyExecutor('shop', { scopes, verifiers });

  it('a host is everything below it, and the scopes of a verifier narrow it', () => {
    const named = { trustedIdentities: WHO };
    const wide = takeAll([executor(['registry.example.com:5000'], notation('a', named))]);
    expect(wide.rules).toMatchObject([
      { repositories: ['registry.example.com:5000/*'], signers: [{ trustStore: 'ca:shop-a' }] },
    ]);
    const scopes = ['registry.example.com/shop/trips', 'other.example.com/a'];
    const narrow = [executor(['registry.example.com'], notation('a', { ...named, scopes }))];
    expect(takeAll(narrow).rules).toMatchObject([
      { repositories: ['registry.example.com/shop/trips'] },
    ]);
  });

  it('all are in one statement, and each rule names its own store', () => {
    const certificates = [{ inline: OTHER }];
    const { policy: text, rules } = takeAll([
      executor(
        ['registry.example.com'],
        notation('a', { trustedIdentities: WHO }),
        notation('b', {
          trustedIdentities: ['x509.subject: CN=b,O=Shop,ST=WA,C=US'],
          certificates,
        }),
      ),
    ]);
    expect(JSON.parse(text ?? '').trustPolicies).toMatchObject([
      { registryScopes: ['*'], trustStores: ['ca:shop-a', 'ca:shop-b'] },
    ]);
    expect(rules.map(({ signers }) => signers.map((one) => Object.values(one)[1]))).toEqual([
      ['ca:shop-a'],
      ['ca:shop-b'],
    ]);
  });

  it('hosts with a wildcard, vaults and thresholds are left out by name', () => {
    const certificates = [{ azurekeyvault: { vaultURL: 'https://v.example.com' } }];
    const spec = {
      ...{ scopes: ['*.example.com'] },
      verifiers: [notation('a', {}), notation('b', { certificates })],
      stores: [{ type: 'registry-store', parameters: { plainHttp: true, credential: {} } }],
      policyEnforcer: {
        parameters: { policy: { rules: [{ verifierName: 'a' }, { verifierName: 'b' }] } },
      },
    };
    const result = takeAll([ratifyExecutor('shop', spec)], { identities: [SUBJECT] });
    expect(result.rules).toEqual([]);
    for (const why of ['pattern over hosts', 'Key Vault', '--insecure', 'one that counts'])
      expect(reasons(result)).toContain(why);
  });

  it('a key comes over with the scopes of both', () => {
    const trustPolicies = [
      {
        ...{ scopes: ['registry.example.com/shop/a'], ignoreTLog: true },
        keys: { inline: { keys: publicKeyPem('two') } },
      },
    ];
    const cosign = { name: 'cosign', type: 'cosign', parameters: { trustPolicies } };
    expect(takeAll([executor(['registry.example.com'], cosign)]).rules).toMatchObject([
      {
        repositories: ['registry.example.com/shop/a'],
        signers: [{ publicKey: publicKeyPem('two') }],
      },
    ]);
    expect(takeAll([executor(['other.example.com'], cosign)]).rules).toEqual([]);
  });
});

describe('scopes', () => {
  it.each([
    ['*', { kind: 'every' }],
    ['ghcr.io', { kind: 'repositories', pattern: 'ghcr.io/*' }],
    ['registry.example.com:5000', { kind: 'repositories', pattern: 'registry.example.com:5000/*' }],
    ['ghcr.io/shop/*', { kind: 'repositories', pattern: 'ghcr.io/shop/*' }],
    ['ghcr.io/shop/a', { kind: 'repositories', pattern: 'ghcr.io/shop/a' }],
    ['*.example.com', { kind: 'none' }],
    ['ghcr.io/shop*', { kind: 'none' }],
    ['ghcr.io/shop/a:1.0', { kind: 'none' }],
    ['ghcr.io/shop/a@sha256:00', { kind: 'none' }],
  ])('%s', (scope, expected) => {
    expect(readScope(scope)).toMatchObject(expected);
  });

  it('that meet are the narrower ones, at whole names', () => {
    expect(intersectPatterns(['a.io/*'], ['a.io/b', 'a.iob/c', 'd.io/*'])).toEqual(['a.io/b']);
    expect(intersectPatterns(['a.io/b'], ['a.io/*'])).toEqual(['a.io/b']);
  });
});

describe('hostile input', () => {
  it.each([
    ['no resource', 'a: 1'],
    ['no YAML', '{'],
    ['an empty file', ''],
    ['an empty list', 'kind: List\nitems: []'],
    ['a list of texts', 'kind: List\nitems: [a]'],
    ['an alias', 'a: &a 1\nb: *a'],
    ['too long', `a: ${'x'.repeat(1024 * 1024)}`],
    ['too many', `kind: List\nitems: [${'{},'.repeat(1_001)}]`],
  ])('%s is a failure', (_, text) => {
    expect(parseRatifyResources(text).ok).toBe(false);
  });

  it('any spec gives an import, and no rule without a signer and a repository', () => {
    const kinds = ['Verifier', 'Executor', 'Store', 'Policy', 'KeyManagementProvider', 'X'];
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.jsonValue(),
        fc.jsonValue(),
        (kind, spec, inner) => {
          const parameters = {
            trustPolicies: [inner],
            certificates: [inner],
            trustPolicyDoc: inner,
          };
          for (const one of [
            spec,
            { name: 'notation', parameters },
            { name: 'cosign', parameters },
          ]) {
            const resource = ratifyOne(kind, 'a', one as object);
            const choices = { ...NOTHING, repositories: WHERE };
            const read = readRatify(JSON.stringify(resource), choices);
            for (const { repositories, signers } of read.ok ? read.value.rules : [])
              expect([repositories.length, signers.length].includes(0)).toBe(false);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
