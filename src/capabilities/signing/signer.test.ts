import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import { orThrow } from '../../core/result.ts';
import { describeSigner, type NotarySigner, readSigningTime, type SshSigner } from './signer.ts';
import { isStatementTrusted } from './trust/test-rule.ts';
import { parseTrust } from './trust/trust-document.ts';

const IDENTITY = 'CN=release,O=Shop,ST=WA,C=US';
const notary: NotarySigner = {
  format: 'notary-jws',
  identity: IDENTITY,
  thumbprint: 'a'.repeat(64),
  keys: [],
  thumbprints: ['a'.repeat(64)],
  trustStore: 'ca:acme',
  signedAt: FIXTURE_NOW,
};
const ssh: SshSigner = { format: 'ssh', principal: IDENTITY, fingerprint: 'SHA256:x' };

describe('a signer of any format', () => {
  it('is described by identity and thumbprint, as in records', () => {
    expect(describeSigner(notary)).toEqual({
      format: 'notary-jws',
      identity: IDENTITY,
      thumbprint: 'a'.repeat(64),
    });
    expect(describeSigner(ssh)).toEqual({
      format: 'ssh',
      identity: IDENTITY,
      thumbprint: 'SHA256:x',
    });
    expect(describeSigner({ ...ssh, principal: null }).identity).toBe('SHA256:x');
  });

  it('has a signing time only when its format has one', () => {
    expect(readSigningTime(notary)).toBe(FIXTURE_NOW);
    expect(readSigningTime(ssh)).toBeNull();
  });

  it('an SSH key with the name of a trusted certificate states nothing', () => {
    const rule = { id: 'a', repositories: ['r.example.com/a'], statements: ['image'] };
    const signers = [{ identity: IDENTITY, trustStore: 'ca:acme' }];
    const trust = orThrow(
      parseTrust(
        JSON.stringify({
          apiVersion: 'waybill.dev/v1',
          kind: 'Trust',
          metadata: { name: 'a', revision: 1 },
          rules: [{ ...rule, signers }],
        }),
      ),
    );
    const about = { repository: 'r.example.com/a', kind: 'image' } as const;
    expect(isStatementTrusted(trust, { ...about, signer: notary, at: FIXTURE_NOW })).toBe(true);
    expect(isStatementTrusted(trust, { ...about, signer: ssh, at: FIXTURE_NOW })).toBe(false);
  });
});
