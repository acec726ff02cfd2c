import { describe, expect, it } from 'vitest';
import { file, hardLink, link, whiteout } from '../../../test/support/images.ts';
import {
  dpkg,
  inventoryLayers,
  names,
  npm,
  OS,
  stanza,
} from '../../../test/support/package-layers.ts';

describe('what an image hides', () => {
  it('a distribution without its package database makes the inventory partial', async () => {
    expect(await inventoryLayers([[OS, dpkg('a')], [whiteout('var/lib/dpkg')]])).toMatchObject({
      outcome: 'partial',
      components: [],
      skips: [{ location: 'etc/os-release', cause: { code: 'FACT_UNKNOWN' } }],
    });
  });

  it.each([
    ['lib/x86_64-linux-gnu/libc.so.6'],
    ['usr/lib64/ld-linux-x86-64.so.2'],
    ['lib/ld-musl-x86_64.so.1'],
  ])(
    'I3: a distribution whose database and name were both deleted shows in its C library: %s',
    async (library) => {
      const slim = await inventoryLayers([[file(library, 'elf'), npm('a')]]);
      expect(slim.skips.map(({ location, cause }) => [location, cause.code])).toEqual([
        [library, 'FACT_UNKNOWN'],
      ]);
      expect((await inventoryLayers([[link(library, 'libc-2.31.so'), npm('a')]])).outcome).toBe(
        'partial',
      );
      expect(
        (await inventoryLayers([[OS, dpkg('libc6'), file(library, 'elf'), npm('a')]])).outcome,
      ).toBe('complete');
    },
  );

  it('a database that is not read, and was deleted by a later layer, does no harm', async () => {
    const layers = [
      [
        OS,
        dpkg('a'),
        file('x.dist-info/METADATA'),
        link('y.dist-info', 'x.dist-info'),
        link('z.whl', 'x'),
      ],
    ];
    expect((await inventoryLayers(layers)).outcome).toBe('partial');
    expect(
      (await inventoryLayers([...layers, ['x.dist-info', 'y.dist-info', 'z.whl'].map(whiteout)]))
        .outcome,
    ).toBe('complete');
  });

  it('a program that Go built makes the inventory partial', async () => {
    const program = Buffer.concat([
      Buffer.from('7f454c46', 'hex'),
      Buffer.alloc(9_000),
      Buffer.from('\xff Go buildinf:', 'latin1'),
    ]);
    const inventory = await inventoryLayers([[OS, dpkg('a'), file('bin/x', program, 0o755)]]);
    expect(inventory.skips.map(({ cause }) => cause.message)).toEqual([
      expect.stringContaining('go-program'),
    ]);
    expect(
      (await inventoryLayers([[OS, dpkg('a'), file('bin/x', program, 0o755)], [whiteout('bin/x')]]))
        .outcome,
    ).toBe('complete');
  });

  it('a hard link to a link is that link', async () => {
    const layers = [
      [
        OS,
        file('db', stanza('a')),
        link('l', '/db'),
        file('var/lib/dpkg/x'),
        hardLink('var/lib/dpkg/status', 'l'),
      ],
    ];
    expect(names(await inventoryLayers(layers))).toEqual(['a']);
  });

  it('a list of owned files whose folder loops is not a failure', async () => {
    const owned = file('var/lib/dpkg/info/a.list', '/loop/x\n/loop\n');
    expect(
      (await inventoryLayers([[OS, dpkg('a'), owned, link('loop', 'loop'), file('x.whl')]]))
        .outcome,
    ).toBe('partial');
  });

  it('an entry below a link that loops is refused, and so is a hard link to it', async () => {
    const inventory = await inventoryLayers([
      [OS, dpkg('a'), link('loop', 'loop'), file('loop/x'), hardLink('y', 'loop/x')],
    ]);
    expect(inventory).toMatchObject({
      outcome: 'partial',
      skips: [{ cause: { code: 'UNSAFE_PATH' } }],
    });
  });
});

describe('paths of an archive', () => {
  it('that leave the root are refused and make the inventory partial', async () => {
    const inventory = await inventoryLayers([
      [OS, dpkg('a'), file('../../etc/os-release', 'ID=evil')],
    ]);
    expect(inventory).toMatchObject({
      outcome: 'partial',
      os: { id: 'debian' },
      skips: [{ cause: { code: 'UNSAFE_PATH' } }],
    });
  });

  it('may be absolute, begin with ./ or use .. inside the root', async () => {
    const inventory = await inventoryLayers([
      [file('/etc/os-release', 'ID=debian'), file('./var/tmp/../lib//dpkg/./status', stanza('a'))],
    ]);
    expect(inventory).toMatchObject({ outcome: 'complete', components: [{ name: 'a' }] });
  });

  it('are read up to the limit; over it they make the inventory partial', async () => {
    const path = (length: number): string => `app/${'d/'.repeat((length - 4) / 2 - 1)}xx`;
    expect((await inventoryLayers([[file(path(4_096))]])).outcome).toBe('complete');
    expect(await inventoryLayers([[file(path(4_098))]])).toMatchObject({
      outcome: 'partial',
      skips: [{ cause: { code: 'LIMIT_EXCEEDED' } }],
    });
  });
});
