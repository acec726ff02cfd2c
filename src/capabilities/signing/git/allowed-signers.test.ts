import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSshKey } from '../../../../test/support/ssh-commits.ts';
import { startThreadClock } from '../../../../test/support/thread-clock.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { type AllowedSigners, addRevokedKeys, parseAllowedSigners } from './allowed-signers.ts';
import { isNamedBy, matchesList } from './principals.ts';
import { encodeWireString } from './ssh-wire.ts';

const { line: KEY } = testSshKey('ed25519');
const parsed = (text: string): AllowedSigners => orThrow(parseAllowedSigners(text));

/** The line of an RSA key whose modulus has `bytes` octets, with every bit set. */
function rsaLine(bytes: number): string {
  const modulus = Buffer.concat([Buffer.from([0]), Buffer.alloc(bytes, 0xff)]);
  const blob = [
    encodeWireString('ssh-rsa'),
    encodeWireString(Buffer.from([1, 0, 1])),
    encodeWireString(modulus),
  ];
  return `ssh-rsa ${Buffer.concat(blob).toString('base64')}`;
}

describe('a file of allowed signers', () => {
  it('D14: has a line for each key, with principals, options and a comment', () => {
    const text = [
      '# who may sign',
      '',
      `alice@example.com ${KEY} alice's laptop`,
      `\t*@example.com,!mallory@example.com  cert-authority,namespaces="git,file" ${KEY}\r`,
      `"alice@example.com,a b" valid-after="20260101Z",VALID-BEFORE="20270101120000Z" ${KEY}`,
    ].join('\n');
    const { signers, skipped } = parsed(text);
    expect(skipped).toEqual([]);
    expect(signers).toMatchObject([
      {
        line: 3,
        principals: 'alice@example.com',
        isAuthority: false,
        namespaces: null,
        validAfter: null,
      },
      {
        line: 4,
        principals: '*@example.com,!mallory@example.com',
        isAuthority: true,
        namespaces: 'git,file',
      },
      {
        principals: 'alice@example.com,a b',
        validAfter: { earliest: Date.UTC(2026, 0, 1), latest: Date.UTC(2026, 0, 1) },
        validBefore: { earliest: Date.UTC(2027, 0, 1, 12), latest: Date.UTC(2027, 0, 1, 12) },
      },
    ]);
  });

  it.each(['ed25519', 'p256', 'p384', 'p521', 'rsa3072', 'sk-ed25519', 'sk-p256'] as const)(
    'takes a key of %s',
    (kind) => {
      expect(parsed(`a ${testSshKey(kind).line}`).signers).toHaveLength(1);
    },
  );

  it.each([
    ['an unknown option, which may have been a restriction', `a valid-befor="20200101" ${KEY}`],
    ['an option without its value', `a namespaces ${KEY}`],
    ['an option whose value is not quoted', `a namespaces=git ${KEY}`],
    ['an option twice', `a namespaces="git",namespaces="file" ${KEY}`],
    ['a quote without end', `a namespaces="git ${KEY}`],
    ['a quote in the middle of a principal', `a"b c"d ${KEY}`],
    ['a comma after the options', `a cert-authority, ${KEY}`],
    ['a day that does not exist', `a valid-after="20260231Z" ${KEY}`],
    ['a time of thirteen digits', `a valid-after="2026010112300Z" ${KEY}`],
    ['an end before its beginning', `a valid-after="20270101Z",valid-before="20260101Z" ${KEY}`],
    ['no key', 'a'],
    ['no principals', KEY],
    ['a key of another kind than the line states', `a ${KEY.replace('ssh-ed25519', 'ssh-rsa')}`],
    [
      'a key with extra bytes after it',
      'a ssh-ed25519 ' +
        Buffer.concat([Buffer.from(KEY.split(' ')[1] ?? '', 'base64'), Buffer.from([0])]).toString(
          'base64',
        ),
    ],
    ['base64 that is not canonical', `a ${KEY}=`],
    ['a DSA key', `a ${testSshKey('dsa').line}`],
    ['an RSA key of 1,024 bits', `a ${testSshKey('rsa1024').line}`],
    ['an RSA key of 8,200 bits', `a ${rsaLine(1_025)}`],
  ])('D1: trusts no key on a line with %s, and says so', (_, text) => {
    const { signers, skipped } = parsed(`${text}\nb ${KEY}`);
    expect(skipped.map(({ line }) => line)).toEqual([1]);
    expect(signers.map(({ line }) => line)).toEqual([2]);
  });

  it('takes an RSA key of 8,192 bits, the largest', () => {
    expect(parsed(`a ${rsaLine(1_024)}`).signers).toHaveLength(1);
  });

  it('reads a time without Z in every zone at once, so every machine gives one verdict', () => {
    const [signer] = parsed(`a valid-after="20260101",valid-before="202602011200" ${KEY}`).signers;
    expect(signer?.validAfter?.latest).toBe(Date.UTC(2026, 0, 1, 12));
    expect(signer?.validBefore?.earliest).toBe(Date.UTC(2026, 0, 31, 22));
  });

  it('is refused over its limit, and with a NUL', () => {
    const comment = `#${'x'.repeat(LIMITS.configBytesMax - 1)}`;
    expect(parseAllowedSigners(comment).ok).toBe(true);
    expect(parseAllowedSigners(`${comment}x`)).toMatchObject({
      ok: false,
      failure: { code: 'LIMIT_EXCEEDED' },
    });
    expect(parseAllowedSigners(`a\0b ${KEY}`)).toMatchObject({
      ok: false,
      failure: { code: 'TRUST_INVALID' },
    });
  });

  it('never throws, and trusts only keys that are in it', () => {
    const word = fc.oneof(
      fc.constantFrom(
        KEY,
        'cert-authority',
        'namespaces="git"',
        'valid-after="20260101"',
        '"',
        ',',
        ' ',
        '\\"',
        '#',
        '\n',
        '*',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const result = parseAllowedSigners(words.join(''));
        if (result.ok && result.value.signers.length > 0) expect(words).toContain(KEY);
      }),
      { numRuns: 2_000 },
    );
  });

  it('A70: takes away the keys of a revocation list; an unreadable list is a failure', () => {
    const signers = parsed(`a ${KEY}`);
    expect(
      orThrow(addRevokedKeys(signers, Buffer.from(`# lost\n${KEY} laptop\n`))).revoked.size,
    ).toBe(1);
    expect(addRevokedKeys(signers, Buffer.from('SSHKRL\n\0'))).toMatchObject({
      ok: false,
      failure: { code: 'TRUST_INVALID' },
    });
    expect(addRevokedKeys(signers, Buffer.from('ssh-ed25519 AAAA'))).toMatchObject({ ok: false });
  });
});

describe('principals', () => {
  it.each([
    ['alice@example.com', 'alice@example.com', true],
    ['Alice@example.com', 'alice@example.com', false],
    ['alice@example.com', '*@example.com', true],
    ['alice@example.com.evil', '*@example.com', false],
    ['alice@example.com', '*@example.com,!alice@*', false],
    ['alice@example.com', '!alice@*,*@example.com', false],
    ['bob@example.com', '*@example.com,!alice@*', true],
    ['bob@example.com', '!alice@*', false],
    ['a', '?', true],
    ['é', '?', false],
    ['', '', true],
    ['a', '', false],
    ['aXbXc', 'a*b*c', true],
  ])('D4: %j by %j: %j', (text, list, expected) => {
    expect(matchesList(text, list)).toBe(expected);
  });

  it('D4: name no person with a pattern that matches everyone', () => {
    for (const list of ['*', '*@*', '?*', '*.*', '*,!bob@example.com'])
      expect(isNamedBy('alice@example.com', list)).toBe(false);
    for (const list of ['*@example.com', 'alice@*', '*,alice@example.com'])
      expect(isNamedBy('alice@example.com', list)).toBe(true);
    expect(isNamedBy('', 'a,')).toBe(false);
  });

  it('are matched in bounded time', () => {
    const spent = startThreadClock();
    expect(matchesList('a'.repeat(20_000), `${'*a'.repeat(2_000)}b`)).toBe(false);
    expect(spent()).toBeLessThan(5_000);
  });
});
