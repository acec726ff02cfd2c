import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packElf } from '../../../../test/support/elf.ts';
import { Failure } from '../../../core/failure.ts';
import { redisProgram } from './redis-program.ts';

const ZEROS = '0'.repeat(9);
const pack = (text: string, section = '.rodata'): Buffer =>
  packElf({ sections: [{ name: section, content: text }], writable: 'data' });
const read = (text: string, path = 'usr/local/bin/redis-server') =>
  redisProgram.extract({ path, bytes: pack(text) });
const name = (text: string, path?: string): readonly string[] =>
  read(text, path).drafts.map(({ version, licenses }) => `${version} ${licenses.join()}`);

describe('A20, B2: Redis is identified by its content', () => {
  it.each([
    ['a build of a distribution', `x\u00007.0.15\0A7.0.151790282056${ZEROS}\0`, '7.0.15'],
    ['a host that begins with a digit', `\u00007.2.4\u00007.2.45a8c-1706789012${ZEROS}\0`, '7.2.4'],
    ['a host', `\u00006.2.14\u00006.2.14buildkitsandbox-1706789012${ZEROS}\0`, '6.2.14'],
    [
      'versions of its commands',
      `\u00001.0.0\u00007.2.1\u00007.2.14\u00002.8.7\u00007.2.14h-1706789012${ZEROS}\0`,
      '7.2.14',
    ],
  ])('with %s', (_, text, version) => {
    expect(name(text)).toEqual([`${version} BSD-3-Clause`]);
    expect(read(text).notes).toEqual([expect.stringContaining('identified by its content')]);
  });

  it('with the licence of its version', () => {
    const build = (version: string): string => `\0${version}\0${version}1790282056${ZEROS}\0`;
    expect(name(build('7.4.1'))).toEqual(['7.4.1 LicenseRef-RSALv2 OR SSPL-1.0']);
    expect(name(build('8.0.0'))).toEqual(['8.0.0 LicenseRef-RSALv2 OR SSPL-1.0 OR AGPL-3.0-only']);
  });

  it.each([
    ['only versions of commands', '\u00007.0.15\u00002.8.7\0'],
    ['a build without the constant', `\u00007.0.151790282056${ZEROS}\0`],
    ['another text that ends so', `\u00007.0.15\u00007.0.15 and more ${ZEROS}\0`],
  ])('but not with %s', (_, text) => {
    expect(name(text)).toEqual([]);
  });

  it('but not by another name, and throws nothing but Failure', () => {
    const text = `\u00007.0.15\u00007.0.151790282056${ZEROS}\0`;
    expect(name(text, 'usr/bin/tool')).toEqual([]);
    const whole = pack(text);
    const parse = (bytes: Uint8Array): void => {
      try {
        redisProgram.extract({ path: 'redis-server', bytes });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Failure);
      }
    };
    for (let end = 0; end < whole.length; end++) parse(whole.subarray(0, end));
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at % whole.length] = byte;
        parse(damaged);
      }),
    );
  });
});
