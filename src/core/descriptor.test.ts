import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDescriptor, readTextRecord } from './descriptor.ts';
import { sha256 } from './digest.ts';
import type { JsonValue } from './json.ts';
import { orThrow } from './result.ts';

const WHOLE = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256('manifest'),
  size: 42,
  artifactType: 'application/vnd.cncf.notary.signature',
  annotations: { 'org.opencontainers.image.created': '2026-11-22T18:00:00Z' },
  platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
};
const tryParse = (value: JsonValue | undefined): string => {
  const parsed = parseDescriptor(value);
  return parsed.ok ? 'accepted' : parsed.failure.code;
};

describe('B20: an OCI descriptor', () => {
  it('is read with all that it says, and without what nobody defined', () => {
    expect(
      orThrow(parseDescriptor({ ...WHOLE, urls: ['https://registry.example.com/'], data: 'e30=' })),
    ).toEqual(WHOLE);
  });

  it('needs no more than type, digest and size', () => {
    const least = { mediaType: WHOLE.mediaType, digest: WHOLE.digest, size: 0 };
    expect(
      orThrow(parseDescriptor({ ...least, artifactType: '', platform: { os: 'linux' } })),
    ).toEqual(least);
  });

  it.each([
    ['a missing type', { mediaType: undefined }],
    ['an empty type', { mediaType: '' }],
    ['a type that is no text', { mediaType: 7 }],
    ['a missing digest', { digest: undefined }],
    ['a digest of a weak algorithm', { digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' }],
    ['a digest in a list', { digest: [WHOLE.digest] }],
    ['A7: a negative size', { size: -1 }],
    ['A7: a size that is no whole number', { size: 0.5 }],
    ['A7: a size past what a double counts', { size: 2 ** 53 }],
    ['A7: a size in a text', { size: '42' }],
    ['annotations that are no texts', { annotations: { a: 1 } }],
    ['annotations in a list', { annotations: ['a'] }],
  ] as readonly (readonly [string, Record<string, JsonValue | undefined>])[])(
    'with %s is refused',
    (_why, change) => {
      expect(tryParse({ ...WHOLE, ...change })).toBe('MALFORMED');
    },
  );

  it.each([undefined, null, [], 'text', 7])('%j is none', (value) => {
    expect(tryParse(value)).toBe('MALFORMED');
  });

  it('is read or refused, never a throw, whatever the JSON', () => {
    const member = fc.oneof(
      fc.jsonValue(),
      fc.constant(WHOLE.digest),
      fc.constant(42),
      fc.constant('text/plain'),
    );
    const shape = fc.record(
      { mediaType: member, digest: member, size: member, annotations: member, platform: member },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shape), (value) => {
        expect(['accepted', 'MALFORMED']).toContain(tryParse(value as JsonValue));
      }),
    );
  });
});

it('texts by key are undefined where absent and null where they are something else', () => {
  expect(readTextRecord(undefined)).toBeUndefined();
  expect(readTextRecord(null)).toBeUndefined();
  expect(readTextRecord({ a: 'b' })).toEqual({ a: 'b' });
  expect(readTextRecord({ a: null })).toBeNull();
});
