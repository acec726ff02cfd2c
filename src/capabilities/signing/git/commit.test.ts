import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commitText,
  EMPTY_TREE,
  WHEN,
  withSignature,
} from '../../../../test/support/ssh-commits.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { type GitCommit, parseCommit } from './commit.ts';

const ARMOUR = '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n';
const parsed = (text: string | Uint8Array): GitCommit =>
  orThrow(parseCommit(Buffer.from(text as string), 'sha1'));
const refused = { ok: false, failure: { code: 'MALFORMED' } };
const read = (text: string) => parseCommit(Buffer.from(text, 'latin1'), 'sha1');
const PARENT = '1'.repeat(40);

describe('a commit object', () => {
  it('D7: gives tree, parents, people, time and subject, and has the same name as in git', () => {
    const commit = parsed(
      commitText({
        parents: [PARENT],
        committer: 'Bob B <bob@example.com>',
        message: 'one\n\ntwo\n',
      }),
    );
    expect(commit).toMatchObject({
      tree: EMPTY_TREE,
      parents: [PARENT],
      author: { name: 'Alice', email: 'alice@example.com', at: WHEN * 1000 },
      committer: { name: 'Bob B', email: 'bob@example.com' },
      subject: 'one',
      signature: null,
    });
    // as git hash-object -t commit says
    expect(parsed(commitText()).id).toBe('b3ad35dcb25cea7b17042fb024ec0dcb4065077a');
  });

  it('D5: is signed over all its bytes except its signature headers', () => {
    const payload = commitText({
      headers: 'encoding ISO-8859-1\nmergetag object 1\n type commit\n \n tag x\n',
      message: 'a\r\n\r\nb',
    });
    const commit = parsed(withSignature(payload, ARMOUR));
    expect(Buffer.from(commit.payload).toString()).toBe(payload);
    expect(Buffer.from(commit.signature?.text ?? []).toString()).toBe(ARMOUR);
    expect(commit.signature?.format).toBe('ssh');
  });

  it('keeps carriage returns in the message and in the signature', () => {
    const payload = commitText({ message: 'x\r\n' });
    const commit = parsed(withSignature(payload, ARMOUR.replaceAll('\n', '\r\n')));
    expect(Buffer.from(commit.payload).toString()).toBe(payload);
    expect(Buffer.from(commit.signature?.text ?? []).toString()).toContain('-----\r\nAAAA\r\n');
  });

  it('leaves out the signature for the other hash too, and takes only its own', () => {
    const both = withSignature(
      withSignature(commitText(), ARMOUR).toString(),
      'other',
      'gpgsig-sha256',
    );
    expect(Buffer.from(parsed(both).payload).toString()).toBe(commitText());
    expect(parsed(both).signature?.format).toBe('ssh');
    const other = withSignature(commitText(), ARMOUR, 'gpgsig-sha256');
    expect(parsed(other).signature).toBeNull();
    const tree = { tree: 'a'.repeat(64) };
    expect(
      orThrow(parseCommit(withSignature(commitText(tree), ARMOUR, 'gpgsig-sha256'), 'sha256'))
        .signature?.format,
    ).toBe('ssh');
    expect(parseCommit(Buffer.from(commitText(tree)), 'sha1')).toMatchObject(refused);
  });

  it.each([
    ['-----BEGIN PGP SIGNATURE-----', 'openpgp'],
    ['-----BEGIN PGP MESSAGE-----', 'openpgp'],
    ['-----BEGIN SIGNED MESSAGE-----', 'x509'],
    ['-----BEGIN SSH SIGNATURE-----', 'ssh'],
    ['-----BEGIN ODD SIGNATURE-----', 'unknown'],
  ])('gives the kind of its signature: %s', (first, format) => {
    expect(parsed(withSignature(commitText(), `${first}\nx\n`)).signature?.format).toBe(format);
  });

  const person = 'A <a@example.com> 1 +0000';
  const head = `tree ${EMPTY_TREE}\n`;
  it.each([
    ['A66: its tree twice', commitText().replace(head, head + head)],
    [
      'gpgsig twice',
      withSignature(withSignature(commitText(), ARMOUR).toString(), ARMOUR).toString(),
    ],
    ['an author twice', commitText({ headers: `author ${person}\n` })],
    ['a committer twice', commitText({ headers: `committer ${person}\n` })],
    ['an encoding twice', commitText({ headers: 'encoding a\nencoding b\n' })],
    ['no tree', commitText().replace(head, '')],
    ['no author', commitText().replace(/^author.*\n/m, '')],
    ['no committer', commitText().replace(/^committer.*\n/m, '')],
    ['no blank line', commitText().replace(/\n\n.*/s, '\n')],
    ['no line feed', commitText().replace(/\n\n.*/s, '')],
    ['a NUL in the message', commitText({ message: 'a\0b' })],
    ['a NUL in a header', commitText({ headers: 'x a\0b\n' })],
    ['a carriage return after the tree', commitText().replace('\n', '\r\n')],
    ['a parent after the author', commitText({ headers: `parent ${PARENT}\n` })],
    ['a header before the tree', `x y\n${commitText()}`],
    ['an author that is continued', commitText().replace(/(author.*\n)/, '$1 x\n')],
    ['a continued line first', ` x\n${commitText()}`],
    [
      'an unknown header that begins like a signature header',
      commitText({ headers: 'gpgsigned x\n' }),
    ],
    ['an upper-case tree', commitText({ tree: 'A'.repeat(40) })],
    ['an empty object', ''],
  ])('is refused with %s', (_, text) => {
    expect(read(text)).toMatchObject(refused);
  });

  it.each([
    ['two addresses', 'Alice <alice@example.com> <mallory@example.com>'],
    ['an address in the name', 'alice@example.com> <mallory@example.com>'],
    ['no brackets', 'alice@example.com'],
    ['no blank before the address', 'Alice<alice@example.com>'],
    ['an address that is not UTF-8', 'A <\xff@example.com>'],
    ['brackets the wrong way round', 'A >a@example.com<'],
  ])('D4: is refused when a person has %s', (_, author) => {
    expect(read(commitText({ author, committer: 'A <a@example.com>' }))).toMatchObject(refused);
    expect(read(commitText({ author: 'A <a@example.com>', committer: author }))).toMatchObject(
      refused,
    );
  });

  it('D4: keeps every byte of an address, also a byte order mark or a blank', () => {
    expect(parsed(commitText({ author: 'A <\ufeffa@example.com>' })).author.email).toBe(
      '\ufeffa@example.com',
    );
    expect(parsed(commitText({ author: 'A < a@example.com>' })).author.email).toBe(
      ' a@example.com',
    );
    expect(parsed(commitText({ author: '<a@example.com>' })).author).toMatchObject({
      name: '',
      email: 'a@example.com',
    });
  });

  it.each([
    '',
    '0 +0000',
    '-1 +0000',
    '99999999999999 +0000',
    '253402300800 +0000',
    '1e3 +0000',
    '1 UTC',
    '1',
  ])('has no time when its date is %j', (date) => {
    const text = commitText().replace(/(committer.*>).*/, `$1 ${date}`.trimEnd());
    expect(orThrow(read(text)).committer.at).toBeNull();
  });

  it('has one at the last second of the year 9999', () => {
    expect(orThrow(read(commitText({ seconds: 253_402_300_799 }))).committer.at).toBe(
      253_402_300_799_000,
    );
  });

  it('stays within the limits of its size and its parents', () => {
    const long = (bytes: number): string =>
      commitText({ message: 'x'.repeat(bytes - commitText({ message: '' }).length) });
    expect(read(long(LIMITS.commitBytesMax)).ok).toBe(true);
    expect(read(long(LIMITS.commitBytesMax + 1))).toMatchObject({
      ok: false,
      failure: { code: 'LIMIT_EXCEEDED' },
    });
    const parents = (count: number) =>
      read(commitText({ parents: Array.from({ length: count }, () => PARENT) }));
    expect(parents(LIMITS.commitParentsMax).ok).toBe(true);
    expect(parents(LIMITS.commitParentsMax + 1)).toMatchObject({
      ok: false,
      failure: { code: 'LIMIT_EXCEEDED' },
    });
    expect(read(commitText({ headers: 'x y\n'.repeat(20_000) }))).toMatchObject(refused);
    const folded = (lines: number) => read(commitText({ headers: `x y\n${' \n'.repeat(lines)}` }));
    expect(folded(90_000).ok).toBe(true);
    expect(folded(110_000)).toMatchObject(refused);
  });

  it('never throws for any bytes, and its signed bytes are always in the object', () => {
    const base = withSignature(commitText({ parents: [PARENT] }), ARMOUR);
    const edits = fc.array(
      fc.tuple(fc.nat(base.length), fc.nat(3), fc.uint8Array({ maxLength: 12 })),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(edits, (all) => {
        let bytes = base;
        for (const [at, cut, put] of all)
          bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
        const result = parseCommit(bytes, 'sha1');
        if (result.ok) expect(result.value.payload.length).toBeLessThanOrEqual(bytes.length);
        else expect(['MALFORMED', 'LIMIT_EXCEEDED']).toContain(result.failure.code);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parseCommit(bytes, 'sha256')),
    );
  });
});
