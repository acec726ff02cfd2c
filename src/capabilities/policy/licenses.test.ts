import fc from 'fast-check';
import satisfies from 'spdx-satisfies';
import { describe, expect, it } from 'vitest';
import { judgeLicence } from './licenses.ts';

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
