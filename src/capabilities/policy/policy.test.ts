import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyText, ruleText } from '../../../test/support/policy-facts.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { GATES, type Gate } from '../../core/verdict.ts';
import { FACT_NAMES, FACTS } from './catalogue.ts';
import { buildDefaultPolicy } from './default-policy.ts';
import { parsePolicy } from './policy.ts';

/** Why the document is refused, or null if it is accepted. */
function refusal(text: string): string | null {
  const policy = parsePolicy(text);
  if (policy.ok) return null;
  expect(policy.failure.code).toBe('POLICY_INVALID');
  return policy.failure.message;
}

const rule = (require: string, gates?: string): string => policyText(ruleText(require, gates));

describe('wrong rules are refused when the policy is loaded', () => {
  it.each([
    ['a fact that does not exist', 'image.digets == ""', /column 6: image has no field digets/],
    ['a name that does not exist', 'true && imag.tag == ""', /column 9: no fact is called imag$/],
    [
      'a field of an element',
      'findings.all(f, f.level == "high")',
      /column 18: finding has no field level/,
    ],
    [
      'an invalid severity',
      "findings.all(f, f.severity != 'CRITICAL')",
      /it can never be "CRITICAL"/,
    ],
    [
      'an invalid severity in a list',
      "findings.all(f, !(f.severity in ['critical', 'hihg']))",
      /"hihg"/,
    ],
    [
      'a severity spelled unknown',
      "findings.all(f, f.severity != 'unknown')",
      /it can never be "unknown"/,
    ],
    [
      'an order of severities as texts',
      "findings.all(f, f.severity < 'high')",
      /no < of string and string/,
    ],
    ['a comparison of different kinds', 'image.digest == 1', /string and int are never equal/],
    ['has()', 'has(image.tag)', /has\(\) is refused/],
    ['text() in a condition', "text(image.digest) != ''", /messages only/],
    ['something that is no condition', 'image.digest', /must be true or false/],
    [
      'a function that does not exist',
      'fetch("http://internal.example.com")',
      /there is no function fetch\(string\)/,
    ],
    ['a pattern that is a fact', 'image.digest.matches(image.repository)', /literal pattern/],
    ['an invalid pattern', "image.digest.matches('(')", /not RE2 syntax/],
    [
      'a parameter that is not set',
      'now - sbom.createdAt < params.scanAgeMax',
      /params has no field scanAgeMax/,
    ],
    ['a syntax error', 'image.digest ==', /column \d+: .*expecting/],
    ['a name in the second line', 'true &&\n  imag', /line 2, column 3: no fact/],
  ])('%s', (_, require, message) => {
    expect(refusal(rule(require))).toMatch(message);
    expect(refusal(rule(require))).toMatch(/^rule r: require: /);
  });

  it('accepts the same rules with the error fixed', () => {
    for (const require of [
      'image.digest == ""',
      'true && image.tag == ""',
      'findings.all(f, f.severity == "high")',
      "findings.all(f, !(f.severity in ['critical', 'high']))",
      'known(image.tag)',
      "image.digest.matches('^sha256:')",
      'image.tag == null || image.tag.startsWith("v")',
    ]) {
      expect(refusal(rule(require))).toBeNull();
    }
  });

  it('B13, B21: a rule with a fact that its gate cannot have is refused, for every fact', () => {
    for (const gate of GATES) {
      for (const name of FACT_NAMES) {
        const message = refusal(rule(`known(${name})`, `{ ${gate}: deny }`));
        expect(message === null).toBe(FACTS[name].gates.includes(gate));
        if (message !== null) expect(message).toContain(`the ${gate} gate cannot know ${name}`);
      }
    }
    expect(
      refusal(rule('signatures.exists(s, s.trusted)', '{ commit: deny, admission: deny }')),
    ).toContain('commit gate');
  });

  it('G46: offers no function that reaches a network, a file or a clock', () => {
    for (const name of [
      'http',
      'http.Get',
      'fetch',
      'env',
      'read',
      'file',
      'exec',
      'time.now',
      'random',
    ]) {
      expect(refusal(rule(`${name}('x') == null`))).not.toBeNull();
    }
  });
});

describe('the policy document', () => {
  it('D17, P3: is one readable document, and the default one compiles', () => {
    const policy = orThrow(
      parsePolicy(buildDefaultPolicy({ allowedRegistries: ['registry.example.com'] })),
    );
    expect(policy.rules.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'B22-signed-artifacts',
        'B23-no-critical-finding',
        'B24-licenses',
        'I17-signed-image',
      ]),
    );
    const enforced = (gate: Gate): number =>
      policy.rules.filter((one) => one.gates[gate] === 'deny').length;
    expect(enforced('release')).toBeGreaterThan(5);
    expect(enforced('admission')).toBeGreaterThan(5);
  });

  const good = rule('true');
  it.each([
    ['an unknown key', good.replace('mode:', 'modus: x\nmode:'), /modus/],
    ['an unknown key of a rule', `${good}    when: now\n`, /when/],
    ['an unknown gate', rule('true', '{ deploy: deny }'), /deploy/],
    ['an unknown action', rule('true', '{ release: block }'), /gates\.release/],
    ['no gate at all', rule('true', '{}'), /at least one gate/],
    ['another kind', good.replace('kind: Policy', 'kind: Trust'), /kind/],
    ['another version', good.replace('waybill.dev/v1', 'waybill.dev/v2'), /apiVersion/],
    ['an unknown mode', good.replace('enforce', 'enforced'), /mode/],
    ['two rules of one id', `${good}${ruleText('true')}`, /two rules/],
    ['a key twice', good.replace('mode: enforce', 'mode: enforce\nmode: observe'), /twice/],
    ['an alias', good.replace('enforce', '&m enforce\nmetadata2: *m'), /alias|metadata2/],
    ['a merge key', good.replace('mode: enforce', 'mode: enforce\n<<: {}'), /plain texts|<</],
    ['two documents', `${good}---\n${good}`, /document/],
    ['no rules', policyText('  []'), /rules/],
    ['an invalid effective date', `${good}    effectiveOn: soon\n`, /effectiveOn/],
    ['a tag of YAML', good.replace('mode: enforce', 'mode: !!binary ZQ=='), /tag|mode/],
  ])('refuses %s', (_, text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  it.each([
    ['scanAgeMax: forever', /scanAgeMax/],
    ['scanAgeMax: -1h', /scanAgeMax/],
    ['allowedRegistries: ["https://registry.example.com"]', /no registry/],
    ['allowedRegistries: ["registry"]', /no registry/],
    ['allowedRegistries: ["registry.example.com/shop:1.0"]', /no registry/],
    ['allowedRegistries: ["*"]', /no registry/],
    ['allowedLicenses: ["GPL"]', /no SPDX licence/],
    ['refusedLicenses: ["GPL"]', /no SPDX licence/],
    ['refusedLicenses: ["*"]', /no SPDX licence/],
    ['unknownSeverity: ignore', /unknownSeverity/],
  ])('refuses the parameter %s', (parameter, message) => {
    expect(refusal(policyText(ruleText('true'), `parameters: { ${parameter} }`))).toMatch(message);
  });

  it('refuses a document, rules and nesting over the limits, and accepts them at the limit', () => {
    const padded = (bytes: number): string => `${good}#${'x'.repeat(bytes - good.length - 1)}`;
    expect(refusal(padded(LIMITS.configBytesMax))).toBeNull();
    expect(refusal(padded(LIMITS.configBytesMax + 1))).toMatch(/too large/);
    const rules = (count: number): string =>
      policyText(
        Array.from({ length: count }, (_, at) =>
          ruleText('true').replace('id: r', `id: r${at}`),
        ).join(''),
      );
    expect(refusal(rules(LIMITS.policyRulesMax))).toBeNull();
    expect(refusal(rules(LIMITS.policyRulesMax + 1))).toMatch(/rules/);
    for (const deep of [
      '['.repeat(100_000),
      `a: ${'{a: '.repeat(50_000)}`,
      '- '.repeat(100_000),
      '? '.repeat(100_000),
    ]) {
      expect(refusal(deep)).not.toBeNull();
    }
  });

  it('has a digest that comments and layout do not change, but every word does', () => {
    const digest = (text: string): string => orThrow(parsePolicy(text)).digest;
    expect(digest(good)).toBe(
      digest(`# a comment\n${good.replace('mode: enforce', 'mode:   enforce')}`),
    );
    expect(digest(good)).not.toBe(digest(good.replace('revision: 1', 'revision: 2')));
  });

  it('gives a policy or a Failure for any text, and never throws', () => {
    const lines = good.split('\n');
    const mutated = fc
      .array(
        fc.tuple(
          fc.nat(lines.length),
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom('- ', ': ', '  a: [', '&x *x', '|', '>'),
          ),
        ),
      )
      .map((changes) => {
        const copy = [...lines];
        for (const [at, text] of changes) copy.splice(at, text.length % 2, text);
        return copy.join('\n');
      });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mutated), (text) => {
        const policy = parsePolicy(text);
        if (!policy.ok) {
          expect(policy.failure).toBeInstanceOf(Failure);
          expect(policy.failure.code).toBe('POLICY_INVALID');
        }
      }),
      { numRuns: 800 },
    );
  });
});
