import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../../test/support/certificates.ts';
import { orThrow } from '../../../core/result.ts';
import { parseSigningConfig } from './signing-config.ts';

const NOW = FIXTURE_NOW;
const span = (start: string, end?: string) => ({ start, ...(end === undefined ? {} : { end }) });
const service = (
  name: string,
  majorApiVersion: number,
  validFor: object = span('2026-01-01T00:00:00Z'),
  operator = name,
) => ({ url: `https://${name}.example.com/`, majorApiVersion, validFor, operator });
const CONFIG = {
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [service('fulcio', 1)],
  oidcUrls: [service('login', 1)],
  rekorTlogUrls: [service('first', 1), service('second', 2)],
  rekorTlogConfig: { selector: 'ANY' },
  tsaUrls: [service('tsa', 1)],
  tsaConfig: { selector: 'ANY' },
};
const parse = (change: object) => parseSigningConfig(JSON.stringify({ ...CONFIG, ...change }), NOW);
const listLogs = (rekorTlogUrls: object[], rekorTlogConfig: object) =>
  orThrow(parse({ rekorTlogUrls, rekorTlogConfig })).logs.map(
    ({ url }) => url.hostname.split('.')[0],
  );

describe('a signing configuration (SigningConfig 0.2)', () => {
  it('gives the services that are in force, of the highest version that is spoken', () => {
    const { authority, identityProvider, logs, timestampAuthorities } = orThrow(parse({}));
    expect([authority?.hostname, identityProvider?.hostname]).toEqual([
      'fulcio.example.com',
      'login.example.com',
    ]);
    expect(logs).toMatchObject([{ version: 2 }]);
    expect(timestampAuthorities).toHaveLength(1);
    expect(listLogs([service('a', 3), service('b', 1)], { selector: 'ANY' })).toEqual(['b']);
  });

  it.each<[string, object[], object, string[]]>([
    ['all', [service('a', 2), service('b', 2)], { selector: 'ALL' }, ['a', 'b']],
    ['so many', [service('a', 2), service('b', 2)], { selector: 'EXACT', count: 2 }, ['a', 'b']],
    [
      'the newest of an operator',
      [service('a', 2), service('b', 2, span('2026-02-01T00:00:00Z'), 'a')],
      { selector: 'ALL' },
      ['b'],
    ],
    [
      'none that has ended or has not begun',
      [
        service('a', 2, span('2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z')),
        service('b', 2, span('2027-01-01T00:00:00Z')),
        service('c', 1),
      ],
      { selector: 'ALL' },
      ['c'],
    ],
  ])('selects %s', (_, logs, config, expected) => {
    expect(listLogs(logs, config)).toEqual(expected);
  });

  it.each([
    ['of version 0.1', { mediaType: CONFIG.mediaType.replace('v0.2', 'v0.1') }],
    ['with fewer logs than it wants', { rekorTlogConfig: { selector: 'EXACT', count: 2 } }],
    ['without a log in force', { rekorTlogUrls: [service('a', 7)] }],
    ['with a selector of another kind', { tsaConfig: { selector: 'SOME' } }],
    ['with an address of a file', { caUrls: [{ ...service('a', 1), url: 'file:///etc/passwd' }] }],
    ['with a password', { caUrls: [{ ...service('a', 1), url: 'https://a:b@c.example.com' }] }],
    ['without a start', { caUrls: [service('a', 1, {})] }],
  ])('%s is refused', (_, change) => {
    expect(parse(change)).toMatchObject({ ok: false, failure: { code: 'TRUST_INVALID' } });
  });

  it('of any JSON is a value or a failure', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...Object.keys(CONFIG)), (value, name) => {
        const text = JSON.stringify({ ...CONFIG, [name]: JSON.parse(value) });
        expect(typeof parseSigningConfig(text, NOW).ok).toBe('boolean');
      }),
    );
  });
});
