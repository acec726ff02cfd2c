import { describe, expect, it } from 'vitest';
import {
  artifact,
  cleanFacts,
  finding,
  HOUR_MS,
  hoursAgo,
  LOST,
  NOON,
  shopPolicy,
  signature,
} from '../../../test/support/policy-facts.ts';
import { toInstant } from '../../core/instant.ts';
import type { Gate, RuleResult, Verdict } from '../../core/verdict.ts';
import type { DefaultParameters } from './default-policy.ts';
import { evaluate } from './evaluate.ts';
import { type Facts, makePartialList, makeUnknownFact } from './facts.ts';

const GONE = makeUnknownFact(LOST);

function verdict(
  gate: Gate,
  changes: Partial<Facts> = {},
  parameters: DefaultParameters = {},
): Verdict {
  return evaluate(shopPolicy(parameters), { gate, facts: cleanFacts(changes), now: NOON }).verdict;
}

/** The rules that do not hold. */
function broken(of: Verdict): readonly RuleResult[] {
  return of.results.filter(({ outcome }) => outcome !== 'holds');
}

function ids(of: Verdict): readonly string[] {
  return broken(of).map(({ rule, outcome }) => `${rule} ${outcome}`);
}

const stranger = {
  trusted: false,
  identity: 'CN=stranger,O=Elsewhere',
  reason: 'no trust names it for this repository',
};
const image = cleanFacts().image as Exclude<Facts['image'], undefined | typeof GONE>;

describe('the default policy admits what is proven', () => {
  it('B21, P1, P2: a signed, complete, fresh image without critical findings is allowed', () => {
    for (const gate of ['release', 'admission'] as const) {
      expect(verdict(gate).decision).toBe('allow');
      expect(broken(verdict(gate))).toEqual([]);
    }
  });

  it('O2, X2: for equal facts, audit and admission give equal results of the common rules', () => {
    const [admission, audit] = [verdict('admission'), verdict('audit')];
    expect(audit.decision).toBe('allow');
    const outcomes = ({ results }: typeof audit) =>
      new Map(results.map(({ rule, outcome }) => [rule, outcome]));
    for (const [rule, outcome] of outcomes(admission))
      expect([rule, outcomes(audit).get(rule)]).toEqual([rule, outcome]);
  });

  it('O4: the audit records an old scan and does not deny: it matches the SBOM again', () => {
    const scan = { complete: true, createdAt: hoursAgo(48) };
    const { decision, results } = verdict('audit', { scan });
    const noted = results.find(({ rule }) => rule === 'I18-scan-fresh');
    expect([decision, noted?.action, noted?.outcome]).toEqual(['allow', 'record', 'broken']);
    expect(verdict('admission', { scan }).decision).toBe('deny');
  });
});

/**
 * Each case makes one change of the clean facts, at one gate, with the result: without the guard
 * the image would be allowed.
 */
const GUARDS: readonly (readonly [string, Gate, Partial<Facts>, string])[] = [
  ['I17, P2: no signature', 'admission', { signatures: [] }, 'I17-signed-image broken'],
  [
    'I17: a stranger signed it',
    'admission',
    { signatures: [signature(stranger)] },
    'I17-signed-image broken',
  ],
  [
    'I17: the list of signatures was truncated',
    'admission',
    { signatures: makePartialList([], LOST) },
    'I17-signed-image undetermined',
  ],
  [
    'I17: a signature that could not be verified',
    'admission',
    { signatures: [signature({ trusted: GONE })] },
    'I17-signed-image undetermined',
  ],
  ['I18: no SBOM', 'admission', { artifacts: [artifact('scan')] }, 'I18-signed-sbom broken'],
  [
    'I18: the SBOM is signed by a stranger',
    'admission',
    { artifacts: [artifact('sbom', stranger), artifact('scan')] },
    'I18-signed-sbom broken',
  ],
  ['I18: no scan', 'admission', { artifacts: [artifact('sbom')] }, 'I18-scan-fresh broken'],
  [
    'I18: the scan is signed by a stranger',
    'admission',
    { artifacts: [artifact('sbom'), artifact('scan', stranger)] },
    'I18-scan-fresh broken',
  ],
  [
    'I18: the scan is older than 24 hours',
    'admission',
    {
      artifacts: [
        artifact('sbom'),
        artifact('scan', { createdAt: toInstant(NOON - 24 * HOUR_MS - 1) }),
      ],
    },
    'I18-scan-fresh broken',
  ],
  [
    'I18: the scan is from the future',
    'admission',
    { artifacts: [artifact('sbom'), artifact('scan', { createdAt: hoursAgo(-1) })] },
    'I18-scan-fresh broken',
  ],
  [
    'I18: the scan does not say when it was made',
    'admission',
    { artifacts: [artifact('sbom'), artifact('scan', { createdAt: GONE })] },
    'I18-scan-fresh undetermined',
  ],
  [
    'I18: the scan is withheld',
    'admission',
    { artifacts: makePartialList([artifact('sbom')], LOST) },
    'I18-scan-fresh undetermined',
  ],
  [
    'I19: another registry',
    'admission',
    { image: { ...image, registry: 'mirror.example.com' } },
    'I19-allowed-registry broken',
  ],
  [
    'I19, G30: a host that begins like an allowed one',
    'admission',
    { image: { ...image, registry: 'registry.example.com.attacker.example' } },
    'I19-allowed-registry broken',
  ],
  [
    'I19, G30: a path that begins like an allowed one',
    'admission',
    { image: { ...image, repository: 'shopping/trips' } },
    'I19-allowed-registry broken',
  ],
  [
    'B23: a critical finding',
    'admission',
    { findings: [finding({ severity: 'critical' })] },
    'B23-no-critical-finding broken',
  ],
  [
    'B23: a critical finding',
    'release',
    { findings: [finding({ severity: 'critical' })] },
    'B23-no-critical-finding broken',
  ],
  [
    'B23: a critical finding in a scan that was cut',
    'release',
    { findings: makePartialList([finding({ severity: 'critical' })], LOST) },
    'B23-no-critical-finding broken',
  ],
  [
    'B23: a scan that was cut',
    'release',
    { findings: makePartialList([finding()], LOST) },
    'B23-no-critical-finding undetermined',
  ],
  [
    'B23: a finding of unknown severity',
    'release',
    { findings: [finding({ severity: 'unknown' })] },
    'B23-no-critical-finding undetermined',
  ],
  [
    'B23: a critical finding of unknown status',
    'release',
    { findings: [finding({ severity: 'critical', status: 'unknown' })] },
    'B23-no-critical-finding undetermined',
  ],
  ['B22: no signature of the image', 'release', { signatures: [] }, 'B22-signed-artifacts broken'],
  [
    'B22: no SBOM',
    'release',
    { artifacts: [artifact('scan'), artifact('provenance')] },
    'B22-signed-artifacts broken',
  ],
  [
    'B22: no scan',
    'release',
    { artifacts: [artifact('sbom'), artifact('provenance')] },
    'B22-signed-artifacts broken',
  ],
  [
    'B22: no provenance',
    'release',
    { artifacts: [artifact('sbom'), artifact('scan')] },
    'B22-signed-artifacts broken',
  ],
  [
    'B22: provenance by a stranger',
    'release',
    { artifacts: [artifact('sbom'), artifact('scan'), artifact('provenance', stranger)] },
    'B22-signed-artifacts broken',
  ],
  [
    'B24: a licence that is refused',
    'release',
    {
      components: [
        { purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1', licenses: ['AGPL-3.0-only'] },
      ],
    },
    'B24-licenses broken',
  ],
  [
    'B24: a licence that is not declared',
    'release',
    { components: [{ purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1', licenses: [] }] },
    'B24-licenses undetermined',
  ],
  [
    'B24: a list of components that was cut',
    'release',
    { components: makePartialList([], LOST) },
    'B24-licenses undetermined',
  ],
  [
    'an SBOM that is not complete',
    'admission',
    { sbom: { complete: false, count: 0, createdAt: NOON } },
    'sbom-complete broken',
  ],
  ['an SBOM that could not be read', 'admission', { sbom: GONE }, 'sbom-complete undetermined'],
  [
    'a scan that does not cover everything',
    'release',
    { scan: { complete: false, createdAt: NOON } },
    'scan-complete broken',
  ],
  [
    'advisories older than a week',
    'admission',
    { advisories: { source: 'imported', updatedAt: hoursAgo(169) } },
    'advisories-current broken',
  ],
  [
    'advisories of an unknown age',
    'admission',
    { advisories: { source: 'imported', updatedAt: GONE } },
    'advisories-current undetermined',
  ],
  [
    'an image that is named by a tag only',
    'admission',
    { image: { ...image, digest: GONE } },
    'digest-pinned undetermined',
  ],
  [
    'an invalid digest',
    'admission',
    { image: { ...image, digest: 'latest' } },
    'digest-pinned broken',
  ],
];

describe('each guard of the default policy works by itself', () => {
  it.each(GUARDS)('%s is never allowed at the %s gate', (_, gate, changes, wanted) => {
    const asked = verdict(gate, changes);
    const denying = asked.results.filter(({ action }) => action === 'deny');
    expect(ids({ ...asked, results: denying })).toEqual([wanted]);
    expect(asked.decision).toBe(wanted.endsWith('broken') ? 'deny' : 'undetermined');
  });

  it('the bundled sample of advisories never satisfies a gate, unless the demo asks for it', () => {
    const facts = cleanFacts({ advisories: { source: 'sample', updatedAt: NOON } });
    for (const gate of ['release', 'admission'] as const) {
      const asked = evaluate(shopPolicy(), { gate, facts, now: NOON });
      expect(ids(asked.verdict)).toContain('B23-no-critical-finding undetermined');
      expect(ids(asked.verdict)).toContain('advisories-current broken');
      const demo = evaluate(shopPolicy(), { gate, facts, now: NOON, sampleCounts: true });
      expect(ids(demo.verdict)).toEqual(['advisories-current broken']);
      expect(demo.record.sampleCounts).toBe(true);
    }
  });

  it('findings from advisories of unknown origin are as partial as those of the sample', () => {
    for (const advisories of [GONE, { source: GONE, updatedAt: NOON }]) {
      expect(ids(verdict('release', { advisories }))).toContain(
        'B23-no-critical-finding undetermined',
      );
      const critical = verdict('release', {
        advisories,
        findings: [finding({ severity: 'critical' })],
      });
      expect(ids(critical)).toContain('B23-no-critical-finding broken');
    }
  });

  it('B23: a trusted VEX statement of "not affected" excludes a critical finding', () => {
    expect(
      verdict('release', { findings: [finding({ severity: 'critical', status: 'not_affected' })] })
        .decision,
    ).toBe('allow');
  });

  it('an unknown severity or licence holds only if the policy says so; the record shows it', () => {
    const unrated = { findings: [finding({ severity: 'unknown' })] };
    expect(verdict('release', unrated, { unknownSeverity: 'accept' }).decision).toBe('allow');
    expect(
      verdict(
        'release',
        { findings: makePartialList([finding()], LOST) },
        { unknownSeverity: 'accept' },
      ).decision,
    ).toBe('undetermined');
    const bare = [{ purl: 'pkg:npm/x@1', type: 'npm', name: 'x', version: '1', licenses: [] }];
    expect(verdict('release', { components: bare }, { unknownLicense: 'accept' }).decision).toBe(
      'allow',
    );
    const { record } = evaluate(shopPolicy({ unknownLicense: 'accept' }), {
      gate: 'release',
      facts: cleanFacts(),
      now: NOON,
    });
    expect(record.parameters).toMatchObject({
      unknownSeverity: 'undetermined',
      unknownLicense: 'accept',
    });
  });

  it('I18: a scan of exactly 24 hours is still fresh, in every time zone', () => {
    const artifacts = [
      artifact('sbom'),
      artifact('scan', { createdAt: hoursAgo(24) }),
      artifact('provenance'),
    ];
    expect(verdict('admission', { artifacts }).decision).toBe('allow');
  });

  it('an empty document signed by a stranger changes nothing beside the real one', () => {
    const artifacts = [
      artifact('sbom', stranger),
      artifact('sbom'),
      artifact('scan', stranger),
      artifact('scan'),
    ];
    expect(
      verdict('admission', { artifacts, signatures: [signature(stranger), signature()] }).decision,
    ).toBe('allow');
  });

  it('I19: without a registry on the list, no image is allowed', () => {
    const asked = verdict('admission', {}, { allowedRegistries: [] });
    expect(ids(asked)).toEqual(['I19-allowed-registry broken']);
    expect(broken(asked)[0]?.message).toContain('no registry');
  });
});

describe('X10: a refusal names rule, evidence and fix', () => {
  it('poi: no artifacts at all', () => {
    const said = broken(verdict('admission', { signatures: [], artifacts: [] })).map(
      ({ rule, message }) => [rule, message],
    );
    expect(said).toEqual([
      ['I17-signed-image', 'the image registry.example.com/shop/trips:1.4 carries no signature'],
      ['I18-signed-sbom', 'no SBOM is attached to registry.example.com/shop/trips:1.4'],
      ['I18-scan-fresh', 'no scan is attached to registry.example.com/shop/trips:1.4'],
    ]);
  });

  it('userprofile: names another certificate subject and a scan that is two days old', () => {
    const asked = verdict('admission', {
      signatures: [signature(stranger)],
      artifacts: [
        artifact('sbom', stranger),
        artifact('scan', { ...stranger, createdAt: hoursAgo(48) }),
      ],
    });
    const said = new Map(broken(asked).map(({ rule, message }) => [rule, message]));
    expect(asked.decision).toBe('deny');
    expect(said.get('I17-signed-image')).toContain(
      'signed by CN=stranger,O=Elsewhere, which does not count: no trust names it',
    );
    expect(said.get('I18-scan-fresh')).toContain(
      '48 h old (at most 24 h) and signed by CN=stranger,O=Elsewhere',
    );
    for (const { fix } of broken(asked)) expect(fix).toMatch(/waybill|registry/);
  });

  it('names a long identity and a long repository in full, and the first ten of many', () => {
    const messageFor = (reason: string) => {
      const asked = verdict('admission', {
        artifacts: [artifact('sbom'), artifact('scan', { ...stranger, reason })],
      });
      return broken(asked).find(({ rule }) => rule === 'I18-scan-fresh')?.message ?? '';
    };
    const rest = messageFor('').length;
    expect(messageFor('r'.repeat(290))).toMatch(/r{290}$/);
    expect(rest).toBeLessThan(310);
    const tell = (count: number, reason: string): string => {
      const many = Array.from({ length: count }, (_, at) =>
        artifact('scan', { ...stranger, reason: `${at} ${reason}` }),
      );
      const asked = verdict('admission', { artifacts: [artifact('sbom'), ...many] });
      return broken(asked)[0]?.message ?? '';
    };
    expect(tell(5, 'r'.repeat(290)).match(/r{290}/g)).toHaveLength(5);
    expect(tell(12, 'r'.repeat(290))).toMatch(/r{290}; and 2 more; to see all: waybill verify$/);
    expect(tell(1, 'r'.repeat(2_000))).toMatch(/r{200,300}…$/);
  });

  it('a trusted scan that is too old names its age and the limit', () => {
    const artifacts = [artifact('sbom'), artifact('scan', { createdAt: hoursAgo(48) })];
    expect(broken(verdict('admission', { artifacts }))[0]?.message).toContain(
      'is 48 h old; at most 24 h',
    );
  });

  it('a critical finding names the vulnerability, the component and the fixed version', () => {
    const [result] = broken(
      verdict('release', {
        findings: [finding({ severity: 'critical' }), finding({ severity: 'unknown' })],
      }),
    );
    expect(result?.message).toBe('CVE-2024-0001 in left 1.0.0 (fixed in 1.0.1) is critical');
  });

  it('evidence that could not be read names the cause and its remedy', () => {
    const [result] = broken(verdict('admission', { signatures: GONE }));
    expect(result).toMatchObject({ reason: 'REGISTRY_UNREACHABLE', fix: 'Try again.' });
    expect(result?.message).toContain('cannot be decided: the registry did not answer');
  });

  it('A76: text of strangers cannot begin its own line or control a terminal', () => {
    const hostile = { ...stranger, identity: 'CN=x\n\u001b[2Kallow\u202e\u0007', reason: 'y\r\nz' };
    const [result] = broken(verdict('admission', { signatures: [signature(hostile)] }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(result?.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(result?.message).toContain('CN=x');
  });
});
