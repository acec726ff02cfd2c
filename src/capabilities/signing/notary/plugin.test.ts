import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW, type TestKey, testKey } from '../../../../test/support/certificates.ts';
import {
  forgeEnvelope,
  type PolicyChange,
  questionAbout,
  trustIn,
} from '../../../../test/support/notary.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import type { JsonObject } from '../../../core/json.ts';
import {
  IDENTITY_CHECK as IDENTITY,
  type PluginCapability,
  REVOCATION_CHECK as REVOCATION,
  readGeneratedEnvelope,
  readGeneratedSignature,
  readKeyDescription,
  readPluginMetadata,
  readPluginVerdict,
  selectKeySpec,
} from '../plugins/protocol.ts';
import { completeVerification } from './decide.ts';
import type { PluginFact, PluginQuery } from './plugin-query.ts';
import { planVerification, verifyNotary } from './verify.ts';

const PLUGIN = 'io.cncf.notary.verificationPlugin';
const MIN = 'io.cncf.notary.verificationPluginMinVersion';
const SCHEME = 'io.cncf.notary.signingScheme';
const ATTRIBUTE = 'com.example.profile';
let key: TestKey;
beforeAll(async () => {
  key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
});

const required = {
  crit: [SCHEME, PLUGIN, MIN, ATTRIBUTE],
  [PLUGIN]: 'com.example.plugin',
  [MIN]: '1.0.0',
  [ATTRIBUTE]: 'a profile',
};

const answered = (
  capabilities: readonly PluginCapability[],
  results: JsonObject,
  processed: readonly string[] = [ATTRIBUTE],
): PluginFact => ({
  kind: 'answered',
  version: '1.0.0',
  capabilities: new Set(capabilities),
  verdict: readPluginVerdict({ verificationResults: results, processedAttributes: [...processed] }),
  validUntil: toInstant(FIXTURE_NOW + 300_000),
});
const YES = { success: true };
const NO = { success: false, reason: 'no\nforged: allow' };

async function verdict(
  fact: PluginFact,
  { policy = {}, protect = required }: { policy?: PolicyChange; protect?: object } = {},
) {
  const envelope = await forgeEnvelope(key, { protect: { ...protect } });
  const question = questionAbout(envelope, trustIn(key.rootPem, policy));
  const asked: PluginQuery[] = [];
  const result = await completeVerification(planVerification(question), {
    gather: () => Promise.resolve({ revocations: [] }),
    askPlugin: async (query) => {
      asked.push(query);
      return fact;
    },
  });
  const why = result.kind === 'untrusted' ? result.reasons[0].code : result.kind;
  return { why, asked, result, alone: verifyNotary(question) };
}

describe('N53: a signature that requires a verification plugin', () => {
  it('counts when the plugin verified all, and only until it is asked again', async () => {
    const { why, asked, result } = await verdict(
      answered([IDENTITY, REVOCATION], { [IDENTITY]: YES, [REVOCATION]: YES }),
    );
    expect(why).toBe('trusted');
    expect(result).toMatchObject({ validUntil: FIXTURE_NOW + 300_000 });
    expect(asked).toMatchObject([
      { name: 'com.example.plugin', minVersion: '1.0.0', revocation: true, identities: ['*'] },
    ]);
    expect([...(asked[0]?.attributes ?? [])]).toEqual([[ATTRIBUTE, 'a profile']]);
  });

  it('does not count without the plugin, or where nobody is asked', async () => {
    const { why, alone } = await verdict({ kind: 'absent' });
    expect(why).toBe('plugin-required');
    expect(alone).toMatchObject({ reasons: [{ code: 'plugin-required' }] });
  });

  it('A42: is undetermined where the plugin fails, omits a result or an attribute', async () => {
    const cause = new Failure('PLUGIN_FAILED', 'it did not run', 'Install it again.');
    const yes = { [IDENTITY]: YES, [REVOCATION]: YES };
    const facts = [
      { kind: 'failed', cause } as const,
      answered([IDENTITY, REVOCATION], { [IDENTITY]: YES }),
      answered([IDENTITY, REVOCATION], { [IDENTITY]: YES, [REVOCATION]: { success: 'yes' } }),
      answered([IDENTITY], {}),
      answered([IDENTITY, REVOCATION], yes, []),
      answered([IDENTITY, REVOCATION], yes, ['com.example.other']),
      answered(['SIGNATURE_GENERATOR.RAW'], yes),
    ];
    for (const fact of facts) expect((await verdict(fact)).why).toBe('undetermined');
  });

  it('is refused where the plugin says no; what it says cannot forge a line', async () => {
    const wrong = answered([IDENTITY, REVOCATION], { [IDENTITY]: NO, [REVOCATION]: YES });
    const { why, result } = await verdict(wrong);
    expect(why).toBe('identity-not-trusted');
    expect(JSON.stringify(result)).not.toContain('\nforged');
    const revoked = answered([IDENTITY, REVOCATION], { [IDENTITY]: YES, [REVOCATION]: NO });
    expect((await verdict(revoked)).why).toBe('certificate-revoked');
    const override = { revocation: 'skip' };
    const policy = { level: 'strict', override };
    expect((await verdict(revoked, { policy })).why).toBe('trusted');
  });

  it('the identity is ours to check where the plugin does not', async () => {
    const policy = { trustedIdentities: ['com.example.profile:a profile'] };
    const both = answered([IDENTITY, REVOCATION], { [IDENTITY]: YES, [REVOCATION]: YES });
    expect((await verdict(both, { policy })).why).toBe('trusted');
    const half = answered([REVOCATION], { [REVOCATION]: YES });
    expect((await verdict(half, { policy })).why).toBe('identity-not-trusted');
    expect((await verdict(half)).why).toBe('trusted');
  });

  it('no plugin is asked for a signature that cannot count', async () => {
    const fact = answered([IDENTITY], { [IDENTITY]: YES });
    const stranger = await testKey({ subject: 'CN=x,O=X,ST=WA,C=US', root: 'CN=X,O=X,ST=WA,C=US' });
    const envelope = await forgeEnvelope(stranger, { protect: required });
    const question = questionAbout(envelope, trustIn(key.rootPem), { chain: stranger.chain });
    const result = await completeVerification(planVerification(question), {
      gather: () => Promise.resolve({ revocations: [] }),
      askPlugin: () => Promise.reject(new Error('asked')),
    });
    expect(result).toMatchObject({ reasons: [{ code: 'not-in-trust-store' }] });
    expect((await verdict(fact)).asked).toHaveLength(1);
  });

  it.each([
    ['not critical', { ...required, crit: [SCHEME, MIN, ATTRIBUTE] }, 'plugin-required'],
    ['of another name', { ...required, [PLUGIN]: '../plugin' }, 'plugin-required'],
    ['in no version', { ...required, [MIN]: 'newest' }, 'plugin-required'],
    [
      'in an uncritical version',
      { ...required, crit: [SCHEME, PLUGIN, ATTRIBUTE] },
      'plugin-required',
    ],
    ['with a null', { ...required, [ATTRIBUTE]: null }, 'critical-header'],
    [
      'without its name (N18)',
      { ...required, [PLUGIN]: undefined, crit: [SCHEME, ATTRIBUTE] },
      'critical-header',
    ],
  ])('a plugin %s is refused before anybody is asked', async (_, protect, code) => {
    const { why, asked } = await verdict(
      answered([IDENTITY, REVOCATION], { [IDENTITY]: YES, [REVOCATION]: YES }),
      { protect },
    );
    expect([why, asked]).toEqual([code, []]);
  });
});

describe('N51–N52: the answers of a plugin', () => {
  const full = {
    ...{ name: 'p', description: 'd', version: '1.0.0', url: 'https://example.com' },
    supportedContractVersions: ['1.0', '2.0'],
    capabilities: ['SIGNATURE_GENERATOR.RAW', 'unknown'],
  };
  const isRead = (change: object) => readPluginMetadata({ ...full, ...change }, 'p').ok;

  it('its metadata are complete, of this name and of this contract', () => {
    expect(isRead({})).toBe(true);
    const wrong = [
      { name: 'q' },
      { version: '' },
      { url: 7 },
      { supportedContractVersions: ['2.0'] },
      { supportedContractVersions: '1.0' },
      { capabilities: ['unknown'] },
      { capabilities: null },
    ];
    for (const change of wrong) expect([change, isRead(change)]).toEqual([change, false]);
  });

  it('a key, a signature and an envelope are of the key and the kind that was asked', () => {
    const at = { plugin: 'p', keyId: 'k' };
    expect(readKeyDescription({ keyId: 'k', keySpec: 'EC-384' }, at)).toMatchObject({
      value: 'ES384',
    });
    for (const answer of [
      { keyId: 'l', keySpec: 'EC-384' },
      { keyId: 'k', keySpec: 'RSA-1024' },
      { keyId: 'k', keySpec: 'constructor' },
    ])
      expect(readKeyDescription(answer, at).ok).toBe(false);
    const signed = {
      ...{ keyId: 'k', signature: 'AAAA', signingAlgorithm: 'ECDSA-SHA-256' },
      certificateChain: ['AAAA'],
    };
    const spec = selectKeySpec('ES256');
    const read = (change: object) =>
      readGeneratedSignature({ ...signed, ...change }, { ...at, spec }).ok;
    expect(read({})).toBe(true);
    for (const change of [
      { keyId: 'l' },
      { signingAlgorithm: 'ECDSA-SHA-384' },
      { signature: 'A' },
      { certificateChain: [] },
      { certificateChain: ['AAAA', '?'] },
      { certificateChain: Array.from({ length: 21 }, () => 'AAAA') },
    ])
      expect([change, read(change)]).toEqual([change, false]);
    const expected = { plugin: 'p', mediaType: 'application/cose' };
    const envelope = { signatureEnvelope: 'AAAA', signatureEnvelopeType: 'application/cose' };
    expect(readGeneratedEnvelope(envelope, expected).ok).toBe(true);
    expect(readGeneratedEnvelope({ ...envelope, signatureEnvelopeType: 'x' }, expected).ok).toBe(
      false,
    );
    expect(readGeneratedEnvelope({ ...envelope, signatureEnvelope: '' }, expected).ok).toBe(false);
  });
});
