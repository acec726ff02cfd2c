import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { file, folder, hardLink, link } from '../../../test/support/images.ts';
import { packTar, paxRecord, tarHeader } from '../../../tools/image/tar.ts';
import { Failure } from '../../core/failure.ts';
import { readTar, type TarEntry } from './tar.ts';

interface ReadEntry extends TarEntry {
  readonly text: string;
}

function read(bytes: Uint8Array, step = bytes.length): readonly ReadEntry[] {
  const entries: ReadEntry[] = [];
  const reader = readTar((entry) => {
    const pieces: Buffer[] = [];
    const end = (): void => void entries.push({ ...entry, text: Buffer.concat(pieces).toString() });
    return { write: (piece) => void pieces.push(Buffer.from(piece)), end };
  });
  for (let at = 0; at < bytes.length; at += Math.max(step, 1))
    reader.push(bytes.subarray(at, at + Math.max(step, 1)));
  reader.finish();
  return entries;
}

const block = (text: string): Buffer =>
  Buffer.concat([Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
const end = Buffer.alloc(1024);

function catchCode(bytes: Uint8Array): string {
  try {
    read(bytes);
    return 'read';
  } catch (thrown) {
    return thrown instanceof Failure ? thrown.code : String(thrown);
  }
}

describe('tar', () => {
  it('gives the same entries in whichever pieces the archive arrives', () => {
    const long = `${'deep/'.repeat(40)}file`;
    const bytes = packTar([
      folder('a'),
      file('a/b', 'x'.repeat(1_500), 0o755),
      link('l', 'a/b'),
      hardLink('h', 'a/b'),
      file(long, 'y'),
      file('empty'),
    ]);
    const whole = read(bytes);
    expect(whole.map(({ name, kind, text }) => [name, kind, text.length])).toEqual([
      ['a/', 'directory', 0],
      ['a/b', 'file', 1_500],
      ['l', 'symlink', 0],
      ['h', 'hardlink', 0],
      [long, 'file', 1],
      ['empty', 'file', 0],
    ]);
    expect(whole[1]?.executable).toBe(true);
    for (const step of [1, 7, 511, 512, 513, 1_000]) expect(read(bytes, step)).toEqual(whole);
  });

  it('takes a path from pax or GNU before the header, and for the next entry only', () => {
    const record = paxRecord('path', 'from/pax');
    const pax = [tarHeader({ path: 'p', flag: 'x' }, record.length), block(record)];
    const gnu = [tarHeader({ path: '././@LongLink', flag: 'L' }, 9), block('from/gnu\0')];
    const plain = tarHeader({ path: 'plain' }, 0);
    expect(read(Buffer.concat([...pax, plain, plain, end])).map(({ name }) => name)).toEqual([
      'from/pax',
      'plain',
    ]);
    expect(read(Buffer.concat([...gnu, plain, plain, end])).map(({ name }) => name)).toEqual([
      'from/gnu',
      'plain',
    ]);
  });

  it('takes the size that pax states, so that no content is read as an entry', () => {
    const record = paxRecord('size', '512');
    const inner = tarHeader({ path: 'smuggled' }, 0);
    const bytes = Buffer.concat([
      tarHeader({ path: 'p', flag: 'x' }, record.length),
      block(record),
      tarHeader({ path: 'outer' }, 0),
      inner,
      end,
    ]);
    expect(read(bytes).map(({ name, size }) => [name, size])).toEqual([['outer', 512]]);
  });

  it('reads no data of a link, a folder or a device, even if its header states a size', () => {
    for (const flag of ['1', '2', '3', '4', '5', '6']) {
      const bytes = Buffer.concat([
        tarHeader({ path: 'x', flag, link: 'y', size: 4_096 }, 0),
        tarHeader({ path: 'next' }, 0),
        end,
      ]);
      expect(read(bytes).map(({ name }) => name)).toEqual(['x', 'next']);
    }
  });

  it('ends at two blocks of zeros, as the tools that unpack it do', () => {
    expect(
      read(Buffer.concat([packTar([file('a')]), packTar([file('behind')])])).map(
        ({ name }) => name,
      ),
    ).toEqual(['a']);
  });

  it('reads numbers of base 256', () => {
    const header = tarHeader({ path: 'big' }, 0);
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header[135] = 3;
    header.write('        ', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(read(Buffer.concat([header, block('abc'), end]))[0]).toMatchObject({
      size: 3,
      text: 'abc',
    });
  });

  it('marks sparse files, whose bytes are not their content', () => {
    const version = paxRecord('GNU.sparse.major', '1') + paxRecord('GNU.sparse.minor', '0');
    const record = version + paxRecord('GNU.sparse.name', 'real/name');
    const bytes = Buffer.concat([
      tarHeader({ path: 'p', flag: 'x' }, record.length),
      block(record),
      tarHeader({ path: 'x' }, 3),
      block('map'),
      end,
    ]);
    expect(read(bytes)).toMatchObject([{ name: 'real/name', kind: 'sparse' }]);
  });

  // If readers of tar differ, we and the runtime that unpacks an image would see two different
  // images.
  const metadata = (flag: string, records: readonly (readonly [string, string])[]): Buffer => {
    const text = records.map(([key, value]) => paxRecord(key, value)).join('');
    return Buffer.concat([tarHeader({ path: 'p', flag }, text.length), block(text)]);
  };
  const x = (...records: readonly (readonly [string, string])[]): Buffer => metadata('x', records);
  const g = (...records: readonly (readonly [string, string])[]): Buffer => metadata('g', records);
  const long = Buffer.concat([tarHeader({ path: '././@LongLink', flag: 'L' }, 5), block('long\0')]);
  it.each([
    ['a global header names nothing', [g(['path', 'away'])], 'db'],
    ['a global header ends the header before it', [x(['path', 'away']), g(['uid', '1'])], 'db'],
    ['a header replaces all of the header before it', [x(['path', 'away']), x(['uid', '1'])], 'db'],
    ['a header alone names the next entry', [x(['path', 'away'])], 'away'],
    ['an empty record leaves the name as it is', [x(['path', ''])], 'db'],
    [
      'a long name has precedence over a record, in either order',
      [long, x(['path', 'away'])],
      'long',
    ],
    ['a sparse name without a known version is a remark', [x(['GNU.sparse.name', 'away'])], 'db'],
    [
      'a sparse name of an unknown version is a remark',
      [x(['GNU.sparse.major', '7'], ['GNU.sparse.name', 'away'])],
      'db',
    ],
  ])('B2: reads names as container runtimes do: %s', (_, headers, name) => {
    expect(
      read(Buffer.concat([...headers, tarHeader({ path: 'db' }, 0), end])).map(
        (entry) => entry.name,
      ),
    ).toEqual([name]);
  });

  it.each([
    ['ustar\x0000', '', 'pre', 'pre/db'],
    ['ustar\x0000', 'tar\0', `${'p'.repeat(131)}123`, `${'p'.repeat(131)}/db`],
    ['ustar\x0000', '', `${'p'.repeat(131)}123`, `${'p'.repeat(131)}123/db`],
    ['ustar  \0', '', '00000000000\x0000000000000\0', 'db'],
    ['ustar  \0', '', 'var/lib/dpkg', 'var/lib/dpkg/db'],
    ['\0\0\0\0\0\0\0\0', '', 'pre', 'db'],
  ])(
    'B2: takes the prefix of a name as container runtimes do: %j %j %j',
    (magic, trailer, prefix, name) => {
      const header = tarHeader({ path: 'db' }, 0).fill(0, 257, 265).fill(0, 345, 512);
      header.write(magic, 257, 'latin1');
      header.write(prefix, 345, 'latin1');
      header.write(trailer, 508, 'latin1');
      header.fill(0x20, 148, 156);
      header.write(
        `${header
          .reduce((sum, byte) => sum + byte, 0)
          .toString(8)
          .padStart(6, '0')}\0 `,
        148,
        'latin1',
      );
      expect(read(Buffer.concat([header, end])).map((entry) => entry.name)).toEqual([name]);
    },
  );

  it('ends after the content of the last entry, also without its padding, as in Go', () => {
    const whole = [tarHeader({ path: 'a' }, 2), block('1\n'), tarHeader({ path: 'b' }, 2)];
    const names = (...last: Buffer[]) =>
      read(Buffer.concat([...whole, ...last])).map((e) => e.name);
    expect(names(Buffer.from('2\n'))).toEqual(['a', 'b']);
    expect(names(block('2\n').subarray(0, 99))).toEqual(['a', 'b']);
    expect(() => names(Buffer.from('2'))).toThrow('cut short');
  });

  it.each([
    ['a wrong checksum', Buffer.concat([tarHeader({ path: 'a' }, 0).fill('b', 0, 1), end])],
    [
      'an entry after one block of zeros',
      Buffer.concat([Buffer.alloc(512), tarHeader({ path: 'a' }, 0), end]),
    ],
    ['content cut short', Buffer.concat([tarHeader({ path: 'a' }, 600), block('x')])],
    [
      'an extended header that nothing follows',
      Buffer.concat([tarHeader({ path: 'p', flag: 'x' }, 9), block('9 path=a\n')]).subarray(0, 600),
    ],
    [
      'a record that is longer than its header',
      Buffer.concat([tarHeader({ path: 'p', flag: 'x' }, 11), block('99 path=ab\n'), end]),
    ],
    [
      'a record of no length',
      Buffer.concat([tarHeader({ path: 'p', flag: 'x' }, 9), block('0 path=a\n'), end]),
    ],
    [
      'a zero byte in a path',
      Buffer.concat([
        tarHeader({ path: 'p', flag: 'x' }, 11),
        block('11 path=a\0\n'),
        tarHeader({ path: 'a' }, 0),
        end,
      ]),
    ],
  ])('is MALFORMED with %s', (_, bytes) => {
    expect(catchCode(bytes)).toBe('MALFORMED');
  });

  it('reads extended headers of up to a megabyte and no more', () => {
    const pax = (length: number): Buffer => {
      const value = 'x'.repeat(length - 'nnnnnnn comment=\n'.length);
      const record = paxRecord('comment', value);
      return Buffer.concat([
        tarHeader({ path: 'p', flag: 'x' }, record.length),
        block(record),
        tarHeader({ path: 'a' }, 0),
        end,
      ]);
    };
    expect(catchCode(pax(1024 * 1024))).toBe('read');
    expect(catchCode(pax(1024 * 1024 + 10))).toBe('LIMIT_EXCEEDED');
  });

  it('throws only Failure, for any bytes and for any change of a complete archive', () => {
    const seed = packTar([
      folder('a'),
      file('a/b', 'x'.repeat(700)),
      link('l', 'a/b'),
      file('d/'.repeat(80), 'y'),
    ]);
    const change = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 3_000 }), change), (input) => {
        const bytes = input instanceof Uint8Array ? input : Buffer.from(seed);
        if (Array.isArray(input)) for (const [at, byte] of input) bytes[at] = byte;
        expect(['read', 'MALFORMED', 'LIMIT_EXCEEDED']).toContain(catchCode(bytes));
      }),
      { numRuns: 500 },
    );
  });
});
