import { beforeAll, expect, it } from 'vitest';
import { FIXTURE_NOW, type TestKey, testKey } from '../../../test/support/certificates.ts';
import {
  type ArtifactTarget,
  buildImageManifest,
  EMPTY_CONTENT,
  toContent,
} from '../../capabilities/registry/index.ts';
import { sha256 } from '../../core/digest.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import { pushCosignSignature } from './sign-sigstore.ts';

const subject = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256('image'),
  size: 7,
};
let key: TestKey;
beforeAll(async () => {
  key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
});

/** A registry whose tag has this many signatures, or cannot be read. */
async function push(signatures: number | 'unreadable'): Promise<{
  readonly result: Result<unknown>;
  readonly pushed: readonly string[];
}> {
  const count = signatures === 'unreadable' ? 0 : signatures;
  const layers = Array.from({ length: count }, (_, at) => toContent('x', Buffer.from(`${at}`)));
  const parts = { config: EMPTY_CONTENT.descriptor, layers: layers.map((one) => one.descriptor) };
  const manifest = buildImageManifest(parts);
  const pushed: string[] = [];
  const client: Partial<ArtifactTarget> = {
    resolve: async () =>
      signatures === 'unreadable'
        ? fail('REGISTRY_UNREACHABLE', 'it is gone', 'Try again.')
        : ok(manifest.descriptor),
    manifest: async () => ok(manifest),
    pushBlob: async (_, content) => ok(content.descriptor),
    pushManifest: async (_, { descriptor }, tag) => {
      pushed.push(tag ?? '');
      return ok(descriptor);
    },
  };
  const result = await pushCosignSignature({
    client: client as ArtifactTarget,
    reference: orThrow(parseImageReference('registry.example.com/shop/trips:1')),
    subject,
    terms: { key, signer: 'key', services: null },
    signedAt: FIXTURE_NOW,
    options: {},
  });
  return { result, pushed };
}

it('S4: a signature is added under the tag of cosign, up to as many as are examined', async () => {
  const most = await push(LIMITS.signaturesMax - 1);
  expect([most.result.ok, most.pushed]).toEqual([
    true,
    [`sha256-${subject.digest.slice('sha256:'.length)}.sig`],
  ]);
  const over = await push(LIMITS.signaturesMax);
  expect(over).toMatchObject({ result: { failure: { code: 'LIMIT_EXCEEDED' } }, pushed: [] });
});

it('a tag that cannot be read is not replaced by one with a single signature', async () => {
  const { result, pushed } = await push('unreadable');
  expect(result).toMatchObject({ failure: { code: 'REGISTRY_UNREACHABLE' } });
  expect(pushed).toEqual([]);
});
