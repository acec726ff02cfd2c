import { describe, expect, it } from 'vitest';
import { namesPackage } from './package-purl.ts';

describe('D8: a package that a person names', () => {
  const jinja = { name: 'Jinja2', version: '3.0.0', purl: 'pkg:pypi/jinja2@3.0.0' };
  const scoped = { name: '@shop/a', version: '1.0.0', purl: 'pkg:npm/%40shop/a@1.0.0' };

  it.each([
    ['Jinja2', jinja],
    ['Jinja2@3.0.0', jinja],
    // As its registry writes it, where the package itself writes it in another way.
    ['jinja2', jinja],
    ['jinja2@3.0.0', jinja],
    ['pkg:pypi/Jinja2', jinja],
    ['@shop/a', scoped],
    ['a', { name: 'A', version: null, purl: 'pkg:pypi/a' }],
  ])('%s', (asked, one) => {
    expect(namesPackage(asked, one)).toBe(true);
  });

  it.each([
    ['jinja2@3.0.1', jinja],
    ['jinja', jinja],
    ['pkg:npm/jinja2', jinja],
    // The last part of a name is another package.
    ['a', scoped],
    ['a@1.0.0', scoped],
    ['JINJA2', { ...jinja, purl: null }],
  ])('is not %s', (asked, one) => {
    expect(namesPackage(asked, one)).toBe(false);
  });
});
