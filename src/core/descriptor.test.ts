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
  it('is read with all its defined members, and unknown members are dropped', () => {
    expect(
      orThrow(parseDescriptor({ ...WHOLE, urls: ['https://registry.example.com/'], data: 'e30=' })),
    ).toEqual(WHOLE);
  });

  it('needs only a type, a digest and a size', () => {
    const least = { mediaType: WHOLE.mediaType, digest: WHOLE.digest, size: 0 };
    expect(
      orThrow(parseDescriptor({ ...least, artifactType: '', platform: { os: 'linux' } })),
    ).toEqual(least);
  });

  it.each([
    ['a missing type', { mediaType: undefined }],
    ['an empty type', { mediaType: '' }],
    ['a type that is not a text', { mediaType: 7 }],
    ['a missing digest', { digest: undefined }],
    ['a digest of a weak algorithm', { digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' }],
    ['a digest in a list', { digest: [WHOLE.digest] }],
    ['A7: a negative size', { size: -1 }],
    ['A7: a size that is not a whole number', { size: 0.5 }],
    ['A7: a size too large for a double to count', { size: 2 ** 53 }],
    ['A7: a size in a text', { size: '42' }],
    ['annotations that are not texts', { annotations: { a: 1 } }],
    ['annotations in a list', { annotations: ['a'] }],
  ] as readonly (readonly [string, Record<string, JsonValue | undefined>])[])(
    'with %s is refused',
    (_why, change) => {
      expect(tryParse({ ...WHOLE, ...change })).toBe('MALFORMED');
    },
  );

  it.each([undefined, null, [], 'text', 7])('%j is not a descriptor', (value) => {
    expect(tryParse(value)).toBe('MALFORMED');
  });

  it('is read or refused for any JSON, and never throws', () => {
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

it('texts by key are undefined when absent and null when they are not texts', () => {
  expect(readTextRecord(undefined)).toBeUndefined();
  expect(readTextRecord(null)).toBeUndefined();
  expect(readTextRecord({ a: 'b' })).toEqual({ a: 'b' });
  expect(readTextRecord({ a: null })).toBeNull();
});
