import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, fixedKey } from '../../../../test/support/certificates.ts';
import {
  ARTIFACT,
  type BundleCase,
  code,
  entry,
  instance,
  judge,
  other,
  STATEMENT,
  USER_KEY,
} from '../../../../test/support/sigstore-bundles.ts';
import type { Json } from '../../../../test/support/sigstore-instance.ts';
import { parseBundle, type SigstoreBundle } from './bundle.ts';
import { parseTrustedRoot } from './trusted-root.ts';
import { verifyBundle } from './verify-bundle.ts';

describe('a bundle that is signed by a key', () => {
  const keys = [createPublicKey(USER_KEY)];
  const keyed = (change: BundleCase = {}) =>
    judge({ keys, ...change, options: { key: USER_KEY, ...change.options } });

  it('S12: counts without a log and a trusted root, and says that no root vouches', () => {
    expect(keyed({ options: { log: 'none' } })).toMatchObject({
      kind: 'trusted',
      signer: { issuer: null, trustedRoots: [], logs: 0, signedAt: null },
    });
    expect(keyed({ options: { payloadType: STATEMENT, log: 'none' } }).kind).toBe('trusted');
  });

  it('is vouched for by the root whose log has it', () => {
    const expected = {
      kind: 'trusted',
      signer: { trustedRoots: ['own'], logs: 1, unproven: null },
    };
    expect(keyed()).toMatchObject(expected);
    expect(keyed({ options: { log: 'v2' } })).toMatchObject(expected);
  });

  it('A44: is not vouched for by an entry about another signature', () => {
    const result = keyed({
      options: {
        body: (b) => {
          b.spec.data.hash.value = '00';
        },
      },
    });
    expect(result).toMatchObject({ signer: { trustedRoots: [], unproven: expect.any(String) } });
  });

  it('does not count by a key that is not trusted, and is undetermined where none is', () => {
    expect(code(keyed({ keys: [createPublicKey(fixedKey('another user'))] }))).toBe(
      'key-not-trusted',
    );
    expect(keyed({ keys: [] }).kind).toBe('undetermined');
  });

  it('X.509: a certificate is undetermined where no trusted root is named or readable', () => {
    const made = orThrowBundle(instance.sign(ARTIFACT));
    const judged = (roots: ReadonlyMap<string, ReturnType<typeof parseTrustedRoot>>) =>
      verifyBundle({
        bundle: made,
        format: 'sigstore-bundle',
        artifact: ARTIFACT,
        checkContent: () => [],
        trust: { roots, keys: [] },
        now: FIXTURE_NOW,
      }).kind;
    expect(judged(new Map())).toBe('undetermined');
    expect(judged(new Map([['a', parseTrustedRoot('{}')]]))).toBe('undetermined');
    const own = parseTrustedRoot(JSON.stringify(instance.root));
    const foreign = parseTrustedRoot(JSON.stringify(other.root));
    expect(judged(new Map([['a', own]]))).toBe('trusted');
    expect(
      judged(
        new Map([
          ['a', parseTrustedRoot('{}')],
          ['b', own],
        ]),
      ),
    ).toBe('trusted');
    expect(judged(new Map([['a', foreign]]))).toBe('untrusted');
  });
});

function orThrowBundle(json: Json): SigstoreBundle {
  const read = parseBundle(Buffer.from(JSON.stringify(json)));
  if (!read.ok) throw new Error(read.reason.message);
  return read.value;
}

describe('A50: logs', () => {
  it('are counted by their keys, so the same log twice is one', () => {
    const twice = (bundle: Json) => bundle.verificationMaterial.tlogEntries.push(entry(bundle));
    expect(judge({ bundle: twice })).toMatchObject({ kind: 'trusted', signer: { logs: 1 } });
  });
});
