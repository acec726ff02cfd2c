import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../../test/support/test-data.ts';
import { toInstant } from '../../../core/instant.ts';
import { makeReason } from '../reason.ts';
import type { SignatureResult } from '../signature-result.ts';
import type { SigstoreSigner } from '../signer.ts';
import { parseBundle } from './bundle.ts';
import { parseTrustedRoot } from './trusted-root.ts';
import { type SignedContent, verifyBundle } from './verify-bundle.ts';

const folder = testData('vectors/sigstore');
const NOW = toInstant(Date.parse('2026-11-30T00:00:00Z'));
const BEACON =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/' +
  '.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const GITHUB = 'https://token.actions.githubusercontent.com';

/** What the folders of the vectors mean: their README says it. */
function verifyVector(name: string): SignatureResult<SigstoreSigner> | null {
  const at = (file: string): string => join(folder ?? '', name, file);
  const read = (file: string): string | null =>
    existsSync(at(file)) ? readFileSync(at(file), 'utf8').trim() : null;
  const bundle = parseBundle(readFileSync(at('bundle.sigstore.json')));
  if (!bundle.ok) return null;
  const artifact = readFileSync(existsSync(at('artifact')) ? at('artifact') : at('../a.txt'));
  const root = read('trusted_root.json') ?? readFileSync(at('../production-trusted-root.json'));
  const key = read('key.pub');
  const result = verifyBundle({
    bundle: bundle.value,
    format: 'sigstore-bundle',
    artifact,
    checkContent: (content) => checkSubject(content, artifact),
    trust: {
      roots: new Map([['vector', parseTrustedRoot(root)]]),
      keys: readKeys(key),
    },
    now: NOW,
  });
  return result.kind === 'trusted' && !isExpected(result.signer, key !== null, read)
    ? { kind: 'untrusted', signer: result.signer, reasons: [makeReason('no-policy', 'other')] }
    : result;
}

/** One vector has a key file that is none. */
function readKeys(pem: string | null): readonly KeyObject[] {
  try {
    return pem === null ? [] : [createPublicKey(pem)];
  } catch {
    return [];
  }
}

function isExpected(
  { identity, issuer, trustedRoots }: SigstoreSigner,
  isKeyed: boolean,
  read: (file: string) => string | null,
): boolean {
  if (trustedRoots.length === 0) return false;
  return (
    isKeyed || (identity === (read('identity') ?? BEACON) && issuer === (read('issuer') ?? GITHUB))
  );
}

function checkSubject(content: SignedContent, artifact: Uint8Array) {
  if (content.kind === 'message') return [];
  const { subject } = JSON.parse(Buffer.from(content.payload).toString());
  const hash = createHashHex(artifact);
  const isAbout = subject.some((one: { digest: { sha256: string } }) => one.digest.sha256 === hash);
  return isAbout ? [] : [makeReason('target-mismatch', 'another subject')];
}

function createHashHex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.skipIf(folder === null)('S7–S10, S16: the bundles of sigstore-conformance', () => {
  const names = folder === null ? [] : readdirSync(folder).filter((name) => !name.includes('.'));

  it('are all there, so that none is skipped silently', () => {
    expect(names).toHaveLength(65);
  });

  it.each(names)('%s is judged as its name says', (name) => {
    const result = verifyVector(name);
    const shown = result?.kind === 'untrusted' ? result.reasons[0].message : '';
    expect(result?.kind === 'trusted', shown).toBe(!name.endsWith('_fail'));
  });
});
