import { describe, expect, it } from 'vitest';
import { cleanFacts, LOST, NOON, shopPolicy } from '../../../test/support/policy-facts.ts';
import type { RuleResult, Verdict } from '../../core/verdict.ts';
import type { DefaultParameters } from './default-policy.ts';
import { evaluate } from './evaluate.ts';
import { type ComponentFact, type Facts, makePartialList, makeUnknownFact } from './facts.ts';
import { SYSTEM_PACKAGE_TYPES } from './refused-licenses.ts';

const GONE = makeUnknownFact(LOST);

function release(changes: Partial<Facts>, parameters: DefaultParameters = {}): Verdict {
  const question = { gate: 'release', facts: cleanFacts(changes), now: NOON } as const;
  return evaluate(shopPolicy(parameters), question).verdict;
}

/** The rules that do not hold. */
function broken(of: Verdict): readonly RuleResult[] {
  return of.results.filter(({ outcome }) => outcome !== 'holds');
}

function ids(of: Verdict): readonly string[] {
  return broken(of).map(({ rule, outcome }) => `${rule} ${outcome}`);
}

describe('the licences that the default policy accepts', () => {
  const judgeLicenses = (
    type: string,
    licenses: ComponentFact['licenses'],
    parameters: DefaultParameters = {},
  ): Verdict => {
    const purl = `pkg:${type}/x@1`;
    const components = [{ purl, type, name: 'x', version: '1', licenses }];
    return release({ components }, parameters);
  };

  it('B24: every licence that is not refused is allowed; a list of them is stricter', () => {
    const decide = (one: string, allowedLicenses?: readonly string[]) =>
      judgeLicenses('npm', [one], allowedLicenses && { allowedLicenses }).decision;
    for (const one of ['MIT', 'CC-BY-4.0', 'CC-BY-SA-4.0', 'GPL-3.0-only', 'Sleepycat'])
      expect([one, decide(one), decide(one, ['ISC'])]).toEqual([one, 'allow', 'deny']);
    for (const one of ['AGPL-3.0-only', 'SSPL-1.0', 'CC-BY-NC-4.0', 'CC-BY-ND-4.0'])
      expect([one, decide(one), decide(one, [one])]).toEqual([one, 'deny', 'deny']);
    expect(decide('LicenseRef-house')).toBe('undetermined');
    expect(decide('LicenseRef-house', ['*', 'LicenseRef-house'])).toBe('allow');
  });

  it('B24: a refusal says which licence of which component, and why', () => {
    const said = (license: string, parameters: DefaultParameters = {}) =>
      broken(judgeLicenses('npm', [license], parameters))[0]?.message;
    expect(said('MIT AND AGPL-3.0-only')).toBe(
      'x 1 under MIT AND AGPL-3.0-only: AGPL-3.0-only is not accepted (network copyleft: who ' +
        'offers the program over a network must offer its source, and often more)',
    );
    expect(said('GPL-2.0-only', { allowedLicenses: ['MIT'] })).toBe(
      'x 1 under GPL-2.0-only: it is not on the list of allowed licences',
    );
  });

  it.each(SYSTEM_PACKAGE_TYPES)('B24: a %s package is judged by the licences it names', (type) => {
    const outcomes = (licenses: ComponentFact['licenses'], parameters?: DefaultParameters) =>
      ids(judgeLicenses(type, licenses, parameters));
    expect(outcomes(['GPL-2.0-or-later', 'LicenseRef-debian-public-domain'])).toEqual([]);
    expect(outcomes(['GPL-2.0-or-later'], { allowedLicenses: ['MIT'] })).toEqual([]);
    expect(outcomes(['LicenseRef-debian-x', 'AGPL-3.0-only'])).toEqual(['B24-licenses broken']);
    // Prose, which is known to name nothing, and is shown.
    expect(outcomes([])).toEqual(['B24-system-licenses-named broken']);
    // Not gathered, which is something else.
    const rules = ['B24-licenses undetermined', 'B24-system-licenses-named undetermined'];
    expect(outcomes(GONE)).toEqual(rules);
    const cut = makePartialList(['MIT'], LOST) as unknown as readonly string[];
    expect(outcomes(cut)).toContain('B24-licenses undetermined');
  });

  it('B24: packages of the operating system that name no licence are counted and named', () => {
    const names = ['adduser', 'apt', 'base-files'];
    const components = names.map((name, at) => ({
      purl: `pkg:deb/debian/${name}@1`,
      type: 'deb',
      name,
      version: '1',
      licenses: at === 0 ? ['GPL-2.0-only'] : [],
    }));
    const asked = release({ components });
    expect(asked.decision).toBe('allow');
    expect(broken(asked)).toMatchObject([
      {
        action: 'warn',
        message:
          '2 of 3 packages of the operating system name no licence that a program can read, so ' +
          'theirs was not judged: apt, base-files',
      },
    ]);
  });
});
