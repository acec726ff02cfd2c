import { expect, it } from 'vitest';
import { formatCount } from './count.ts';

it.each([
  [0, '0 components'],
  [1, '1 component'],
  [2, '2 components'],
])('%i and its noun agree in number', (count, text) => {
  expect(formatCount(count, 'component')).toBe(text);
});

it('a noun with an irregular plural is given with its plural', () => {
  expect(formatCount(1, 'library', 'libraries')).toBe('1 library');
  expect(formatCount(3, 'library', 'libraries')).toBe('3 libraries');
});
