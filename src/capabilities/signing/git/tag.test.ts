import { describe, expect, it } from 'vitest';
import {
  armoured,
  EMPTY_TREE,
  sshSignature,
  testSshKey,
  WHEN,
} from '../../../../test/support/ssh-commits.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseAllowedSigners } from './allowed-signers.ts';
import { parseTag } from './tag.ts';
import { trustSshKeys, verifyCommit } from './verify-commit.ts';

const KEY = testSshKey('ed25519');
const TAGGER = `Alice <alice@example.com> ${WHEN} +0000`;

function text(headers = '', message = 'release\n'): string {
  const target = `object ${EMPTY_TREE}\ntype commit\ntag v1\ntagger ${TAGGER}\n`;
  return `${target}${headers}\n${message}`;
}
const signed = (payload: string): Buffer =>
  Buffer.from(payload + armoured(sshSignature(KEY, Buffer.from(payload))));

function standing(bytes: Uint8Array) {
  const signers = parseAllowedSigners(`alice@example.com ${KEY.line}`);
  return verifyCommit(orThrow(parseTag(bytes, 'sha1')), trustSshKeys(signers));
}
const flaw = (bytes: Buffer | string): string => {
  const tag = parseTag(Buffer.from(bytes), 'sha1');
  return tag.ok ? '' : tag.failure.code;
};

describe('an annotated tag', () => {
  it('D1 D4: is trusted when its tagger signed it, over all that is before the signature', () => {
    const bytes = signed(text());
    expect(orThrow(parseTag(bytes, 'sha1'))).toMatchObject({
      name: 'v1',
      target: { id: EMPTY_TREE, type: 'commit' },
      subject: 'release',
      tagger: { email: 'alice@example.com' },
    });
    expect(standing(bytes)).toMatchObject({ kind: 'trusted', authorMatches: true });
    const changed = Buffer.from(bytes.toString().replace('tag v1', 'tag v2'));
    expect(standing(changed)).toMatchObject({ reason: { code: 'signature-mismatch' } });
    expect(standing(Buffer.from(text()))).toEqual({ kind: 'unsigned' });
    expect(standing(Buffer.from(`${bytes}x`))).toMatchObject({ kind: 'untrusted' });
  });

  it('D1: its signature does not cover the header of the other hash, as in git', () => {
    const [before, after] = text().split('\n\n');
    const header = 'gpgsig-sha256 -----BEGIN SSH SIGNATURE-----\n x';
    const inner = signed(text()).toString().split('\n\n')[1] ?? '';
    expect(standing(Buffer.from(`${before}\n${header}\n\n${inner}`))).toMatchObject({
      kind: 'trusted',
    });
    expect(after).toBe('release\n');
  });

  it('A66: is no tag where two readers would see two', () => {
    expect(flaw(text())).toBe('');
    expect(flaw(text('extra x\n'))).toBe('MALFORMED');
    expect(flaw(text('gpgsig x\ngpgsig x\n'))).toBe('MALFORMED');
    expect(flaw(text().replace('tag v1\n', ''))).toBe('MALFORMED');
    expect(flaw(text().replace('tag v1\n', 'tag v1\n x\n'))).toBe('MALFORMED');
    expect(flaw(text().replace('type commit', 'type note'))).toBe('MALFORMED');
    expect(flaw(text().replace('<alice', '<a> <alice'))).toBe('MALFORMED');
    expect(flaw(text('', 'a\0b\n'))).toBe('MALFORMED');
    expect(flaw(text('', '-----BEGIN PGP SIGNATURE-----\n') + armoured(Buffer.of(1)))).toBe(
      'MALFORMED',
    );
    expect(flaw(text('', 'x -----BEGIN PGP SIGNATURE-----\n') + armoured(Buffer.of(1)))).toBe('');
  });

  it('A64: stays within the limit of its size', () => {
    const room = LIMITS.commitBytesMax - text('', '').length;
    expect(flaw(text('', 'x'.repeat(room)))).toBe('');
    expect(flaw(text('', 'x'.repeat(room + 1)))).toBe('LIMIT_EXCEEDED');
  });
});
