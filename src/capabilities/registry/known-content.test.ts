import { describe, expect, it } from 'vitest';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure, type FailureCode } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, orThrow } from '../../core/result.ts';
import { type KnownContent, withKnownContent } from './known-content.ts';
import { withPatience } from './patience.ts';
import type { ArtifactSource } from './port.ts';

const TYPE = 'application/vnd.oci.image.manifest.v1+json';
const BYTES = Buffer.from('{"schemaVersion":2}');
const WANTED = { mediaType: TYPE, digest: sha256(BYTES), size: BYTES.length };
const REPOSITORY = 'registry.example.com/shop/trips';
const REFERENCE = orThrow(parseImageReference(`${REPOSITORY}:1`));
const empty = { descriptors: [], complete: true, via: 'api' } as const;

/** A registry that has everything, counts its requests, and can be made to fail. */
function registry() {
  const asked: string[] = [];
  const state: { failure: FailureCode | null } = { failure: null };
  const answer = <T>(what: string, value: T) => {
    asked.push(what);
    const { failure } = state;
    return Promise.resolve(
      failure === null ? ok(value) : failed(new Failure(failure, 'no', 'Wait.')),
    );
  };
  const source: ArtifactSource = {
    resolve: () => answer('resolve', WANTED),
    manifest: () => answer('manifest', { descriptor: WANTED, bytes: BYTES }),
    blob: () => Promise.reject(new Error('not asked')),
    blobBytes: () => answer('blob', BYTES),
    referrers: () => answer('referrers', empty),
  };
  return { asked, state, source };
}

function known(): KnownContent & { readonly held: Map<string, Uint8Array> } {
  const held = new Map<string, Uint8Array>();
  const key = (digest: Digest, mediaType: string | null) => `${mediaType} ${digest}`;
  return {
    held,
    find: (digest, mediaType) => held.get(key(digest, mediaType)) ?? null,
    keep: (digest, mediaType, bytes) => void held.set(key(digest, mediaType), bytes),
  };
}

describe('O2: content that is known by digest', () => {
  it('is requested from the registry once; tags and referrers every time', async () => {
    const { asked, source } = registry();
    const first = withKnownContent(source, known());
    for (const round of [1, 2]) {
      expect(orThrow(await first.manifest(REPOSITORY, WANTED)).bytes).toEqual(BYTES);
      expect(orThrow(await first.blobBytes(REPOSITORY, WANTED, 100))).toEqual(BYTES);
      await first.resolve(REFERENCE);
      await first.referrers(REPOSITORY, WANTED.digest);
      expect(asked.filter((what) => what === 'resolve')).toHaveLength(round);
      expect(asked.filter((what) => what === 'referrers')).toHaveLength(round);
    }
    expect(asked.filter((what) => what === 'manifest' || what === 'blob')).toEqual([
      'manifest',
      'blob',
    ]);
  });

  it.each([
    ['other bytes of the same size', Buffer.from('{"schemaVersion":3}')],
    ['bytes that were cut off', BYTES.subarray(1)],
    ['nothing', Buffer.alloc(0)],
  ])('is requested from the registry again when the kept content is %s', async (_, bytes) => {
    const { asked, source } = registry();
    const content = known();
    content.keep(WANTED.digest, TYPE, bytes);
    content.keep(WANTED.digest, null, bytes);
    const wrapped = withKnownContent(source, content);
    expect(orThrow(await wrapped.manifest(REPOSITORY, WANTED)).bytes).toEqual(BYTES);
    expect(orThrow(await wrapped.blobBytes(REPOSITORY, WANTED, 100))).toEqual(BYTES);
    expect(asked).toEqual(['manifest', 'blob']);
  });

  it('is not used for another media type, for a digest alone, or over the limit', async () => {
    const { asked, source } = registry();
    const content = known();
    content.keep(WANTED.digest, TYPE, BYTES);
    content.keep(WANTED.digest, null, BYTES);
    const wrapped = withKnownContent(source, content);
    await wrapped.manifest(REPOSITORY, {
      ...WANTED,
      mediaType: 'application/vnd.oci.image.index.v1+json',
    });
    await wrapped.manifest(REPOSITORY, WANTED.digest);
    await wrapped.blobBytes(REPOSITORY, WANTED, BYTES.length - 1);
    expect(asked).toEqual(['manifest', 'manifest', 'blob']);
    await wrapped.blobBytes(REPOSITORY, WANTED, BYTES.length);
    expect(asked).toHaveLength(3);
  });

  it('is not kept when the registry failed', async () => {
    const { state, source } = registry();
    state.failure = 'NOT_FOUND';
    const content = known();
    const wrapped = withKnownContent(source, content);
    await wrapped.manifest(REPOSITORY, WANTED);
    await wrapped.blobBytes(REPOSITORY, WANTED, 100);
    expect(content.held.size).toBe(0);
  });
});

describe('O2: a registry that gives no answer', () => {
  const tryResolve = async (source: ArtifactSource, reference = REFERENCE) => {
    const answer = await source.resolve(reference);
    return answer.ok ? 'answered' : answer.failure.code;
  };

  it('is asked a few times and then less often, and every answer is a failure', async () => {
    let nowMs = 0;
    const { asked, state, source } = registry();
    const patient = withPatience(source, () => nowMs);
    state.failure = 'REGISTRY_UNREACHABLE';
    for (let at = 0; at < 1_000; at++)
      expect(await tryResolve(patient)).toBe('REGISTRY_UNREACHABLE');
    expect(asked).toHaveLength(LIMITS.auditSilentMax);
    nowMs = LIMITS.auditSilentMs;
    await tryResolve(patient);
    await tryResolve(patient);
    expect(asked).toHaveLength(LIMITS.auditSilentMax + 1);
    state.failure = null;
    expect(await tryResolve(patient)).toBe('REGISTRY_UNREACHABLE');
    nowMs *= 2;
    expect([await tryResolve(patient), await tryResolve(patient)]).toEqual([
      'answered',
      'answered',
    ]);
  });

  it('does not affect other registries, and a refusal counts as an answer', async () => {
    const { asked, state, source } = registry();
    const patient = withPatience(source, () => 0);
    state.failure = 'DEADLINE_EXCEEDED';
    for (let at = 0; at < 20; at++) await tryResolve(patient);
    expect(asked).toHaveLength(LIMITS.auditSilentMax);
    state.failure = 'REGISTRY_DENIED';
    const elsewhere = orThrow(parseImageReference('other.example.com/shop/trips:1'));
    for (let at = 0; at < 20; at++)
      expect(await tryResolve(patient, elsewhere)).toBe('REGISTRY_DENIED');
    expect(asked).toHaveLength(LIMITS.auditSilentMax + 20);
  });
});
