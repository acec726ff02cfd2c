import { describe, expect, it } from 'vitest';
import { compileExpression, evaluateExpression } from './compile.ts';
import { Run } from './run.ts';
import { CelError } from './value.ts';

/** The answers of cel-go 0.26.1. */
function answer(text: string): unknown {
  const compiled = compileExpression(text, { variables: {} });
  if (!compiled.ok) return 'refused';
  const slots = Array.from({ length: compiled.value.slots }, () => null);
  const value = evaluateExpression(compiled.value, new Run(slots, 0));
  return value instanceof CelError ? 'error' : value;
}

describe('CEL as cel-go has it', () => {
  it.each([
    ["timestamp('2023-02-29T00:00:00Z') == timestamp('2023-03-01T00:00:00Z')", 'error'],
    ["timestamp('2024-02-29T00:00:00Z') < timestamp('2024-03-01T00:00:00Z')", true],
    ["timestamp('2023-02-30T00:00:00Z') == timestamp('2023-03-02T00:00:00Z')", 'error'],
    ["timestamp('2023-04-31T00:00:00+02:00') == timestamp(0)", 'error'],
    ["timestamp('2023-04-30T00:00:00+02:00') == timestamp('2023-04-29T22:00:00Z')", true],
    ["timestamp('2023-01-01T24:00:00Z') == timestamp('2023-01-02T00:00:00Z')", 'error'],
    ["timestamp('2023-01-01T23:59:60Z') == timestamp('2023-01-02T00:00:00Z')", 'error'],
    ["timestamp('2023-12-31T23:59:59.5Z').getFullYear() == 2023", true],
  ])('C26: a date that the calendar has not is an error: %s', (text, wanted) => {
    expect(answer(text)).toBe(wanted);
  });

  it.each([
    "'\\d' == 'd'",
    "'\\z' == 'z'",
    "'\\8' == '8'",
    "'\\400' == ''",
    "'\\u12' == ''",
    "b'\\d' == b'd'",
    "'''\\q''' == 'q'",
    '"a".matches("\\d")',
  ])('C26: an escape that there is not is refused when the policy is loaded: %s', (text) => {
    expect(answer(text)).toBe('refused');
  });

  it.each(["r'\\d' == '\\\\d'", "'\\x41\\101\\u0041' == 'AAA'", '"5".matches(r"\\d")'])(
    'C26: an escape that there is, and a raw text, are read: %s',
    (text) => {
      expect(answer(text)).toBe(true);
    },
  );

  it.each([
    ["double(' 1') == 1.0", 'error'],
    ["double('1 ') == 1.0", 'error'],
    ["double('') == 0.0", 'error'],
    ["double('0x10') == 16.0", 'error'],
    ["double('0b1') == 1.0", 'error'],
    ["double('1e400') == 1.0", 'error'],
    ["double('+1.5e1') == 15.0", true],
    ["double('.5') == 0.5 && double('5.') == 5.0", true],
    ["double('-inf') < double('Infinity')", true],
    ["double('nan') == double('NaN')", false],
    ["timestamp('2023-01-01T00:00:00Z').getHours('Etc/GMT+5') == 19", true],
    ["timestamp('2023-01-01T00:00:00Z').getHours('Etc/GMT+55') == 19", 'error'],
    ['dyn(null) == null', true],
  ])('C26: conversions and time zones: %s', (text, wanted) => {
    expect(answer(text)).toBe(wanted);
  });
});
