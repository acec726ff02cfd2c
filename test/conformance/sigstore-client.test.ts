import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.ts';
import { testData } from '../support/test-data.ts';
import { runClient } from './sigstore-client/client.ts';

const folder = testData('vectors/sigstore') ?? '';
const BEACON =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/' +
  '.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const GITHUB = 'https://token.actions.githubusercontent.com';

/** The arguments with which the suite asks about a vector. */
function listArguments(name: string, how: 'file' | 'digest'): readonly string[] {
  const at = (file: string): string => join(folder, name, file);
  const text = (file: string, fallback: string): string =>
    existsSync(at(file)) ? readFileSync(at(file), 'utf8').trim() : fallback;
  const artifact = existsSync(at('artifact')) ? at('artifact') : join(folder, 'a.txt');
  const whom = existsSync(at('key.pub'))
    ? ['--key', at('key.pub')]
    : [
        ...['--certificate-identity', text('identity', BEACON)],
        ...['--certificate-oidc-issuer', text('issuer', GITHUB)],
      ];
  const root = existsSync(at('trusted_root.json'))
    ? ['--trusted-root', at('trusted_root.json')]
    : [];
  const target = how === 'file' ? artifact : sha256(readFileSync(artifact));
  return ['verify-bundle', '--bundle', at('bundle.sigstore.json'), ...whom, ...root, target];
}

describe.skipIf(folder === '')('the protocol of sigstore-conformance', () => {
  const names = folder === '' ? [] : readdirSync(folder).filter((name) => !name.includes('.'));

  it.each(names)('by file, %s ends as its name says', (name) => {
    const { code, why } = runClient(listArguments(name, 'file'));
    expect([code, why]).toEqual(name.endsWith('_fail') ? [1, expect.any(String)] : [0, '']);
  });

  it('by digest, envelopes are verified, and message signatures are not', () => {
    const ended = names.map(
      (name) => [name, runClient(listArguments(name, 'digest')).code] as const,
    );
    const passed = ended.filter(([, code]) => code === 0).map(([name]) => name);
    expect(passed.sort()).toEqual([
      'happy-path-intoto-in-dsse-v3',
      'intoto-with-custom-trust-root',
      'rekor2-dsse-happy-path',
    ]);
  });

  it('refuses what it does not do', () => {
    expect(runClient(['sign-bundle', '--bundle', 'x', 'y']).code).toBe(1);
  });
});
