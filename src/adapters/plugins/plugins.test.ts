import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW, testKey } from '../../../test/support/certificates.ts';
import { SUBJECT } from '../../../test/support/notary.ts';
import {
  installPlugin,
  makePluginKey,
  metadata,
  type PluginKey,
  say,
  signEnvelopes,
  signRaw,
} from '../../../test/support/notation-plugin.ts';
import {
  buildNotarySignatureArtifact,
  type PluginQuery,
  readThumbprints,
  signNotary,
  validateChain,
} from '../../capabilities/signing/index.ts';
import { describeSigningKeys } from '../../capabilities/signing/keys/signing-keys.contract.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { askVerifier, openNotationKeys, openPluginKeys, type PluginFolder } from './index.ts';

const RAW = ['SIGNATURE_GENERATOR.RAW'];
const ENVELOPE = ['SIGNATURE_GENERATOR.ENVELOPE'];
const BOTH_CHECKS = ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY', 'SIGNATURE_VERIFIER.REVOCATION_CHECK'];
const top = mkdtempSync(join(tmpdir(), 'waybill-plugins-'));
const folder = join(top, 'plugins');
const place: PluginFolder = {
  folder,
  env: {
    PATH: process.env['PATH'],
    HOME: top,
    PLUGIN_TOKEN: 't',
    WAYBILL_TOKEN: 'ours',
    LEAK: 'x',
  },
  variables: () => ['PLUGIN_TOKEN', 'WAYBILL_TOKEN'],
};
const keys = openPluginKeys(place);
let made: PluginKey;

beforeAll(async () => {
  mkdirSync(folder, { mode: 0o755 });
  made = await makePluginKey(top);
  const other = await testKey({ subject: 'CN=other,O=Shop,ST=WA,C=US', key: made.key.privateKey });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const another = await testKey({ subject: 'CN=another,O=Shop,ST=WA,C=US', key: privateKey });
  const install = (name: string, script: Record<string, string>, capabilities = RAW) =>
    installPlugin(folder, name, { 'get-plugin-metadata': metadata(name, capabilities), ...script });
  install('good', signRaw(made));
  install('stranger', signRaw(made, { chain: another.chain }));
  const sha384 = { keySpec: 'RSA-3072', signingAlgorithm: 'RSASSA-PSS-SHA-384' };
  install('kind', signRaw(made, sha384));
  const changing = signRaw(made, { chain: other.chain })['generate-signature'];
  const first = signRaw(made)['generate-signature'];
  install('changing', {
    ...signRaw(made),
    'generate-signature': `if [ -e "$HOME/changed" ]; then ${changing}\nelse ${first}\nfi`,
  });
  install('broken', { ...signRaw(made), 'describe-key': 'echo "{"' });
  install('failing', { 'describe-key': 'echo secret; exit 7' });
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

const toHex = (chain: readonly Uint8Array[]) =>
  chain.map((der) => Buffer.from(der).toString('hex'));

const refusal = async (reference: string) => {
  const opened = await keys.open(reference);
  return opened.ok ? 'opened' : `${opened.failure.code}: ${opened.failure.message}`;
};

describe('B19, I12, N51, N52: keys of plugins of notation', () => {
  describeSigningKeys('plugins', () => ({
    keys,
    good: 'good/https://vault.example.com/keys/release/1?self_signed=true',
    mismatched: 'stranger/release',
    absent: 'good/absent',
  }));

  it('says what the plugin said, and names the key', async () => {
    expect(await refusal('good/absent')).toBe(
      'PLUGIN_FAILED: the plugin good refused describe-key: VALIDATION_ERROR: there is no such key',
    );
    expect(await refusal('missing/release')).toContain('FILE_NOT_FOUND');
    expect(await refusal('broken/release')).toContain('gave no JSON for describe-key');
  });

  it('A42: what a plugin wrote before it failed counts for nothing', async () => {
    expect(await refusal('failing/release')).toBe(
      'PLUGIN_FAILED: the plugin failing failed at describe-key',
    );
  });

  it('N52: a chain that is of another kind, or changes, is refused', async () => {
    expect(await refusal('kind/release')).toContain('of another kind');
    const key = orThrow(await keys.open('changing/release'));
    await key.sign(Buffer.from('a'));
    writeFileSync(join(top, 'changed'), '');
    await expect(key.sign(Buffer.from('a'))).rejects.toThrow('another chain');
  });

  it('A42, N51: a plugin behind a link, or that every user may write, is not run', async () => {
    const path = installPlugin(folder, 'open', {
      'get-plugin-metadata': metadata('open', RAW),
      ...signRaw(made),
    });
    expect(await refusal('open/release')).toBe('opened');
    chmodSync(path, 0o777);
    expect(await refusal('open/release')).toContain('UNSAFE_PATH');
    chmodSync(path, 0o755);
    renameSync(path, `${path}-real`);
    symlinkSync(`${path}-real`, path);
    expect(await refusal('open/release')).toContain('UNSAFE_PATH');
  });

  it('gets the variables that are named for it, and none of ours', async () => {
    const seen = join(top, 'seen');
    const script = `env > '${seen}'\n${metadata('curious', RAW)}`;
    installPlugin(folder, 'curious', { 'get-plugin-metadata': script, ...signRaw(made) });
    orThrow(await keys.open('curious/release'));
    const { readFileSync } = await import('node:fs');
    const names = readFileSync(seen, 'utf8').match(/^[A-Z_]+(?==)/gm) ?? [];
    expect(names).toContain('PLUGIN_TOKEN');
    expect(names.filter((name) => /WAYBILL|LEAK/.test(name))).toEqual([]);
  });
});

describe('B19, N53: a plugin that makes whole envelopes', () => {
  const head = {
    alg: 'PS256',
    crit: ['io.cncf.notary.signingScheme'],
    cty: 'application/vnd.cncf.notary.payload.v1+json',
    'io.cncf.notary.signingScheme': 'notary.x509',
    'io.cncf.notary.signingTime': '2026-11-22T12:00:00Z',
  };
  const install = (name: string, change: object = {}) =>
    installPlugin(folder, name, {
      'get-plugin-metadata': metadata(name, ENVELOPE),
      ...signEnvelopes(made, { ...head, ...change }),
    });

  it('signs images, and the chain of the signature is that of its envelope', async () => {
    install('whole');
    const key = orThrow(await keys.open('whole/profile'));
    const envelope = orThrow(await signNotary({ subject: SUBJECT, key, signedAt: FIXTURE_NOW }));
    const { manifest } = buildNotarySignatureArtifact({
      ...{ subject: SUBJECT, envelope, createdAt: FIXTURE_NOW },
    });
    const { annotations = {} } = manifest.descriptor;
    expect(readThumbprints(annotations)).toHaveLength(made.key.chain.length);
    expect(toHex(key.chain)).toEqual(toHex(made.key.chain));
    await expect(key.sign(Buffer.from('a'))).rejects.toThrow('whole envelopes');
  });

  it('makes the form that is asked, signs all that is asked, and takes no timestamp', async () => {
    install('jws');
    const key = orThrow(await keys.open('jws/profile'));
    const terms = { subject: SUBJECT, key, signedAt: FIXTURE_NOW };
    expect(await signNotary({ ...terms, form: 'cose' })).toMatchObject({ ok: false });
    expect(await signNotary({ ...terms, metadata: { run: '7' } })).toMatchObject({ ok: true });
    const countersign = () => Promise.reject(new Error('not asked'));
    expect(await signNotary({ ...terms, countersign })).toMatchObject({
      ok: false,
      failure: { code: 'USAGE' },
    });
  });

  it('is refused when its envelope does not verify', async () => {
    install('wrong', { alg: 'PS384' });
    expect(await refusal('wrong/profile')).toContain('KEY_UNUSABLE');
  });
});

describe("keys that notation's signingkeys.json names", () => {
  const file = join(top, 'signingkeys.json');
  const named = openNotationKeys(file, place);

  it('are pairs of files, or keys of plugins with their configuration', async () => {
    const keyPath = join(top, 'a.key');
    writeFileSync(keyPath, made.key.privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
    });
    writeFileSync(join(top, 'a.crt'), made.key.chainPem);
    const list = [
      { name: 'pair', keyPath, certPath: join(top, 'a.crt') },
      { name: 'vault', id: 'release', pluginName: 'good', pluginConfig: { self_signed: 'true' } },
      { name: 'twice', id: 'release', pluginName: 'good' },
      { name: 'twice', id: 'release', pluginName: 'good' },
      { name: 'up', id: 'release', pluginName: '../good' },
      { name: 'empty' },
    ];
    writeFileSync(file, JSON.stringify({ default: 'pair', keys: list }));
    expect(toHex(orThrow(await named.open('pair')).chain)).toEqual(toHex(made.key.chain));
    expect(toHex(orThrow(await named.open('vault')).chain)).toEqual(toHex(made.key.chain));
    for (const name of ['twice', 'up', 'empty', 'absent', '', 'constructor'])
      expect([name, (await named.open(name)).ok]).toEqual([name, false]);
    chmodSync(keyPath, 0o644);
    expect(await named.open('pair')).toMatchObject({ failure: { code: 'KEY_UNUSABLE' } });
  });
});

describe('N53, A42: a plugin that helps to verify', () => {
  const ask = async (name: string, change: Partial<PluginQuery> = {}) =>
    askVerifier(
      place,
      {
        name,
        ...{ minVersion: null, attributes: new Map(), scheme: 'notary.x509', authenticAt: null },
        chain: orThrow(chainOfKey()),
        ...{ expiresAt: toInstant(FIXTURE_NOW + 1_000), identities: ['*'], revocation: true },
        ...change,
      },
      { now: () => FIXTURE_NOW },
    );
  const chainOfKey = () => {
    const path = validateChain(made.key.chain, 'code-signing', FIXTURE_NOW);
    return path;
  };
  const install = (name: string, answer: string, change: object = {}) =>
    installPlugin(folder, name, {
      'get-plugin-metadata': metadata(name, BOTH_CHECKS, change),
      'verify-signature': `printf %s "$request" > "$HOME/asked.json"\n${answer}`,
    });

  it('is asked about identity, revocation and attributes, and its answer is read', async () => {
    const success = { success: true };
    install(
      'verifier',
      say({
        verificationResults: {
          'SIGNATURE_VERIFIER.TRUSTED_IDENTITY': success,
          'SIGNATURE_VERIFIER.REVOCATION_CHECK': { success: false, reason: 'lost' },
        },
        processedAttributes: ['com.example.profile'],
      }),
    );
    const fact = await ask('verifier', { attributes: new Map([['com.example.profile', 'p']]) });
    if (fact.kind !== 'answered') throw new Error(JSON.stringify(fact));
    expect([...fact.verdict.results.values()]).toEqual([
      { success: true, reason: '' },
      { success: false, reason: 'lost' },
    ]);
    expect(fact.verdict.processed.has('com.example.profile')).toBe(true);
    const { readFileSync } = await import('node:fs');
    expect(JSON.parse(readFileSync(join(top, 'asked.json'), 'utf8'))).toMatchObject({
      contractVersion: '1.0',
      signature: {
        criticalAttributes: {
          signingScheme: 'notary.x509',
          expiry: '2026-11-22T12:00:01Z',
          extendedAttributes: { 'com.example.profile': 'p' },
        },
        unprocessedAttributes: ['com.example.profile'],
      },
      trustPolicy: { trustedIdentities: ['*'], signatureVerification: BOTH_CHECKS },
    });
  });

  it('is absent, too old, or breaks the contract: each is told apart', async () => {
    expect(await ask('nothing')).toEqual({ kind: 'absent' });
    install('old', say({}));
    const least = (minVersion: string) => ask('old', { minVersion });
    expect(await least('1.2.0')).toMatchObject({ kind: 'answered' });
    for (const version of ['1.2.1', '2.0.0', '1.10.0'])
      expect([version, await least(version)]).toMatchObject([version, { kind: 'failed' }]);
    install('vague', say({}), { version: 'newest' });
    expect(await ask('vague', { minVersion: '1.0.0' })).toMatchObject({ kind: 'failed' });
    install('mute', 'exit 1');
    expect(await ask('mute')).toMatchObject({ kind: 'failed', cause: { code: 'PLUGIN_FAILED' } });
    install('other', say({}), { name: 'verifier' });
    expect(await ask('other')).toMatchObject({ kind: 'failed' });
  });
});
