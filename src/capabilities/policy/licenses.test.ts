import fc from 'fast-check';
import satisfies from 'spdx-satisfies';
import { describe, expect, it } from 'vitest';
import { judgeLicence, listRefusedLicences, namesRefusedLicence } from './licenses.ts';
import { explainRefusal, listRefused, REFUSED_LICENSES } from './refused-licenses.ts';

const cases: readonly (readonly [string, readonly string[], string])[] = [
  ['MIT', ['MIT'], 'allowed'],
  ['MIT', ['ISC'], 'refused'],
  ['MIT', [], 'refused'],
  ['MIT AND GPL-3.0-only', ['MIT'], 'refused'],
  ['MIT AND ISC', ['MIT', 'ISC'], 'allowed'],
  ['MIT OR GPL-3.0-only', ['MIT'], 'allowed'],
  ['GPL-3.0-only OR AGPL-3.0-only', ['MIT'], 'refused'],
  ['MIT OR ISC AND GPL-3.0-only', ['MIT'], 'allowed'],
  ['(MIT OR ISC) AND GPL-3.0-only', ['MIT'], 'refused'],
  ['GPL-2.0-only WITH Classpath-exception-2.0', ['GPL-2.0-only'], 'refused'],
  [
    'GPL-2.0-only WITH Classpath-exception-2.0',
    ['GPL-2.0-only WITH Classpath-exception-2.0'],
    'allowed',
  ],
  ['GPL-2.0-or-later', ['GPL-3.0-only'], 'allowed'],
  ['GPL-3.0-only', ['GPL-2.0-or-later'], 'allowed'],
  ['GPL-2.0-only', ['GPL-3.0-or-later'], 'refused'],
  ['LGPL-3.0', ['LGPL-2.0'], 'refused'],
  ['EUPL-1.2', ['EUPL-1.1'], 'refused'],
  ['LicenseRef-house', ['LicenseRef-house'], 'allowed'],
  ['LicenseRef-house', ['MIT'], 'refused'],
  ['mit', ['MIT'], 'allowed'],
  ['Apache 2.0', ['Apache-2.0'], 'allowed'],
  ['The Apache License, Version 2.0', ['Apache-2.0'], 'allowed'],
  ['Apache 2.0 or MIT', ['MIT'], 'allowed'],
  ['GPLv2', ['GPL-2.0-only'], 'allowed'],
  ['GPLv2', ['MIT'], 'refused'],
];

const unknown: readonly string[] = [
  '',
  ' ',
  'NOASSERTION',
  'NONE',
  'BSD',
  'GPL',
  'see LICENSE',
  'MIT AND proprietary',
  'proprietary OR secret',
  'MIT OR',
  'MIT ISC',
  '(MIT',
  'MIT)',
  'MIT) OR (ISC',
  '()',
  'AND',
  'MIT WITH nothing',
];

describe('licences', () => {
  it.each(cases)('B24: %s under the allow list %j is %s', (expression, allow, verdict) => {
    expect(judgeLicence(expression, allow)).toBe(verdict);
  });

  it.each(unknown)('B24: %j is unknown, neither allowed nor refused', (expression) => {
    expect(judgeLicence(expression, ['MIT', 'ISC'])).toBe('unknown');
  });

  it('B24: a known branch decides beside an unknown one if logic permits it', () => {
    expect(judgeLicence('MIT OR proprietary', ['MIT'])).toBe('allowed');
    expect(judgeLicence('GPL-3.0-only AND proprietary', ['MIT'])).toBe('refused');
  });

  it('B24: an allow list without any valid licence allows nothing', () => {
    for (const entry of ['', 'BSD', 'MIT OR ISC', 'NOASSERTION'])
      expect(judgeLicence('MIT', [entry]), entry).toBe('refused');
  });

  it('A hundred clauses and deep parentheses take no time; over the limit is unknown', () => {
    const clauses = (count: number): string =>
      Array(count).fill('(MIT OR Apache-2.0)').join(' AND ');
    expect(judgeLicence(clauses(100), ['MIT'])).toBe('allowed');
    expect(judgeLicence(clauses(1_000), ['MIT'])).toBe('unknown');
    const nested = (depth: number): string => `${'('.repeat(depth)}MIT OR ISC${')'.repeat(depth)}`;
    expect(judgeLicence(nested(32), ['MIT'])).toBe('allowed');
    expect(judgeLicence(nested(33), ['MIT'])).toBe('unknown');
  });

  const ids = fc.constantFrom(
    'MIT',
    'ISC',
    'Apache-2.0',
    'BSD-3-Clause',
    'Zlib',
    'GPL-2.0-only',
    'GPL-3.0-or-later',
  );
  const expressions = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      ids,
      fc
        .tuple(tie('expression'), fc.constantFrom('AND', 'OR'), tie('expression'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
    ),
  })).expression;

  it('B24: agrees with spdx-satisfies where spdx-satisfies is right', () => {
    fc.assert(
      fc.property(expressions, fc.uniqueArray(ids), (expression, allow) => {
        fc.pre(expression.length < 300);
        expect(judgeLicence(expression, allow)).toBe(
          satisfies(expression, allow) ? 'allowed' : 'refused',
        );
      }),
    );
  });

  it('Nothing that a package can declare throws, and nothing is allowed by an empty list', () => {
    const pieces = fc.constantFrom(
      'MIT',
      'AND',
      'OR',
      'WITH',
      '(',
      ')',
      '+',
      'LicenseRef-',
      'DocumentRef-a:',
      ':',
      'x',
      ' ',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 20 }).map((list) => list.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(['refused', 'unknown']).toContain(judgeLicence(text, []));
        expect(['allowed', 'refused', 'unknown']).toContain(judgeLicence(text, ['MIT']));
      }),
      { numRuns: 1_000 },
    );
  });
});

const DEFAULT = listRefused();

/** An expression, and what the default lists say of it. */
const byDefault: readonly (readonly [string, string])[] = [
  ['MIT', 'allowed'],
  ['GPL-3.0-or-later', 'allowed'],
  ['LGPL-2.1-only', 'allowed'],
  ['Sleepycat', 'allowed'],
  ['AGPL-3.0-only', 'refused'],
  ['AGPL-3.0-or-later', 'refused'],
  ['AGPL-3.0', 'refused'],
  ['AGPL-3.0+', 'refused'],
  ['AGPL-1.0-only', 'refused'],
  ['agpl-3.0-only', 'refused'],
  ['AGPLv3', 'refused'],
  ['AGPL-3+', 'refused'],
  ['GNU Affero General Public License v3.0', 'refused'],
  ['GNU Affero General Public License v3 or later', 'refused'],
  ['SSPL-1.0', 'refused'],
  ['Server Side Public License, v 1', 'refused'],
  ['BUSL-1.1', 'refused'],
  ['Business Source License 1.1', 'refused'],
  ['BSL-1.0', 'allowed'],
  ['BSL 1.1', 'refused'],
  ['Elastic License 2.0', 'refused'],
  ['EUPL-1.2', 'refused'],
  ['OSL-3.0', 'refused'],
  ['CC-BY-4.0', 'allowed'],
  ['CC-BY-SA-4.0', 'allowed'],
  ['CC-BY-NC-3.0-DE', 'refused'],
  ['CC-BY-NC-SA-4.0', 'refused'],
  ['CC-BY-ND-2.5', 'refused'],
  ['MIT OR AGPL-3.0-only', 'allowed'],
  ['AGPL-3.0-only OR SSPL-1.0', 'refused'],
  ['MIT AND AGPL-3.0-only', 'refused'],
  ['MIT AND (Apache-2.0 OR BUSL-1.1)', 'allowed'],
  ['MIT AND (AGPL-3.0-only OR BUSL-1.1)', 'refused'],
  ['GPL-2.0-only WITH Classpath-exception-2.0', 'allowed'],
  ['AGPL-3.0-only WITH GCC-exception-3.1', 'refused'],
  ['AGPL-3.0-only WITH an-exception-of-nobody', 'refused'],
  ['LicenseRef-debian-AGPL-3-or-later-with-OpenSSL-exception', 'refused'],
  ['LicenseRef-house', 'unknown'],
  ['MIT OR LicenseRef-house', 'allowed'],
  ['MIT AND LicenseRef-house', 'unknown'],
  ['AGPL-3.0-only AND LicenseRef-house', 'refused'],
  ['AGPL-3.0-only OR LicenseRef-house', 'unknown'],
  ['see LICENSE', 'unknown'],
  ['UNLICENSED', 'unknown'],
];

describe('B24: what the default policy refuses', () => {
  it.each(byDefault)('%s is %s', (expression, verdict) => {
    expect(judgeLicence(expression, ['*'], DEFAULT)).toBe(verdict);
  });

  it('names a refused licence only where no choice is left, as far as it is understood', () => {
    const stated = byDefault.filter(([text]) => namesRefusedLicence(text, DEFAULT));
    expect(stated.map(([text]) => text)).toEqual(
      byDefault.filter(([, verdict]) => verdict === 'refused').map(([text]) => text),
    );
    expect(namesRefusedLicence('AGPL-3.0-only AND as the file says', DEFAULT)).toBe(true);
    expect(namesRefusedLicence('AGPL-3.0-only OR as the file says', DEFAULT)).toBe(false);
  });

  it.each([
    ['GPL-2.0-only', ['GPL-2.0-only'], 'refused'],
    ['GPL-2.0-or-later', ['GPL-2.0-only'], 'allowed'],
    ['GPL-2.0-or-later', ['GPL-2.0-or-later'], 'refused'],
    ['GPL-3.0-only', ['GPL-2.0-or-later'], 'refused'],
    ['GPL-2.0-only', ['GPL-3.0-or-later'], 'allowed'],
    ['GPL-3.0-or-later', ['GPL-3.0-only'], 'refused'],
    ['LicenseRef-house', ['LicenseRef-house'], 'refused'],
    ['GPL-2.0-only WITH Classpath-exception-2.0', ['GPL-2.0-only'], 'refused'],
    ['GPL-2.0-only', ['GPL-2.0-only WITH Classpath-exception-2.0'], 'allowed'],
  ] as const)('%s, where %j is refused, is %s', (expression, refuse, verdict) => {
    expect(judgeLicence(expression, ['*'], refuse)).toBe(verdict);
  });

  it('an exception that is allowed by its name is, unless it is refused by its name', () => {
    const java = 'GPL-2.0-only WITH Classpath-exception-2.0';
    expect(judgeLicence(java, ['*', java], ['GPL-2.0-only'])).toBe('allowed');
    expect(judgeLicence('GPL-2.0-only', ['*', java], ['GPL-2.0-only'])).toBe('refused');
    expect(judgeLicence(java, ['*', java], [java])).toBe('refused');
  });

  it('a licence that is allowed and refused by its name is refused', () => {
    expect(judgeLicence('MIT', ['MIT'], ['MIT'])).toBe('refused');
    expect(judgeLicence('BUSL-1.1 OR GPL-3.0-only', ['BUSL-1.1'], ['BUSL-1.1'])).toBe('refused');
  });

  it('a licence of a name of its own is allowed once it is named', () => {
    expect(judgeLicence('LicenseRef-house', ['*', 'LicenseRef-house'], DEFAULT)).toBe('allowed');
  });

  it('nothing needs to be known where every licence is accepted', () => {
    expect(judgeLicence('see LICENSE', ['*'])).toBe('allowed');
    expect(judgeLicence('see LICENSE', ['*'], ['MIT'])).toBe('unknown');
  });

  it('each entry is a licence of the SPDX list, refuses itself and has a reason', () => {
    expect(new Set(DEFAULT).size).toBe(DEFAULT.length);
    for (const { kind, reason, licenses } of REFUSED_LICENSES)
      for (const license of licenses) {
        expect([license, judgeLicence(license, [license])]).toEqual([license, 'allowed']);
        expect([license, judgeLicence(license, ['*'], DEFAULT)]).toEqual([license, 'refused']);
        expect(explainRefusal([license], DEFAULT)).toBe(
          `${license} is not accepted (${kind}: ${reason})`,
        );
      }
  });

  it('the reason names the licence that is refused, or says that it is on no list', () => {
    expect(listRefusedLicences('MIT AND (AGPL-3.0-only OR SSPL-1.0)', DEFAULT)).toEqual([
      'AGPL-3.0-only',
      'SSPL-1.0',
    ]);
    expect(explainRefusal(['GPL-3.0-only'], ['GPL-3.0-only'])).toBe(
      'GPL-3.0-only is not accepted (this policy refuses it)',
    );
    expect(explainRefusal(['GPL-3.0-only'], DEFAULT)).toBe(
      'it is not on the list of allowed licences',
    );
  });

  it('foundation 1: less of an expression that is understood never allows more', () => {
    const part = fc.constantFrom('MIT', 'AGPL-3.0-only', 'LicenseRef-x', 'GPL-2.0-or-later');
    const whole = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        part,
        fc
          .tuple(tie('expression'), fc.constantFrom('AND', 'OR'), tie('expression'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
      ),
    })).expression;
    fc.assert(
      fc.property(whole, part, (expression, lost) => {
        if (judgeLicence(expression, ['*'], DEFAULT) === 'allowed') return;
        const less = expression.replace(lost, 'prose');
        expect(judgeLicence(less, ['*'], DEFAULT)).not.toBe('allowed');
      }),
    );
  });
});
