import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../../test/support/certificates.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import type { NotarySigner } from '../signer.ts';
import { explainDistrust, isStatementTrusted } from './test-rule.ts';
import { parseTrust } from './trust-document.ts';
import type { StatementKind } from './trust-rule.ts';

const NOW = FIXTURE_NOW;
const THUMBPRINT = 'ab'.repeat(32);
const TEXT = `
apiVersion: waybill.dev/v1
kind: Trust
metadata: { name: default, revision: 3 }
rules:
  - id: shop # everything that the shop releases
    repositories: [registry.example.com/shop/*, registry.example.com/tools]
    statements: [image, sbom, scan]
    signers:
      - identity: CN=release,O=Shop,ST=WA,C=US
        trustStore: ca:acme
      - thumbprint: ${THUMBPRINT}
`;
const trust = orThrow(parseTrust(TEXT));

const release: NotarySigner = {
  format: 'notary-jws',
  identity: 'CN=release,ST=WA,O=Shop,C=US',
  thumbprint: 'cd'.repeat(32),
  keys: [],
  thumbprints: [],
  trustStore: 'ca:acme',
  signedAt: null,
};

function counts(
  repository: string,
  kind: StatementKind = 'sbom',
  signer: Partial<NotarySigner> = {},
): boolean {
  return isStatementTrusted(trust, {
    repository,
    kind,
    signer: { ...release, ...signer },
    at: NOW,
  });
}

describe('countsFor', () => {
  it('foundation 2: a named signer counts for the repositories and statements of its rule', () => {
    expect(counts('registry.example.com/shop/trips')).toBe(true);
    expect(counts('registry.example.com/shop/eu/trips', 'image')).toBe(true);
    expect(counts('registry.example.com/tools', 'scan')).toBe(true);
  });

  it.each([
    ['registry.example.com/shopping/trips'],
    ['registry.example.com/shop'],
    ['registry.example.com/shop/'],
    ['registry.example.com/tools/x'],
    ['evil.registry.example.com/shop/trips'],
    ['registry.example.com.evil.example/shop/trips'],
    ['registry.example.com:443/shop/trips'],
    ['REGISTRY.example.com/shop/trips'],
    ['docker.io/shop/trips'],
    [''],
  ])('G30 I16: the rule does not name the repository %j', (repository) => {
    expect(counts(repository)).toBe(false);
  });

  it('a statement outside every rule does not count: another kind, trust store or subject', () => {
    const at = 'registry.example.com/shop/trips';
    expect(counts(at, 'vex')).toBe(false);
    expect(counts(at, 'provenance')).toBe(false);
    expect(counts(at, 'sbom', { trustStore: 'ca:other' })).toBe(false);
    expect(counts(at, 'sbom', { trustStore: null })).toBe(false);
    expect(counts(at, 'sbom', { identity: 'CN=other,ST=WA,O=Shop,C=US' })).toBe(false);
    expect(counts(at, 'sbom', { identity: 'CN=release,OU=x,ST=WA,O=Shop,C=US' })).toBe(false);
    expect(counts(at, 'sbom', { identity: 'ST=WA,O=Shop,C=US' })).toBe(false);
    expect(counts(at, 'sbom', { identity: 'CN=release=#0c,ST=WA,O=Shop,C=US' })).toBe(false);
  });

  it('a thumbprint names one certificate, and a trust store must still vouch for it', () => {
    const at = 'registry.example.com/shop/trips';
    const other = { identity: 'CN=x,C=US', thumbprint: THUMBPRINT };
    expect(counts(at, 'sbom', other)).toBe(true);
    expect(counts(at, 'sbom', { ...other, trustStore: null })).toBe(false);
  });

  it('truth A15: the reason names the trust store that a rule means', () => {
    const about = {
      repository: 'registry.example.com/shop/trips',
      kind: 'sbom',
      at: NOW,
    } as const;
    const said = `${release.identity} is not trusted to state sbom about`;
    const elsewhere = { ...about, repository: 'registry.example.com/other', signer: release };
    expect(explainDistrust(trust, elsewhere)).toBe(`${said} registry.example.com/other`);
    const signer = { ...release, trustStore: 'ca:files' };
    expect(explainDistrust(trust, { ...about, signer })).toBe(
      `${said} ${about.repository} by the trust store ca:files, but by ${release.trustStore}`,
    );
  });

  it('without rules in the document no signer counts', () => {
    const none = orThrow(parseTrust(TEXT.replace(/rules:[\s\S]*/, 'rules: []')));
    expect(
      isStatementTrusted(none, {
        repository: 'registry.example.com/tools',
        kind: 'sbom',
        signer: release,
        at: NOW,
      }),
    ).toBe(false);
  });
});

describe('parseTrust', () => {
  it('keeps name, revision and a digest of the text, as keys for verdicts', () => {
    expect(trust).toMatchObject({ name: 'default', revision: 3 });
    expect(orThrow(parseTrust(`${TEXT}# a comment\n`)).digest).not.toBe(trust.digest);
    expect(orThrow(parseTrust(Buffer.from(TEXT))).digest).toBe(trust.digest);
  });

  it('normalises repositories as Docker does', () => {
    const [rule] = orThrow(
      parseTrust(TEXT.replace('registry.example.com/tools', 'nginx, quay.io/*, shop/*')),
    ).rules;
    expect(rule?.repositories.slice(1)).toEqual([
      { kind: 'exact', path: 'docker.io/library/nginx' },
      { kind: 'below', path: 'quay.io' },
      { kind: 'below', path: 'docker.io/shop' },
    ]);
  });

  it.each([
    ['an unknown key of the document', 'kind: Trust', 'kind: Trust\nextra: 1'],
    ['an unknown key of a rule', 'id: shop', 'id: shop\n    repository: [a]'],
    ['an unknown key of a signer', 'trustStore: ca:acme', 'trustStore: ca:acme\n        issuer: x'],
    ['a key twice', 'kind: Trust', 'kind: Trust\nkind: Trust'],
    ['another kind', 'kind: Trust', 'kind: Policy'],
    ['another version', 'waybill.dev/v1', 'waybill.dev/v2'],
    ['no revision', ', revision: 3', ''],
    ['revision 0', 'revision: 3', 'revision: 0'],
    ['a pattern inside a path segment', 'shop/*', 'sh*p'],
    ['everything', 'registry.example.com/shop/*', '"*"'],
    ['a pattern for hosts', 'registry.example.com/shop/*', '"*.example.com/shop"'],
    ['a tag', 'registry.example.com/tools', 'registry.example.com/tools:1'],
    [
      'a digest',
      'registry.example.com/tools',
      `registry.example.com/tools@sha256:${'0'.repeat(64)}`,
    ],
    ['an unknown statement', '[image, sbom, scan]', '[image, sboms]'],
    ['no statements', '[image, sbom, scan]', '[]'],
    ['an identity without its trust store', '        trustStore: ca:acme\n', ''],
    ['a trust store for timestamps', 'ca:acme', 'tsa:acme'],
    ['A17: an identity with =#', 'CN=release,', 'CN=#0c0141,'],
    ['a thumbprint in upper case', THUMBPRINT, THUMBPRINT.toUpperCase()],
    ['an alias', '[image, sbom, scan]', '&a [image, sbom, scan]\n    x: *a'],
    ['a tag of YAML', 'name: default', 'name: !!binary ZGVmYXVsdA=='],
    ['a second document', 'kind: Trust', 'kind: Trust\n---\nkind: Trust'],
  ])('%s is refused', (_, from, to) => {
    expect(TEXT).toContain(from);
    const result = parseTrust(TEXT.replace(from, to));
    expect(result).toMatchObject({ ok: false, failure: { code: 'TRUST_INVALID' } });
  });

  it('two rules with one id are refused', () => {
    const rule = TEXT.slice(TEXT.indexOf('  - id'));
    expect(parseTrust(TEXT + rule).ok).toBe(false);
    const other = rule
      .replace('id: shop', 'id: other')
      .replaceAll('registry.example.com/', 'r.test/');
    expect(parseTrust(TEXT + other).ok).toBe(true);
  });

  it('is read at its limits of bytes and rules, and refused over them', () => {
    expect(parseTrust(TEXT.padEnd(LIMITS.configBytesMax, ' ')).ok).toBe(true);
    expect(parseTrust(TEXT.padEnd(LIMITS.configBytesMax + 1, ' '))).toMatchObject({
      failure: { code: 'LIMIT_EXCEEDED' },
    });
    const rule = (id: number) =>
      `  - {id: r${id}, repositories: [a/b${id}], statements: [vex], signers: [{thumbprint: ` +
      `${THUMBPRINT}}]}\n`;
    const many = (count: number) =>
      TEXT.replace(
        /rules:[\s\S]*/,
        `rules:\n${Array.from({ length: count }, (_, i) => rule(i)).join('')}`,
      );
    expect(parseTrust(many(LIMITS.policyRulesMax)).ok).toBe(true);
    expect(parseTrust(many(LIMITS.policyRulesMax + 1))).toMatchObject({
      failure: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('never throws for any input, and does not expand aliases', () => {
    const bomb = `a: &a [1]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(5_000)}]`;
    expect(parseTrust(bomb).ok).toBe(false);
    expect(parseTrust('['.repeat(100_000)).ok).toBe(false);
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.uint8Array()),
        (text) => void parseTrust(text),
      ),
    );
  });
});
