import { beforeAll, describe, expect, it } from 'vitest';
import { type TestKey, testKey } from '../../../../test/support/certificates.ts';
import { forgeEnvelope, SUBJECT } from '../../../../test/support/notary.ts';
import { checkMadeEnvelope } from './made-envelope.ts';

let key: TestKey;
beforeAll(async () => {
  key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
});

const asked = { ...SUBJECT, annotations: { run: '7' } };
const check = async (signed: unknown, forgery = {}) => {
  const envelope = await forgeEnvelope(key, {
    payload: JSON.stringify({ targetArtifact: signed }),
    ...forgery,
  });
  const payload = Buffer.from(JSON.stringify({ targetArtifact: asked }));
  const checked = checkMadeEnvelope(envelope, { form: 'jws', payload });
  return checked.ok ? 'taken' : checked.failure.message;
};

describe('an envelope that a store made', () => {
  it('N52: signs what was asked, with more annotations or without', async () => {
    expect(await check(asked)).toBe('taken');
    expect(await check({ ...asked, annotations: { run: '7', more: 'x' } })).toBe('taken');
  });

  it.each([
    ['another digest', { ...asked, digest: `sha256:${'0'.repeat(64)}` }],
    ['another size', { ...asked, size: 9 }],
    ['a further member', { ...asked, urls: [] }],
    ['another annotation', { ...asked, annotations: { run: '8' } }],
    ['no annotation', SUBJECT],
    ['annotations that are no texts', { ...asked, annotations: { run: 7 } }],
    ['nothing', 7],
  ])('A42: is refused where it signs %s', async (_, signed) => {
    expect(await check(signed)).not.toBe('taken');
  });

  it('N52: is refused where its signature is wrong', async () => {
    const signature = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte));
    expect(await check(asked, { signature })).toContain('not by the key');
  });
});
