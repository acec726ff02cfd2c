import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateMarker } from './marker.ts';

const judge = (text: string, pythonVersion: string | null = '3.11'): boolean | null =>
  evaluateMarker(text, { pythonVersion });

describe('B2: a requirement of Python counts as its marker says', () => {
  it.each([
    ['python_version < "3.9"', false],
    ["python_version>='3.9'", true],
    ['"3.9" > python_version', false],
    ['"3.11" == python_version', true],
    ['python_version ~= "3.8"', true],
    ['python_version in "3.6 3.7"', false],
    ['python_version not in "3.6 3.7"', true],
    ['python_version < "3.9" and extra == "x"', false],
    ['python_version < "3.9" or extra == "x"', null],
    ['(python_version < "3.9" or python_version >= "3.10") and python_version != "3.12"', true],
    ['extra == "x"', null],
    ['sys_platform == "win32"', null],
    ['python_full_version < "3.11.4"', null],
  ])('%s is %s', (text, expected) => {
    expect(judge(text)).toBe(expected);
    expect(judge(`(${text})`)).toBe(expected);
  });

  it.each([
    '',
    'python_version',
    'python_version < ',
    'python_version < "3.9',
    'python_version < "3.9" and',
    'python_version < "3.9")',
    '(python_version < "3.9"',
    'python_version not < "3.9"',
    'python_version ; "3.9"',
    `${'('.repeat(60)}python_version < "3.9"${')'.repeat(60)}`,
  ])('%s says nothing', (text) => {
    expect(judge(text)).toBeNull();
  });

  it('and says nothing where the version is not known, and never throws', () => {
    expect(judge('python_version < "3.9"', null)).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => void judge(text)));
    const word = fc.constantFrom(
      '(',
      ')',
      'and',
      'or',
      'not',
      'in',
      '<',
      '"3.9"',
      'python_version',
    );
    fc.assert(fc.property(fc.array(word), (words) => void judge(words.join(' '))));
  });
});
