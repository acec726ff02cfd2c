import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  FIXTURE_NOW,
  fixedKey,
  type TestKey,
  testKey,
} from '../../../../test/support/certificates.ts';
import { questionAbout, SUBJECT, trustIn } from '../../../../test/support/notary.ts';
import { testData } from '../../../../test/support/test-data.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { type CborValue, encodeCbor, parseCbor, tagCbor } from '../../../formats/cbor/cbor.ts';
import { writePem } from '../../../formats/der/pem.ts';
import { readCoseSign1 } from '../envelopes/cose.ts';
import type { SignatureResult } from '../signature-result.ts';
import { HEADER, PAYLOAD_TYPE, readEnvelope, readPayload } from './envelope.ts';
import { buildNotarySignatureArtifact, signNotary } from './sign.ts';
import { verifyNotary } from './verify.ts';

const TAGS = { bytesMax: 1_000_000, tags: [1, 18] };
let key: TestKey;
beforeAll(async () => {
  key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
});

type Pairs = readonly (readonly [CborValue, CborValue])[];

/** A COSE envelope with one fault. Everything that is not given is correct. */
interface Forgery {
  /** Members of the protected header to replace, by label; undefined removes one. */
  readonly protect?: Pairs;
  readonly header?: Pairs;
  readonly payload?: CborValue;
  readonly tag?: number;
  readonly head?: (head: Uint8Array) => Uint8Array;
  readonly parts?: (parts: readonly CborValue[]) => readonly CborValue[];
}

const seconds = (instant: Instant): CborValue => tagCbor(1, Math.floor(instant / 1_000));

function change(base: Pairs, changes: Pairs = []): ReadonlyMap<CborValue, CborValue> {
  const map = new Map<CborValue, CborValue>([...base, ...changes]);
  for (const [label, value] of changes) if (value === undefined) map.delete(label);
  return map;
}

async function forge({ protect, header, payload, tag = 18, head, parts }: Forgery = {}) {
  const own: Pairs = [
    [1, -7],
    [2, [HEADER.scheme]],
    [3, PAYLOAD_TYPE],
    [HEADER.scheme, 'notary.x509'],
    [HEADER.signingTime, seconds(FIXTURE_NOW)],
  ];
  const encoded = encodeCbor(change(own, protect));
  const written = head?.(encoded) ?? encoded;
  const body = payload ?? Buffer.from(JSON.stringify({ targetArtifact: SUBJECT }));
  const signature = await key.sign(encodeCbor(['Signature1', written, new Uint8Array(0), body]));
  const open = change([[33, [...key.chain]]], header);
  const all = [written, open, body, signature];
  return encodeCbor(tagCbor(tag, parts?.(all) ?? all));
}

function outcome(result: SignatureResult): string {
  if (result.kind === 'untrusted') return result.reasons[0].code;
  return result.kind === 'trusted' ? 'trusted' : result.cause.code;
}

/** The manifest names the type of the envelope by its first byte, unless it is given. */
function judge(envelope: Uint8Array, rootPem = key.rootPem): string {
  return outcome(verifyNotary(questionAbout(envelope, trustIn(rootPem))));
}

describe('a signature in a COSE envelope', () => {
  it('N22–N25: counts, and says so', async () => {
    for (const expiresAt of [undefined, toInstant(FIXTURE_NOW + 3_600_000)]) {
      const times = { signedAt: FIXTURE_NOW, ...(expiresAt === undefined ? {} : { expiresAt }) };
      const terms = { subject: SUBJECT, key, form: 'cose', ...times } as const;
      const envelope = orThrow(await signNotary(terms));
      const artifact = buildNotarySignatureArtifact({
        ...{ subject: SUBJECT, envelope, createdAt: FIXTURE_NOW },
      });
      expect(artifact.blobs[1]?.descriptor.mediaType).toBe('application/cose');
      const result = verifyNotary(
        questionAbout(envelope, trustIn(key.rootPem), { chain: key.chain }),
      );
      expect(result).toMatchObject({ kind: 'trusted', signer: { format: 'notary-cose' } });
      expect(readEnvelope(envelope)).toMatchObject({
        ok: true,
        value: { expiresAt: expiresAt ?? null },
      });
    }
    expect(judge(await forge())).toBe('trusted');
  });

  it('A22: of every algorithm of Notary Project counts', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const keys = [fixedKey('cose', 'P-384'), fixedKey('cose', 'P-521'), rsa];
    for (const own of keys) {
      const other = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US', key: own });
      const terms = { subject: SUBJECT, key: other, signedAt: FIXTURE_NOW, form: 'cose' } as const;
      expect(judge(orThrow(await signNotary(terms)), other.rootPem)).toBe('trusted');
    }
  });

  const time = seconds(FIXTURE_NOW);
  it.each<[string, Forgery, string]>([
    ['A26: without its tag', { tag: 1 }, 'envelope-malformed'],
    ['with a detached payload', { parts: ([a, b, , d]) => [a, b, null, d] }, 'envelope-malformed'],
    ['of three parts', { parts: (all) => all.slice(0, 3) }, 'envelope-malformed'],
    ['of five parts', { parts: (all) => [...all, 1] }, 'envelope-malformed'],
    ['without a chain', { header: [[33, undefined]] }, 'envelope-malformed'],
    ['with a text as chain', { header: [[33, ['x']]] }, 'envelope-malformed'],
    ['with a header twice', { header: [[HEADER.scheme, 'notary.x509']] }, 'envelope-malformed'],
    ['with a protected list', { head: () => encodeCbor([1]) }, 'envelope-malformed'],
    ['with an unknown algorithm', { protect: [[1, -65535]] }, 'algorithm'],
    ['with the algorithm as text', { protect: [[1, 'ES256']] }, 'algorithm'],
    [
      'with the algorithm under another label',
      {
        protect: [
          [1, undefined],
          ['alg', 'ES256'],
        ],
      },
      'algorithm',
    ],
    ['with the algorithm of another key', { protect: [[1, -35]] }, 'algorithm-mismatch'],
    ['with a number as content type', { protect: [[3, 0]] }, 'content-type'],
    ['with another content type', { protect: [[3, 'text/plain']] }, 'content-type'],
    ['without critical headers', { protect: [[2, undefined]] }, 'critical-header'],
    [
      'with an unknown critical header',
      {
        protect: [
          [2, [HEADER.scheme, 'x']],
          ['x', 1],
        ],
      },
      'critical-header',
    ],
    ['with a critical number', { protect: [[2, [HEADER.scheme, 3]]] }, 'critical-header'],
    [
      'with an expiry that is not critical',
      { protect: [[HEADER.expiry, time]] },
      'critical-header',
    ],
    ['without a scheme', { protect: [[HEADER.scheme, undefined]] }, 'signing-scheme'],
    ['with another scheme', { protect: [[HEADER.scheme, 'x']] }, 'signing-scheme'],
    [
      'with a time of the other scheme',
      { protect: [[HEADER.authenticSigningTime, time]] },
      'signing-scheme',
    ],
    ['without a time', { protect: [[HEADER.signingTime, undefined]] }, 'signing-time'],
    [
      'A26: with a time without a tag',
      { protect: [[HEADER.signingTime, 1_700_000_000]] },
      'signing-time',
    ],
    [
      'with a time under another tag',
      { protect: [[HEADER.signingTime, tagCbor(18, 1_700_000_000)]] },
      'signing-time',
    ],
    [
      'with a time as text',
      { protect: [[HEADER.signingTime, '2026-01-01T00:00:00Z']] },
      'signing-time',
    ],
    [
      'with a time beyond the calendar',
      { protect: [[HEADER.signingTime, tagCbor(1, 2 ** 50)]] },
      'signing-time',
    ],
    ['with a plugin', { protect: [['io.cncf.notary.verificationPlugin', 'x']] }, 'plugin-required'],
    [
      'of another image',
      { payload: Buffer.from(JSON.stringify({ targetArtifact: { ...SUBJECT, size: 9 } })) },
      'target-mismatch',
    ],
    [
      'with bytes as signature of another',
      { parts: ([a, b, c]) => [a, b, c, new Uint8Array(64)] },
      'signature-mismatch',
    ],
  ])('N15–N26 A18 A25 A26: %s does not count', async (_, forgery, code) => {
    expect(judge(await forge(forgery))).toBe(code);
  });

  it('N3: is not read as JWS, nor a JWS as COSE', async () => {
    const envelope = await forge();
    expect(readEnvelope(envelope, 'jws').ok).toBe(false);
    const terms = { subject: SUBJECT, key, signedAt: FIXTURE_NOW };
    expect(readEnvelope(orThrow(await signNotary(terms)), 'cose').ok).toBe(false);
  });

  it('changed anywhere does not count', async () => {
    const envelope = await forge();
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(envelope);
        changed[at] = (changed[at] ?? 0) ^ by;
        const label = readEnvelope(changed);
        // The unprotected header is not signed: a chain with another certificate is no chain.
        expect(label.ok ? judge(changed) : 'unread').not.toBe('trusted');
      }),
    );
    for (let end = 0; end < envelope.length; end++)
      expect(readEnvelope(envelope.subarray(0, end), 'cose').ok).toBe(false);
  });
});

const reference = testData('vectors/notation-go');
const core = testData('vectors/notation-core');

describe.skipIf(reference === null)('the COSE envelopes of notation-go', () => {
  it.each([
    ['signatures/cose_signature.sig', 'trusted'],
    ['verifier/timestamp/sigEnv/coseWithTimestamp.sig', 'trusted'],
    ['verifier/timestamp/sigEnv/coseExpiredWithTimestamp.sig', 'certificate-expired'],
  ])('N22–N25: %s is %s', (file, expected) => {
    const bytes = readFileSync(join(reference ?? '', file));
    const envelope = readEnvelope(bytes);
    if (!envelope.ok) throw new Error(envelope.reason.message);
    const pem = writePem('CERTIFICATE', envelope.value.chain.at(-1) ?? new Uint8Array());
    const target = readPayload(envelope.value.payload);
    const subject = target.ok ? { subject: target.value } : {};
    const now = toInstant(Date.UTC(2026, 10, 22));
    const question = questionAbout(bytes, trustIn(pem), { ...subject, now });
    expect(outcome(verifyNotary(question))).toBe(expected);
  });
});

describe.skipIf(core === null)('the COSE conformance envelope of notation-core-go', () => {
  it('N25: its protected header is read as it is, and its unknown critical one is refused', () => {
    const text = readFileSync(join(core ?? '', 'cose-conformance.json'), 'utf8');
    const { expectedOutput } = JSON.parse(text) as { expectedOutput: { cborHex: string } };
    const bytes = Buffer.from(expectedOutput.cborHex, 'hex');
    expect(orThrow(parseCbor(bytes, TAGS))).toBeDefined();
    // It has no chain, as it is before signing.
    expect(readCoseSign1(bytes)).toMatchObject({
      ok: false,
      reason: { code: 'envelope-malformed' },
    });
  });
});
