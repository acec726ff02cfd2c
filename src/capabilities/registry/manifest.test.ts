import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Descriptor, Platform } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { buildImageManifest, buildIndex, EMPTY_CONTENT, toContent } from './build.ts';
import { type IndexManifest, parseManifest, readArtifactType } from './manifest.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from './media-types.ts';
import { formatPlatform, parsePlatform, selectPlatform } from './platform.ts';
import {
  addReferrer,
  boundReferrers,
  buildReferrersIndex,
  formatReferrersTag,
  parseReferrers,
  toReferrer,
} from './referrers.ts';
import { verifyStream } from './verified-stream.ts';

const descriptor = { mediaType: 'text/plain', digest: sha256('x'), size: 1 };
const image = {
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: descriptor,
  layers: [descriptor],
};
const index = {
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [{ ...descriptor, mediaType: OCI_MANIFEST }],
};

function encodeJson(json: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

const parse = (json: unknown, contentType: string | null = null) =>
  parseManifest(encodeJson(json), contentType);

describe('a manifest', () => {
  it.each<[string, unknown, string | null]>([
    ['an OCI image', image, OCI_MANIFEST],
    ['an OCI index', index, `${OCI_INDEX}; charset=utf-8`],
    ['a Docker image', { ...image, mediaType: DOCKER_MANIFEST }, DOCKER_MANIFEST],
    ['a Docker list', { ...index, mediaType: DOCKER_LIST }, DOCKER_LIST],
    ['an image that does not name its type', { ...image, mediaType: undefined }, OCI_MANIFEST],
    ['an image without a type from anywhere', { ...image, mediaType: undefined }, null],
    ['unknown members', { ...image, 'org.example': { Layers: 1 } }, null],
  ])('is read: %s', (_, json, type) => {
    expect(toCode(parse(json, type))).toBe('ok');
  });

  it.each<[string, unknown, string | null, string]>([
    ['its type contradicts the Content-Type', image, OCI_INDEX, 'MALFORMED'],
    ['it has manifests beside layers', { ...image, manifests: [] }, null, 'MALFORMED'],
    ['it is an index with layers', { ...index, layers: [] }, null, 'MALFORMED'],
    ['it is an index with a config', { ...index, config: descriptor }, null, 'MALFORMED'],
    ['it has the layers of schema 1', { ...image, fsLayers: [] }, null, 'MALFORMED'],
    ['A24: a second member differs in case only', { ...image, Layers: [] }, null, 'MALFORMED'],
    [
      'A24: in a descriptor too',
      { ...image, config: { ...descriptor, Digest: descriptor.digest } },
      null,
      'MALFORMED',
    ],
    ['schemaVersion is 1', { ...image, schemaVersion: 1 }, null, 'MALFORMED'],
    ['the config is missing', { ...image, config: undefined }, OCI_MANIFEST, 'MALFORMED'],
    ['layers are not a list', { ...image, layers: {} }, null, 'MALFORMED'],
    ['a size is negative', { ...image, layers: [{ ...descriptor, size: -1 }] }, null, 'MALFORMED'],
    [
      'a size is not a whole number',
      { ...image, layers: [{ ...descriptor, size: 1.5 }] },
      null,
      'MALFORMED',
    ],
    [
      'a size is too large for a number to count',
      { ...image, layers: [{ ...descriptor, size: 1e300 }] },
      null,
      'MALFORMED',
    ],
    [
      'A15: a digest is a path',
      { ...image, config: { ...descriptor, digest: 'sha256:../../x' } },
      null,
      'MALFORMED',
    ],
    ['the subject is not a descriptor', { ...image, subject: 'sha256:x' }, null, 'MALFORMED'],
    ['annotations are not texts', { ...image, annotations: { a: 1 } }, null, 'MALFORMED'],
    ['it is a list', [], null, 'MALFORMED'],
    ['its type is that of a layer', image, 'application/octet-stream', 'MALFORMED'],
    ['its type is unknown', { schemaVersion: 2, mediaType: 'application/x' }, null, 'UNSUPPORTED'],
  ])('is refused when %s', (_, json, type, code) => {
    expect(toCode(parse(json, type))).toBe(code);
  });

  it('A6: is read with 1,000 layers and refused with 1,001', () => {
    for (const [count, code] of [
      [LIMITS.layersMax, 'ok'],
      [LIMITS.layersMax + 1, 'LIMIT_EXCEEDED'],
    ] as const) {
      expect(toCode(parse({ ...image, layers: Array(count).fill(descriptor) }))).toBe(code);
      expect(toCode(parse({ ...index, manifests: Array(count).fill(descriptor) }))).toBe(code);
    }
  });

  it('N2: has the type of its config when it names no type; an index then has no type', () => {
    const typeManifest = (json: unknown) => readArtifactType(orThrow(parse(json)));
    expect(typeManifest({ ...image, artifactType: 'application/x' })).toBe('application/x');
    expect([typeManifest(image), typeManifest({ ...image, artifactType: '' })]).toEqual([
      'text/plain',
      'text/plain',
    ]);
    expect(typeManifest(index)).toBeNull();
  });

  it('of Docker has no subject, even if it names one: its schema has none', () => {
    const parsed = orThrow(parse({ ...image, mediaType: DOCKER_MANIFEST, subject: descriptor }));
    expect(parsed.subject).toBeNull();
    expect(orThrow(parse({ ...image, subject: descriptor })).subject).toEqual(descriptor);
  });

  it('that we build is read back, and equal parts give equal bytes', () => {
    const parts = {
      config: descriptor,
      layers: [descriptor],
      annotations: { b: '1', a: '2' },
      subject: descriptor,
    };
    const built = buildImageManifest(parts);
    expect(buildImageManifest({ ...parts, annotations: { a: '2', b: '1' } }).descriptor).toEqual(
      built.descriptor,
    );
    expect(orThrow(parseManifest(built.bytes, OCI_MANIFEST))).toMatchObject({
      kind: 'image',
      ...parts,
    });
  });

  it('gives a Result for any bytes, JSON and mutations, and never throws', () => {
    const start = Buffer.from(encodeJson(image));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(start.length - 1),
        fc.option(fc.string()),
        (noise, at, type) => {
          const mutated = Buffer.concat([
            start.subarray(0, at),
            noise,
            start.subarray(at + (noise.length % 7)),
          ]);
          for (const bytes of [noise, mutated])
            expect(typeof parseManifest(bytes, type).ok).toBe('boolean');
        },
      ),
    );
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(null, OCI_MANIFEST, OCI_INDEX), (json, type) => {
        expect(typeof parseManifest(new TextEncoder().encode(json), type).ok).toBe('boolean');
      }),
    );
  });

  it('is refused or keeps well-formed digests, whatever replaces one member', () => {
    const keys = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'subject',
      'annotations',
      'artifactType',
    );
    fc.assert(
      fc.property(keys, fc.jsonValue(), (key, value) => {
        const parsed = parse({ ...image, [key]: value as JsonValue });
        if (parsed.ok && parsed.value.kind === 'image')
          expect(parsed.value.config.digest).toBe(descriptor.digest);
      }),
    );
  });
});

describe('a platform', () => {
  const linux = (architecture: string, variant?: string): Platform => ({
    os: 'linux',
    architecture,
    ...(variant === undefined ? {} : { variant }),
  });
  const makeIndex = (...platforms: (Platform | null)[]): IndexManifest => {
    const manifests: Descriptor[] = platforms.map((platform, at) => ({
      mediaType: OCI_MANIFEST,
      digest: sha256(`${at}`),
      size: 1,
      ...(platform === null ? {} : { platform }),
    }));
    const parsed = orThrow(parseManifest(buildIndex({ manifests }).bytes, OCI_INDEX));
    if (parsed.kind !== 'index') throw new Error('not an index');
    return parsed;
  };

  it.each<[string, IndexManifest, Platform, string]>([
    ['the requested one', makeIndex(linux('amd64'), linux('arm64')), linux('arm64'), sha256('1')],
    [
      'arm64 for arm64/v8',
      makeIndex(linux('amd64'), linux('arm64')),
      linux('arm64', 'v8'),
      sha256('1'),
    ],
    [
      'the variant',
      makeIndex(linux('arm', 'v6'), linux('arm', 'v7')),
      linux('arm', 'v7'),
      sha256('1'),
    ],
    ...[linux('arm64', 'v8'), linux('arm64')].map(
      (wanted, at): [string, IndexManifest, Platform, string] => [
        `truth A14: of arm64 and arm64/v8 the one that is written so (${at})`,
        makeIndex(linux('arm64'), linux('arm64', 'v8')),
        wanted,
        sha256(wanted.variant === undefined ? '0' : '1'),
      ],
    ),
    [
      'no attestation',
      makeIndex({ os: 'unknown', architecture: 'unknown' }, linux('amd64')),
      linux('amd64'),
      sha256('1'),
    ],
    [
      'NOT_FOUND for another platform',
      makeIndex(linux('amd64'), null),
      linux('s390x'),
      'NOT_FOUND',
    ],
    [
      'MALFORMED when two fit',
      makeIndex(linux('arm', 'v6'), linux('arm', 'v7')),
      linux('arm'),
      'MALFORMED',
    ],
    [
      'MALFORMED when one is listed twice',
      makeIndex(linux('amd64'), linux('amd64')),
      linux('amd64'),
      'MALFORMED',
    ],
  ])('of an index gives %s', (_, from, wanted, expected) => {
    const selected = selectPlatform(from, wanted);
    expect(selected.ok ? selected.value.digest : selected.failure.code).toBe(expected);
  });

  it('of a nested index is not followed', () => {
    const nested = buildIndex({
      manifests: [{ ...descriptor, mediaType: OCI_INDEX, platform: linux('amd64') }],
    });
    const parsed = orThrow(parseManifest(nested.bytes, OCI_INDEX));
    expect(parsed.kind === 'index' ? toCode(selectPlatform(parsed, linux('amd64'))) : '').toBe(
      'UNSUPPORTED',
    );
  });

  it('is read in its short form and written back alike, and any text gives a Result', () => {
    expect(orThrow(parsePlatform('linux/x86_64'))).toEqual(linux('amd64'));
    expect(toCode(parsePlatform('linux'))).toBe('MALFORMED');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'linuxarm64v8/_. A') }), (text) => {
        const platform = parsePlatform(text);
        if (platform.ok)
          expect(orThrow(parsePlatform(formatPlatform(platform.value)))).toEqual(platform.value);
      }),
    );
  });
});

describe('a referrers list', () => {
  it('N7: has the fallback tag of the specification, cut for longer digests', () => {
    expect(formatReferrersTag(sha256('x'))).toBe(`sha256-${sha256('x').slice(7)}`);
    const long = `sha512:${'ab'.repeat(64)}` as typeof descriptor.digest;
    expect(formatReferrersTag(long)).toBe(`sha512-${'ab'.repeat(32)}`);
  });

  it('S17: takes the type and all annotations from the manifest, not from the listing', () => {
    const annotations = { 'org.example.a': '1', 'org.example.b': '2' };
    const manifest = orThrow(parse({ ...image, artifactType: 'application/x', annotations }));
    const listed = { ...descriptor, artifactType: OCI_EMPTY, annotations: { forged: 'yes' } };
    expect(toReferrer(listed, manifest)).toEqual({
      ...descriptor,
      artifactType: 'application/x',
      annotations,
    });
  });

  it('contains each digest once, with the newer entry', () => {
    const newer = { ...descriptor, artifactType: 'application/x' };
    expect(addReferrer([descriptor, { ...descriptor, digest: sha256('y') }], newer)).toEqual([
      newer,
      { ...descriptor, digest: sha256('y') },
    ]);
  });

  it('is cut at the limit and says so; repeated entries do not count', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ ...descriptor, digest: sha256(`${at}`) }));
    expect(boundReferrers(many(LIMITS.referrersMax), true, 'api').complete).toBe(true);
    expect(boundReferrers(many(LIMITS.referrersMax + 1), true, 'api').complete).toBe(false);
    expect(boundReferrers([...many(LIMITS.referrersMax), ...many(5)], true, 'api').complete).toBe(
      true,
    );
    expect(boundReferrers([], false, 'layout').complete).toBe(false);
  });

  it('is read back as it was built, and a Docker list is not a referrers list', () => {
    const entries = [{ ...descriptor, annotations: { b: '1' }, artifactType: 'application/x' }];
    expect(orThrow(parseReferrers(buildReferrersIndex(entries), OCI_INDEX)).manifests).toEqual(
      entries,
    );
    expect(
      toCode(parseReferrers(encodeJson({ ...index, mediaType: DOCKER_LIST }), DOCKER_LIST)),
    ).toBe('MALFORMED');
  });
});

describe('a verified stream', () => {
  const read = async (chunks: Uint8Array[], promised: Descriptor) => {
    const got: Uint8Array[] = [];
    const source = (async function* () {
      yield* chunks;
    })();
    try {
      for await (const chunk of verifyStream(source, promised)) got.push(chunk);
      return Buffer.concat(got).toString();
    } catch (thrown) {
      return `${(thrown as { code: string }).code} after ${Buffer.concat(got).toString()}`;
    }
  };
  const text = toContent('text/plain', Buffer.from('abc')).descriptor;

  it.each([
    [['ab', 'c'], 'abc'],
    [['ab', 'c', ''], 'abc'],
    [['ab'], 'DIGEST_MISMATCH after ab'],
    [['ab', 'x'], 'DIGEST_MISMATCH after ab'],
    [['ab', 'cd'], 'DIGEST_MISMATCH after ab'],
    [['ab', 'c', 'd'], 'DIGEST_MISMATCH after abc'],
    [[], 'DIGEST_MISMATCH after '],
  ])('A7: of the chunks %j gives %s', async (chunks, expected) => {
    expect(
      await read(
        chunks.map((chunk) => Buffer.from(chunk)),
        text,
      ),
    ).toBe(expected);
  });

  it('without bytes is the empty content, and is refused under another digest', async () => {
    expect(await read([], toContent('text/plain', new Uint8Array()).descriptor)).toBe('');
    expect(await read([], { ...EMPTY_CONTENT.descriptor, size: 0 })).toContain('DIGEST_MISMATCH');
  });
});
