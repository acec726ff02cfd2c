import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testAuthority } from '../../../../test/support/certificates.ts';
import { orThrow } from '../../../core/result.ts';
import { parseCertificate } from './certificate.ts';
import { buildName } from './certificate-build.ts';
import { formatName, parseNameText } from './distinguished-name.ts';

const attribute = (type: string, value: string | null, hex = '') => ({ type, value, hex });

describe('formatName', () => {
  it('N42: prints in the order of notation, for any order in the certificate', () => {
    const values = ['C', 'ST', 'L', 'O', 'OU', 'CN', 'SERIALNUMBER', 'STREET', 'POSTALCODE'];
    const text = formatName(values.map((type) => attribute(type, type.toLowerCase())));
    expect(text).toBe(
      'SERIALNUMBER=serialnumber,CN=cn,POSTALCODE=postalcode,STREET=street,ST=st,L=l,OU=ou,O=o,C=c',
    );
    const certificate = orThrow(
      parseCertificate(testAuthority({ subject: 'C=US,O=Shop,CN=r,ST=WA' }).der),
    );
    expect(certificate.subjectText).toBe('CN=r,ST=WA,O=Shop,C=US');
  });

  it('N42: a repeated type becomes a multi-valued RDN, which nothing matches', () => {
    const text = formatName([attribute('O', 'Shop'), attribute('O', 'Evil')]);
    expect(text).toBe('O=Shop+O=Evil');
    expect(parseNameText(text).ok).toBe(false);
  });

  it('A17: a value that is not text or has an unknown type is hex, which never matches', () => {
    for (const text of [
      formatName([attribute('CN', null, '0500')]),
      formatName([attribute('1.2.3', 'x', '0c0178')]),
    ]) {
      expect(text).toContain('=#');
      expect(parseNameText(text).ok).toBe(false);
    }
  });

  it('A76: control characters are escaped, so that a subject cannot forge a line', () => {
    const text = formatName([attribute('CN', 'a\nverdict: allow\u001b[2K\u202e\u0000')]);
    expect(text).toBe('CN=a\\0Averdict: allow\\1B[2K\\E2\\80\\AE\\00');
    expect(orThrow(parseNameText(text)).get('CN')).toBe('a\nverdict: allow\u001b[2K\u202e\u0000');
  });

  it('any value is the same after a round trip and never becomes another attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), (value) => {
        const text = formatName([attribute('CN', value), attribute('O', 'Shop')]);
        const parsed = parseNameText(text);
        if (text.includes('=#')) expect(parsed.ok).toBe(false);
        else
          expect([...orThrow(parsed)]).toEqual([
            ['CN', value],
            ['O', 'Shop'],
          ]);
      }),
    );
  });
});

describe('parseNameText', () => {
  it.each([
    ['CN=a', { CN: 'a' }],
    ['CN = a , O = b ', { CN: 'a', O: 'b' }],
    ['S=WA', { ST: 'WA' }],
    ['CN=\\ a\\ ', { CN: ' a ' }],
    ['CN=\\#a', { CN: '#a' }],
    ['CN=a\\2Cb', { CN: 'a,b' }],
    ['CN=\\C3\\A9', { CN: 'é' }],
    ['CN=a=b', { CN: 'a=b' }],
  ])('%s is read', (text, map) => {
    expect(Object.fromEntries(orThrow(parseNameText(text)))).toEqual(map);
  });

  it.each([
    '',
    'CN',
    'CN=',
    '=a',
    'CN=a,',
    'CN=#0c01',
    'CN=a+O=b',
    'CN=a;O=b',
    'CN="a"',
    'CN=a,CN=b',
    'CN=\\',
    'CN=\\C3',
    'CN=\\zz',
    'S=a,ST=b',
  ])('%j is refused', (text) => {
    expect(parseNameText(text).ok).toBe(false);
  });

  it('reads a name of 4,096 characters and refuses a longer one', () => {
    expect(parseNameText(`CN=${'a'.repeat(4_093)}`).ok).toBe(true);
    expect(parseNameText(`CN=${'a'.repeat(4_094)}`).ok).toBe(false);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseNameText(text)));
  });
});

describe('buildName', () => {
  it('N42: a subject that notation could never match is refused before a key is made', () => {
    expect(buildName('CN=a,O=b,ST=c,C=US').ok).toBe(true);
    for (const text of [
      'CN=a,O=b,C=US',
      'CN=a,O=b,ST=c',
      'O=b,ST=c,C=USA',
      'E=x,O=b,ST=c,C=US',
      'constructor=x,O=b,ST=c,C=US',
    ]) {
      expect(buildName(text).ok).toBe(false);
    }
  });
});
