import { describe, expect, it } from 'vitest';
import { createElfWriter, packElf } from '../../../../test/support/elf.ts';
import { file, makeImage } from '../../../../test/support/images.ts';
import type { Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { findAddress } from '../../advisories/address.ts';
import { inventoryImage } from '../../inventory/index.ts';

const elf = (text: string, section = '.rodata'): Buffer =>
  packElf({ sections: [{ name: section, content: text }], writable: 'data' });

async function look(path: string, program: Buffer) {
  const image = makeImage([[file(path, program, 0o755)]]);
  const { components, outcome, skips, notes } = orThrow(await inventoryImage(image));
  return {
    found: components.map(({ purl, licenses }) => `${purl} ${licenses.join()}`),
    outcome,
    why: skips.map(({ cause }) => cause.message),
    notes,
  };
}

describe('A20, B2: a program without a package is identified by its content', () => {
  it.each([
    ['usr/local/bin/node', 'x\0node.js/v24.21.0\0y', 'pkg:generic/node@24.21.0 MIT'],
    ['usr/sbin/nginx', 'nginx version: nginx/1.22.1\0', 'pkg:generic/nginx@1.22.1 BSD-2-Clause'],
    [
      'usr/local/bin/postgres',
      '\0PostgreSQL 15.20 (Debian 15.20-0) on x86_64',
      'pkg:generic/postgresql@15.20 PostgreSQL',
    ],
    [
      'usr/lib/libruby.so.3.1',
      '\0ruby 3.1.2p20 (2022-04-12 revision',
      'pkg:generic/ruby@3.1.2 Ruby OR BSD-2-Clause',
    ],
    ['usr/local/bin/php', 'X-Powered-By: PHP/8.2.36\0', 'pkg:generic/php@8.2.36 PHP-3.01'],
    [
      'opt/lib/libcrypto.so.3',
      '\0OpenSSL 3.0.19 27 Jan 2026\0',
      'pkg:generic/openssl@3.0.19 Apache-2.0',
    ],
    ['usr/sbin/httpd', '\0Apache/2.4.71 (Unix)\0', 'pkg:generic/httpd@2.4.71 Apache-2.0'],
    ['bin/mariadbd', '\u000010.11.19-MariaDB\0', 'pkg:generic/mariadb@10.11.19 GPL-2.0-only'],
    ['bin/memcached', '\0memcached 1.6.18\n\0', 'pkg:generic/memcached@1.6.18 BSD-3-Clause'],
    [
      'sbin/varnishd',
      `\0varnish-7.1.1 revision ${'7c'.repeat(20)}\0`,
      'pkg:generic/varnish@7.1.1 BSD-2-Clause',
    ],
    ['sbin/lighttpd', '\0lighttpd/1.4.69 (ssl)', 'pkg:generic/lighttpd@1.4.69 BSD-3-Clause'],
    ['sbin/unbound', '\0unbound 1.17.1\0', 'pkg:generic/unbound@1.17.1 BSD-3-Clause'],
    ['sbin/dnsmasq', '\0dnsmasq-2.90\0', 'pkg:generic/dnsmasq@2.90 GPL-2.0-only OR GPL-3.0-only'],
    ['sbin/squid', '\0squid/5.7\0', 'pkg:generic/squid@5.7 GPL-2.0-or-later'],
    ['sbin/sshd', '\0OpenSSH_9.2p1\0', 'pkg:generic/openssh@9.2p1 BSD-3-Clause'],
    ['usr/bin/curl', '\0curl/7.88.1\0', 'pkg:generic/curl@7.88.1 curl'],
    ['usr/bin/git', '\0\xffgit/2.39.5\0', 'pkg:generic/git@2.39.5 GPL-2.0-only'],
    ['usr/bin/lua5.4', '$LuaVersion: Lua 5.4.4  C', 'pkg:generic/lua@5.4.4 MIT'],
    [
      'bin/bash',
      '@(#)Bash version 5.2.15(1) release GNU\0',
      'pkg:generic/bash@5.2.15 GPL-3.0-or-later',
    ],
    ['bin/busybox', '\0BusyBox v1.36.1 (2024', 'pkg:generic/busybox@1.36.1 GPL-2.0-only'],
    ['opt/bin/openssl', '\0OpenSSL 1.1.1w  11 Sep 2023\0', 'pkg:generic/openssl@1.1.1w OpenSSL'],
  ])('%s', async (path, text, expected) => {
    const { found, outcome, notes } = await look(path, elf(text));
    expect([found, outcome]).toEqual([[expected], 'complete']);
    expect(notes).toEqual([expect.stringContaining('identified by its content')]);
  });

  it('haproxy by what it keeps in its variables', async () => {
    const sections = [{ name: '.rodata', content: 'x' }];
    const writable = '\0 version 2.6.12-1+deb12u4, released 2026/10/17\0';
    const { found } = await look('usr/sbin/haproxy', packElf({ sections, writable }));
    expect(found).toEqual(['pkg:generic/haproxy@2.6.12 GPL-2.0-or-later AND LGPL-2.1-only']);
  });

  it.each([
    ['another name', 'usr/bin/tool', 'node.js/v24.21.0\0'],
    ['a nightly build', 'usr/bin/node', 'node.js/v24.21.0-nightly\0'],
    ['a text that only begins so', 'usr/bin/postgres', '\0PostgreSQL 9.1.\0'],
    ['several versions', 'usr/bin/node', 'node.js/v24.21.0\0node.js/v22.1.0\0'],
    ['no version', 'usr/bin/node', 'node.js'],
  ])('but not with %s', async (_, path, text) => {
    expect(await look(path, elf(text))).toMatchObject({ found: [], outcome: 'partial' });
  });

  it('over the end of a piece, and without names of sections', async () => {
    const far = `${'.'.repeat(1024 * 1024 - 5)}node.js/v24.21.0\0`;
    expect((await look('bin/node', elf(far))).outcome).toBe('complete');
    const unnamed = packElf({ sections: [], writable: 'node.js/v24.21.0\0' });
    expect((await look('bin/node', unnamed)).outcome).toBe('complete');
  });

  it('Python by its header, with its library and its modules, and only itself', async () => {
    const library = elf('Py_GetVersion\0', '.dynstr');
    const python = packElf({ sections: [], writable: 'libpython3.12.so.1.0\0Py_BytesMain\0' });
    const files = {
      'usr/local/include/python3.12/patchlevel.h': '#define PY_VERSION   "3.12.1"\n',
      'usr/local/bin/python3.12': python,
      'usr/local/lib/libpython3.12.so.1.0': Buffer.concat([python, Buffer.alloc(1)]),
      'usr/local/lib/libpython3.so': python,
      'usr/local/lib/python3.12/lib-dynload/_ssl.so': library,
    };
    const inventory = async (more: Readonly<Record<string, string | Buffer | null>>) => {
      const entries = Object.entries({ ...files, ...more });
      const layer = entries.flatMap(([path, content]) =>
        content === null ? [] : [file(path, content, 0o755)],
      );
      return orThrow(await inventoryImage(makeImage([layer])));
    };
    const { components, outcome, notes, skips } = await inventory({});
    expect(skips.map(({ cause }) => cause.message)).toEqual([]);
    expect([components.map(({ purl }) => purl), outcome]).toEqual([
      ['pkg:generic/python@3.12.1'],
      'complete',
    ]);
    expect(notes?.[0]).toContain('identified by its content and its header');
    const header = 'usr/local/include/python3.12/patchlevel.h';
    for (const change of [
      { [header]: null },
      { [header]: '#define PY_VERSION "3.11.1"' },
      { 'usr/local/bin/python3.12': elf('something else') },
      { 'usr/local/lib/python3.12/site-packages/x.so': library },
      { 'opt/bin/python3.12': python },
    ])
      expect([change, (await inventory(change)).outcome]).toEqual([change, 'partial']);
  });

  it('not by parts that overlap, which would be read many times', async () => {
    const write = createElfWriter(64, 'little');
    const text = Buffer.from('node.js/v24.21.0\0'.padEnd(999));
    const head = write.header({ sectionsAt: 0, programs: 3, sections: 0 });
    const segment = write.segment(0, 64 + 3 * 56 + text.length);
    const program = Buffer.concat([head, segment, segment, segment, text]);
    expect((await look('bin/node', program)).outcome).toBe('partial');
  });

  it('D15: those that OSV or NVD lists by a name that is known here are matched, no others', () => {
    const address = (name: string) =>
      findAddress({ purl: `pkg:generic/${name}@1.0.0` as Purl, version: '', source: null }).kind;
    expect(['node', 'openssl', 'x/node', 'thing'].map(address)).toEqual([
      'address',
      'address',
      'not-covered',
      'not-covered',
    ]);
  });
});
