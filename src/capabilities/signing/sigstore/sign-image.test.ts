import { createPublicKey } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import {
  FIXTURE_NOW,
  fixedKey,
  type TestKey,
  testKey,
} from '../../../../test/support/certificates.ts';
import { sha256 } from '../../../core/digest.ts';
import { orThrow } from '../../../core/result.ts';
import type { SigningKey } from '../keys/port.ts';
import { parseBundle } from './bundle.ts';
import { parseCosignLayer, SIMPLE_SIGNING_TYPE } from './cosign-layer.ts';
import { signBundle, signSimpleText } from './sign-image.ts';
import { checkSimpleSigning } from './simple-signing.ts';
import { verifyBundle } from './verify-bundle.ts';

const PAYLOAD = Buffer.from('{"a":1}');
const TYPE = 'application/vnd.in-toto+json';
const REPOSITORY = 'registry.example.com/shop/trips';
let key: TestKey;
beforeAll(async () => {
  key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
});

const byKey = (one: SigningKey) => ({ key: one, signer: 'key' as const, services: null });

function verify(read: ReturnType<typeof parseBundle>, artifact: Uint8Array | null) {
  if (!read.ok) throw new Error(read.reason.message);
  return verifyBundle({
    bundle: read.value,
    format: 'sigstore-bundle',
    artifact,
    checkContent: (content) =>
      content.kind === 'message' ? checkSimpleSigning(content.bytes, sha256('image')) : [],
    trust: { roots: new Map(), keys: [createPublicKey(key.privateKey)] },
    now: FIXTURE_NOW,
  });
}

it('S2, S12: a bundle that we sign counts by the key, and names it by a hint', async () => {
  const bytes = orThrow(await signBundle(TYPE, PAYLOAD, byKey(key)));
  expect(verify(parseBundle(bytes), null)).toMatchObject({ kind: 'trusted', signer: { logs: 0 } });
  const { verificationMaterial: material } = JSON.parse(Buffer.from(bytes).toString());
  expect(Buffer.from(material.publicKey.hint, 'base64')).toHaveLength(32);
});

it('S4, S5: an older signature that we make counts by the key', async () => {
  const layer = orThrow(await signSimpleText(sha256('image'), REPOSITORY, byKey(key)));
  expect(layer.mediaType).toBe(SIMPLE_SIGNING_TYPE);
  expect(verify(parseCosignLayer(layer), layer.bytes).kind).toBe('trusted');
});

it('a key that other tools of sigstore would read in another way signs nothing', async () => {
  const large = await testKey({
    subject: 'CN=large,O=Shop,ST=WA,C=US',
    key: fixedKey('large', 'P-384'),
  });
  const whole = { ...key, makeEnvelope: async () => PAYLOAD };
  for (const other of [large, whole, { ...key, chain: [] }]) {
    const refused = { failure: { code: 'KEY_UNUSABLE' } };
    expect(await signBundle(TYPE, PAYLOAD, byKey(other))).toMatchObject(refused);
    expect(await signSimpleText(sha256('image'), REPOSITORY, byKey(other))).toMatchObject(refused);
  }
});
