import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { file, folder, hardLink, link } from '../../../test/support/images.ts';
import { packTar, paxRecord, tarHeader } from '../../../tools/image/tar.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { readTar } from './tar.ts';
import { indexTar, type TarIndex } from './tar-index.ts';

async function index(bytes: Buffer): Promise<TarIndex | string> {
  const readAt = async (offset: number, length: number): Promise<Uint8Array> => {
    expect(length).toBeLessThanOrEqual(512);
    return bytes.subarray(offset, offset + length);
  };
  try {
    return await indexTar(readAt, bytes.length);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown.code;
    throw thrown;
  }
}

/** The files of an archive and their content, as the reader of streams gives them. */
function stream(bytes: Buffer): ReadonlyMap<string, string> | string {
  const files = new Map<string, string>();
  try {
    const tar = readTar(({ name, kind }) => {
      const pieces: Buffer[] = [];
      const end = (): void => void files.set(name, Buffer.concat(pieces).toString());
      if (kind !== 'file') return null;
      return { write: (piece) => void pieces.push(Buffer.from(piece)), end };
    });
    tar.push(bytes);
    tar.finish();
    return files;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown.code;
    throw thrown;
  }
}

describe('the index of a tar archive', () => {
  const long = `${'deep/'.repeat(40)}file`;
  const items = [
    folder('a'),
    file('a/b', 'x'.repeat(1_500)),
    link('a/l', '../c'),
    hardLink('h', 'a/b'),
    link('out', '/etc/passwd'),
    file(long, 'y'),
    file('c', ''),
  ];

  it('says where the content of each file is, and does not read the content', async () => {
    const bytes = packTar(items);
    const found = await index(bytes);
    if (typeof found === 'string') throw new Error(found);
    expect([...found.keys()]).toEqual(['a/b', 'a/l', 'h', 'out', long, 'c']);
    expect(found.get('a/l')).toEqual({ kind: 'link', target: 'c' });
    expect(found.get('h')).toEqual({ kind: 'link', target: 'a/b' });
    expect(found.get('out')).toEqual({ kind: 'link', target: '..' });
    for (const [name, text] of stream(bytes)) {
      const member = found.get(name as string);
      if (member?.kind !== 'file') throw new Error(`no ${name}`);
      expect(bytes.toString('utf8', member.offset, member.offset + member.size)).toBe(text);
    }
  });

  it('calls a repeated name ambiguous, and leaves out a path out of the archive', async () => {
    const found = await index(packTar([file('a', '1'), file('./a', '2'), file('../b', '3')]));
    expect(found).toEqual(new Map([['a', { kind: 'ambiguous' }]]));
  });

  it('takes the size that pax states, so that no content is read as an entry', async () => {
    const record = paxRecord('size', '512');
    const bytes = Buffer.concat([
      tarHeader({ path: 'p', flag: 'x' }, record.length),
      Buffer.from(record.padEnd(512, '\0')),
      tarHeader({ path: 'outer' }, 0),
      tarHeader({ path: 'smuggled' }, 0),
      Buffer.alloc(1_024),
    ]);
    expect(await index(bytes)).toEqual(
      new Map([['outer', { kind: 'file', offset: 1_536, size: 512 }]]),
    );
  });

  it('has at most as many entries as allowed', async () => {
    const header = tarHeader({ path: 'a' }, 0);
    const repeat = (entries: number) => {
      const size = entries * header.length;
      return indexTar(async (offset) => (offset < size ? header : new Uint8Array()), size);
    };
    expect(await repeat(LIMITS.layoutEntriesMax)).toMatchObject({ size: 1 });
    await expect(repeat(LIMITS.layoutEntriesMax + 1)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  it('agrees with the reader of streams on damaged archives, for any changed bytes', async () => {
    const seed = packTar(items.filter(({ path }) => !path.includes('a/')));
    const change = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(change, fc.nat(seed.length), async (changes, cut) => {
        const bytes = Buffer.from(seed);
        for (const [at, byte] of changes) bytes[at] = byte;
        const whole = cut % 3 === 0 ? bytes.subarray(0, cut) : bytes;
        const found = await index(whole);
        const read = stream(whole);
        if (typeof read === 'string') expect(found).toBe(read);
        else if (typeof found === 'string') expect([found, read.size]).toEqual(['MALFORMED', 0]);
      }),
    );
  });
});
