// docs/adr/0002-whose-evidence-counts.md
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluate,
  type FactList,
  type Facts,
  makePartialList,
  makeUnknownFact,
} from '../../src/capabilities/policy/index.ts';
import {
  isStatementTrusted,
  parseTrust,
  type Signer,
  STATEMENT_KINDS,
  type StatementKind,
} from '../../src/capabilities/signing/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { admits } from '../../src/core/verdict.ts';
import { FIXTURE_NOW } from '../support/certificates.ts';
import {
  artifact,
  cleanFacts,
  finding,
  LOST,
  NOON,
  shopPolicy,
  signature,
} from '../support/policy-facts.ts';

const signer = (name: string, trustStore: string | null = 'ca:acme'): Signer => ({
  format: 'notary-jws',
  identity: `CN=${name},O=Shop,ST=WA,C=US`,
  thumbprint: '0'.repeat(64),
  keys: [],
  thumbprints: ['0'.repeat(64)],
  trustStore,
  signedAt: null,
});

const TRUST = orThrow(
  parseTrust(`
apiVersion: waybill.dev/v1
kind: Trust
metadata: { name: shop, revision: 1 }
rules:
  - id: release-team
    repositories: [registry.example.com/shop/*]
    statements: [image, sbom, scan, provenance]
    signers: [{ identity: "CN=release,O=Shop,ST=WA,C=US", trustStore: "ca:acme" }]
  - id: scanners
    repositories: [registry.example.com/shop/trips]
    statements: [scan]
    signers: [{ identity: "CN=scanner,O=Shop,ST=WA,C=US", trustStore: "ca:acme" }]
`),
);

/** The content of the ADR as a table. */
const NAMED: readonly (readonly [
  name: string,
  repository: RegExp,
  kinds: readonly StatementKind[],
])[] = [
  [
    'release',
    /^registry\.example\.com\/shop\/[^/]+(\/[^/]+)*$/,
    ['image', 'sbom', 'scan', 'provenance'],
  ],
  ['scanner', /^registry\.example\.com\/shop\/trips$/, ['scan']],
];

describe('foundation 2: a statement counts only if signer, repository and kind match', () => {
  const repository = fc.constantFrom(
    'registry.example.com/shop/trips',
    'registry.example.com/shop/poi',
    'registry.example.com/shop/trips/extra',
    'registry.example.com/shop',
    'registry.example.com/shop-evil/trips',
    'registry.example.com/shopping/trips',
    'registry.example.com/other/trips',
    'registry.example.com.evil.example/shop/trips',
    'evil.registry.example.com/shop/trips',
    'registry.example.com:444/shop/trips',
    'docker.io/shop/trips',
  );
  const name = fc.constantFrom(
    'release',
    'scanner',
    'stranger',
    'Release',
    'release\\ ',
    'release2',
  );

  it('for every signer, repository and kind', () => {
    fc.assert(
      fc.property(name, repository, fc.constantFrom(...STATEMENT_KINDS), (who, where, kind) => {
        const named = NAMED.some(
          ([trusted, place, kinds]) => trusted === who && place.test(where) && kinds.includes(kind),
        );
        expect(
          isStatementTrusted(TRUST, {
            repository: where,
            kind,
            signer: signer(who),
            at: FIXTURE_NOW,
          }),
        ).toBe(named);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([null, 'ca:other', 'signingAuthority:acme'])(
    'the right name does not count when %s vouches for it',
    (store) => {
      const about = {
        repository: 'registry.example.com/shop/trips',
        kind: 'sbom',
        at: FIXTURE_NOW,
      } as const;
      expect(isStatementTrusted(TRUST, { ...about, signer: signer('release') })).toBe(true);
      expect(isStatementTrusted(TRUST, { ...about, signer: signer('release', store) })).toBe(false);
    },
  );
});

describe('foundation 2: evidence that is withheld never admits', () => {
  const policy = shopPolicy();
  const admitted = (facts: Facts): boolean =>
    admits(evaluate(policy, { gate: 'admission', facts, now: NOON }).verdict.decision);
  const severity = fc.constantFrom('critical', 'high', 'low', 'unknown');
  const status = fc.constantFrom('affected', 'not_affected', 'unknown');
  const facts: fc.Arbitrary<Facts> = fc
    .record({
      signatures: fc.array(fc.record({ trusted: fc.boolean() }).map(signature), { maxLength: 3 }),
      artifacts: fc.array(
        fc
          .tuple(
            fc.constantFrom('sbom' as const, 'scan' as const),
            fc.record({ trusted: fc.boolean() }),
          )
          .map(([type, changes]) => artifact(type, changes)),
        { maxLength: 4 },
      ),
      findings: fc.array(fc.record({ severity, status } as const).map(finding), { maxLength: 3 }),
    })
    .map(cleanFacts);
  const listed = fc.constantFrom('signatures' as const, 'artifacts' as const, 'findings' as const);

  it('complete evidence is admitted, which gives the other cases their meaning', () => {
    expect(admitted(cleanFacts())).toBe(true);
    expect(admitted(cleanFacts({ artifacts: [] }))).toBe(false);
  });

  it('a truncated or unreadable list admits nothing that the whole list did not', () => {
    fc.assert(
      fc.property(facts, listed, fc.nat(4), (whole, which, kept) => {
        const items = whole[which] as readonly never[];
        const less: FactList<never>[] = [
          makeUnknownFact(LOST),
          makePartialList(items.slice(0, kept), LOST),
        ];
        for (const list of less) {
          if (!admitted(whole)) expect(admitted({ ...whole, [which]: list })).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a fact that could not be gathered admits nothing that its value did not', () => {
    fc.assert(
      fc.property(
        facts,
        fc.constantFrom('image', 'sbom', 'scan', 'components', 'advisories', 'workload'),
        (whole, name) => {
          if (!admitted(whole))
            expect(admitted({ ...whole, [name]: makeUnknownFact(LOST) })).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('findings that are missing or partial do not admit', () => {
    expect(admitted(cleanFacts({ findings: makeUnknownFact(LOST) }))).toBe(false);
    expect(admitted(cleanFacts({ findings: makePartialList([], LOST) }))).toBe(false);
  });

  it("a stranger's document is not the SBOM and not the scan that a policy requires", () => {
    const stranger = {
      trusted: false,
      identity: 'CN=stranger',
      reason: 'no rule names the signer',
    };
    const own = [artifact('scan'), artifact('provenance')];
    expect(admitted(cleanFacts({ artifacts: [...own, artifact('sbom')] }))).toBe(true);
    expect(admitted(cleanFacts({ artifacts: [...own, artifact('sbom', stranger)] }))).toBe(false);
    expect(admitted(cleanFacts({ signatures: [signature(stranger)] }))).toBe(false);
  });
});
