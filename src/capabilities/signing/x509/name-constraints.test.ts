import { createPublicKey } from 'node:crypto';
import {
  AttributeTypeAndValue,
  AttributeValue,
  type Extension,
  RelativeDistinguishedName,
} from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedKey, resign, testAuthority, testKey } from '../../../../test/support/certificates.ts';
import {
  makeAddress,
  makeAlternativeNames,
  makeDirectory,
  makeDns,
  makeExtension,
  makeMail,
  makeNameConstraints,
  makeRegisteredId,
  makeUri,
} from '../../../../test/support/chain-names.ts';
import { der, derOid } from '../../../../test/support/timestamps.ts';
import { LIMITS } from '../../../core/limits.ts';
import { buildAuthorityExtensions, buildSignerExtensions } from './certificate-build.ts';
import { checkPath } from './chain.ts';

const DN = 'O=Shop,ST=WA,C=US';
const top = testAuthority({ subject: `CN=Root,${DN}` });
const SHOP = [
  ['C', 'US'],
  ['ST', 'WA'],
  ['O', 'Shop'],
] as const;

/** `ok`, or the flaw, of a leaf with these names below an authority with these constraints. */
async function judge(
  constraints: Extension,
  names: readonly Uint8Array[],
  extra: readonly Extension[] = [],
): Promise<string> {
  const key = fixedKey('constrained');
  const own = buildAuthorityExtensions(createPublicKey(key), null, top.key);
  const authority = testAuthority({
    subject: `CN=Constrained,${DN}`,
    issuer: top,
    key,
    extensions: [...own, constraints],
  });
  return judgeLeaf(authority, [
    ...(names.length === 0 ? [] : [makeAlternativeNames(...names)]),
    ...extra,
  ]);
}

async function judgeLeaf(
  issuer: ReturnType<typeof testAuthority>,
  more: readonly Extension[],
  subject = `CN=leaf,${DN}`,
): Promise<string> {
  const key = fixedKey('bound leaf');
  const extensions = [...buildSignerExtensions(createPublicKey(key), issuer.key), ...more];
  const leaf = await testKey({ subject, root: issuer, key, extensions });
  const checked = checkPath(leaf.chain, 'code-signing');
  return checked.ok ? 'ok' : checked.flaw;
}

const permitted = (base: Uint8Array) => makeNameConstraints([base]);
const excluded = (base: Uint8Array) => makeNameConstraints([], [base]);

describe('name constraints (RFC 5280 §4.2.1.10)', () => {
  it.each([
    ['a host and what is below it', makeDns('example.com'), makeDns('a.b.Example.COM'), true],
    ['the host itself', makeDns('example.com'), makeDns('example.com'), true],
    ['a host that ends alike', makeDns('example.com'), makeDns('badexample.com'), false],
    ['a leading dot is not the host', makeDns('.example.com'), makeDns('example.com'), false],
    ['a leading dot is what is below', makeDns('.example.com'), makeDns('a.example.com'), true],
    ['an empty host is every host', makeDns(''), makeDns('other.org'), true],
    ['a name that is no host', makeDns('example.com'), makeDns('a..example.com'), false],
    ['a mailbox', makeMail('a@example.com'), makeMail('a@EXAMPLE.com'), true],
    ['§7.5 a mailbox in another case', makeMail('a@example.com'), makeMail('A@example.com'), false],
    ['a mailbox in quotes', makeMail('a@example.com'), makeMail('"a"@example.com'), true],
    ['the mail of a host', makeMail('example.com'), makeMail('b@example.com'), true],
    ['the mail of a host below', makeMail('example.com'), makeMail('b@x.example.com'), false],
    ['the mail of a domain', makeMail('.example.com'), makeMail('b@x.example.com'), true],
    ['the mail of the domain itself', makeMail('.example.com'), makeMail('b@example.com'), false],
    ['a mailbox without a person', makeMail('example.com'), makeMail('@example.com'), false],
    ['a mailbox of two persons', makeMail('example.com'), makeMail('a@b@example.com'), false],
    ['a blank in a mailbox', makeMail('example.com'), makeMail('a b@example.com'), false],
    ['a sign in quotes', makeMail('a!b@example.com'), makeMail('"a\\!b"@example.com'), true],
    ['a label of 63', makeDns('example.com'), makeDns(`${'a'.repeat(63)}.example.com`), true],
    ['a label of 64', makeDns('example.com'), makeDns(`${'a'.repeat(64)}.example.com`), false],
    ['a host of 253', makeDns('example.com'), makeDns(`${'a.'.repeat(121)}example.com`), true],
    ['a host of 255', makeDns('example.com'), makeDns(`${'a.'.repeat(122)}example.com`), false],
    ['a name that is no mailbox', makeMail('example.com'), makeMail('example.com'), false],
    ['a URI of a host', makeUri('example.com'), makeUri('https://u@example.com:80/x'), true],
    ['a URI of a host below', makeUri('example.com'), makeUri('https://a.example.com/'), false],
    ['a URI of a domain', makeUri('.example.com'), makeUri('https://a.example.com/'), true],
    ['a URI with a user', makeUri('example.com'), makeUri('https://example.com@x.org/'), false],
    ['a URI whose scheme has a digit first', makeUri('a.org'), makeUri('1s://a.org/'), false],
    ['a URI with another host', makeUri('example.com'), makeUri('https://x/?example.com'), false],
    [
      'a URI whose host two readers see differently',
      makeUri('example.com'),
      makeUri('https://example.com\\@x/'),
      false,
    ],
    ['a URI without a host', makeUri('example.com'), makeUri('urn:example.com'), false],
    ['a URI with an address', makeUri('.1'), makeUri('https://10.0.0.1/'), false],
    ['an address', makeAddress(10, 0, 0, 0, 255, 0, 0, 0), makeAddress(10, 9, 8, 7), true],
    [
      'a base beyond its mask',
      makeAddress(10, 1, 1, 1, 255, 0, 0, 0),
      makeAddress(10, 9, 8, 7),
      true,
    ],
    ['another address', makeAddress(10, 0, 0, 0, 255, 0, 0, 0), makeAddress(11, 0, 0, 1), false],
    [
      'an address of the other kind',
      makeAddress(10, 0, 0, 0, 0, 0, 0, 0),
      makeAddress(...Array<number>(16).fill(0)),
      false,
    ],
    ['a name of the directory', makeDirectory(SHOP), makeDirectory(SHOP), true],
    ['another organisation', makeDirectory(SHOP), makeDirectory([['C', 'DE']]), false],
  ])('%s', async (_, base, name, isInside) => {
    const asPermitted = await judge(permitted(base), [name]);
    expect(asPermitted).toBe(isInside ? 'ok' : 'name-constraints');
    // What is excluded is the opposite, except that a name that cannot be compared never passes.
    if (isInside) expect(await judge(excluded(base), [name])).toBe('name-constraints');
  });

  it('a name that cannot be compared is refused where its form is constrained', async () => {
    const names = [
      [makeUri('urn:x:y'), makeUri('example.com')],
      [makeUri('https://10.0.0.1/'), makeUri('example.com')],
      [makeMail('no mailbox'), makeMail('example.com')],
      [makeDns('a..b'), makeDns('example.com')],
      [makeAddress(1, 2, 3), makeAddress(10, 0, 0, 0, 255, 0, 0, 0)],
      [makeRegisteredId('1.2.3'), makeRegisteredId('1.2.3')],
    ] as const;
    for (const [name, base] of names) {
      expect(await judge(excluded(base), [name])).toBe('name-constraints');
      expect(await judge(excluded(makeDirectory([['C', 'DE']])), [name])).toBe('ok');
      expect(await judge(excluded(der(0xa3, der(0x05))), [name])).toBe('ok');
    }
  });

  it('§7.1: the case, the blanks and the kind of text of a Name do not matter', async () => {
    const other = [
      ['C', 'us'],
      ['ST', ' wa'],
      ['O', 'SHOP '],
    ] as const;
    for (const kind of ['utf8', 'printable', 'bmp', 'teletex'] as const)
      expect(await judge(excluded(makeDirectory(other, kind)), [])).toBe('name-constraints');
    expect(await judge(permitted(makeDirectory(other, 'bmp')), [])).toBe('ok');
    expect(await judge(permitted(makeDirectory([...SHOP, ['CN', 'other']])), [])).toBe(
      'name-constraints',
    );
  });

  it('the subject is bound, and so is the mail address in it', async () => {
    expect(await judge(permitted(makeDirectory([['C', 'DE']])), [])).toBe('name-constraints');
    expect(await judge(excluded(makeDirectory([['C', 'DE']])), [])).toBe('ok');
    const bound = async (base: Uint8Array) => {
      const key = fixedKey('mail');
      const own = buildAuthorityExtensions(createPublicKey(key), null, top.key);
      const extensions = [...own, permitted(base)];
      const issuer = testAuthority({ subject: `CN=Mail,${DN}`, issuer: top, key, extensions });
      const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root: issuer });
      const value = new AttributeValue({ ia5String: 'a@example.com' });
      const mail = new AttributeTypeAndValue({ type: '1.2.840.113549.1.9.1', value });
      const leaf = resign(chain[0] ?? new Uint8Array(), key, 'sha384-ecdsa', (it) => {
        it.tbsCertificate.subject.push(new RelativeDistinguishedName([mail]));
      });
      return checkPath([leaf, ...chain.slice(1)], 'code-signing').ok;
    };
    expect(await bound(makeMail('example.com'))).toBe(true);
    expect(await bound(makeMail('example.org'))).toBe(false);
  });

  it('alternative names that are malformed are refused below name constraints', async () => {
    const elsewhere = excluded(makeDirectory([['C', 'DE']]));
    for (const value of [der(0x30), der(0x31, makeDns('a')), Buffer.from([0x30, 1])]) {
      const names = makeExtension('2.5.29.17', false, value);
      expect(await judge(elsewhere, [], [names])).toBe('name-constraints');
      expect(await judgeLeaf(top, [names])).toBe('ok');
    }
  });

  it('a wildcard is refused where it stands for an excluded host', async () => {
    const around = makeDns('*.example.com');
    expect(await judge(excluded(makeDns('host.example.com')), [around])).toBe('name-constraints');
    expect(await judge(excluded(makeDns('host.example.org')), [around])).toBe('ok');
    expect(await judge(permitted(makeDns('example.com')), [around])).toBe('ok');
  });

  it('RFC 9598: constraints on mail bind the other form of its addresses', async () => {
    const mailbox = der(
      0xa0,
      derOid('1.3.6.1.5.5.7.8.9'),
      der(0xa0, der(0x0c, Buffer.from('é@example.com'))),
    );
    expect(await judge(permitted(makeMail('example.com')), [mailbox])).toBe('name-constraints');
    expect(await judge(permitted(makeDns('example.com')), [mailbox])).toBe('ok');
  });

  it('every authority binds all certificates below it, also the root', async () => {
    const base = makeDirectory([['C', 'DE']]);
    for (const critical of [true, false]) {
      const key = fixedKey('bound root');
      const own = buildAuthorityExtensions(createPublicKey(key), null);
      const bound = (extension: Extension) =>
        testAuthority({ subject: `CN=Bound,${DN}`, key, extensions: [...own, extension] });
      const refused = bound(makeNameConstraints([base], [], critical));
      const sound = bound(makeNameConstraints([makeDirectory(SHOP)], [], critical));
      expect(await judgeLeaf(refused, [])).toBe('name-constraints');
      expect(await judgeLeaf(sound, [])).toBe('ok');
    }
  });

  it('§6.1.3: an authority between that issued itself is not bound, and the leaf is', async () => {
    const key = fixedKey('first key');
    const constraints = makeNameConstraints([makeDns('example.com')]);
    const own = (it: ReturnType<typeof fixedKey>, by: ReturnType<typeof fixedKey>) =>
      buildAuthorityExtensions(createPublicKey(it), null, by);
    const first = testAuthority({
      subject: `CN=Same,${DN}`,
      issuer: top,
      key,
      extensions: [...own(key, top.key), constraints],
    });
    const secondKey = fixedKey('second key');
    const below = (subject: string) =>
      testAuthority({
        subject,
        issuer: first,
        key: secondKey,
        extensions: [...own(secondKey, key), makeAlternativeNames(makeDns('other.org'))],
      });
    expect(await judgeLeaf(below(`CN=Same,${DN}`), [])).toBe('ok');
    expect(await judgeLeaf(below(`CN=Another,${DN}`), [])).toBe('name-constraints');
    const leaf = [makeAlternativeNames(makeDns('other.org'))];
    expect(await judgeLeaf(below(`CN=Same,${DN}`), leaf)).toBe('name-constraints');
    expect(await judgeLeaf(first, leaf, `CN=Same,${DN}`)).toBe('name-constraints');
  });

  it('is refused in a leaf', async () => {
    const extension = makeNameConstraints([makeDirectory(SHOP)]);
    expect(await judgeLeaf(top, [extension])).toBe('name-constraints');
    expect(await judgeLeaf(top, [])).toBe('ok');
  });

  const ext = (value: Uint8Array) => makeExtension('2.5.29.30', true, value);
  const subtree = (...parts: readonly Uint8Array[]) => der(0xa0, der(0x30, ...parts));
  const [one, two] = [subtree(makeDns('a')), der(0xa1, der(0x30, makeDns('b')))];
  it.each([
    ['neither list', ext(der(0x30))],
    ['an empty list', ext(der(0x30, der(0xa0)))],
    ['lists in the wrong order', ext(der(0x30, der(0xa1, der(0x30, makeDns('a'))), der(0xa0)))],
    ['a depth', ext(der(0x30, subtree(makeDns('com'), der(0x80, Buffer.from([1])))))],
    ['no base', ext(der(0x30, subtree()))],
    ['a mask with gaps', permitted(makeAddress(10, 0, 0, 0, 255, 0, 255, 0))],
    ['an address without its mask', permitted(makeAddress(10, 0, 0, 0))],
    ['a host with a port', permitted(makeUri('example.com:443'))],
    ['a text with a line feed', permitted(makeDns('a\nb'))],
    ['a list of another kind', ext(der(0x30, der(0xa2, der(0x30, makeDns('a')))))],
    ['something behind the lists', ext(der(0x30, one, two, two))],
    ['a base that is no Name', permitted(der(0xa4, der(0x31)))],
    ['a base of two Names', permitted(der(0xa4, der(0x30), der(0x30)))],
  ])('%s is refused', async (_, extension) => {
    expect(await judge(extension, [])).toBe('name-constraints');
  });

  it('A64: as many comparisons as the limit, and not one more', async () => {
    const subtrees = Array.from({ length: 250 }, (_, at) => makeDns(`h${at}.example.com`));
    const count = LIMITS.nameComparisonsMax / subtrees.length;
    const names = Array.from({ length: count }, () => makeDns('a'));
    const constraints = makeNameConstraints([], subtrees);
    expect(await judge(constraints, names)).toBe('ok');
    expect(await judge(constraints, [...names, makeDns('a')])).toBe('name-constraints');
  });

  it('never throws for any names and any constraints', async () => {
    const anyNode = fc.record({ tag: fc.nat(255), content: fc.uint8Array({ maxLength: 40 }) });
    await fc.assert(
      fc.asyncProperty(anyNode, anyNode, async (base, name) => {
        const [one, other] = [base, name].map(({ tag, content }) =>
          der(tag, Buffer.from(content)),
        ) as [Buffer, Buffer];
        expect(['ok', 'name-constraints', 'certificate-malformed']).toContain(
          await judge(makeNameConstraints([one]), [other]),
        );
      }),
    );
  });
});
