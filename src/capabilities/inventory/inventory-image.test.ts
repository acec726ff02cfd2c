import { describe, expect, it } from 'vitest';
import { file, folder, hardLink, link, makeImage, whiteout } from '../../../test/support/images.ts';
import {
  dpkg,
  inventoryLayers,
  names,
  npm,
  OS,
  stanza,
} from '../../../test/support/package-layers.ts';
import type { TarItem } from '../../../tools/image/tar.ts';
import { orThrow } from '../../core/result.ts';
import { inventoryImage } from './inventory-image.ts';

const LEFT_PAD = '{"name":"left-pad","version":"1.0.0"}';

describe('B1 B2: the effective inventory of an image', () => {
  it('counts the last state of a package database, never the union of its layers', async () => {
    const inventory = await inventoryLayers([[OS, dpkg('a', 'gone')], [dpkg('a', 'b')]]);
    expect(names(inventory)).toEqual(['a', 'b']);
    expect(inventory).toMatchObject({
      outcome: 'complete',
      found: ['dpkg'],
      os: { id: 'debian', versionId: '12' },
    });
    expect(inventory.components[0]?.purl).toBe('pkg:deb/debian/a@1?arch=amd64&distro=debian-12');
  });

  it('attributes a package to the layer that added it, not to a later rewrite', async () => {
    const image = makeImage([[OS, dpkg('a')], [dpkg('a', 'b')], [file('x')]]);
    const config = JSON.parse(Buffer.from(image.config).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    const inventory = orThrow(await inventoryImage(image));
    expect(inventory.components.map(({ layer }) => layer)).toEqual(
      config.rootfs.diff_ids.slice(0, 2),
    );
  });

  it('attributes a package that was removed and added again to its second layer', async () => {
    const image = makeImage([[OS, dpkg('a', 'b')], [dpkg('a')], [dpkg('a', 'b')]]);
    const config = JSON.parse(Buffer.from(image.config).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    const inventory = orThrow(await inventoryImage(image));
    expect(inventory.components[1]?.layer).toBe(config.rootfs.diff_ids[2]);
  });

  it.each(['gzip', 'zstd', 'none'] as const)(
    'reads the same from %s layers',
    async (compression) => {
      const inventory = orThrow(
        await inventoryImage(makeImage([[OS, dpkg('a')], [npm('left-pad')]], compression)),
      );
      expect(names(inventory)).toEqual(['a', 'left-pad']);
    },
  );

  it('is complete with nothing found for an image without a package database', async () => {
    expect(await inventoryLayers([[file('bin/tool', 'text', 0o755)]])).toMatchObject({
      found: [],
      outcome: 'complete',
      components: [],
    });
  });
});

describe('whiteouts (OCI image-spec, layer.md)', () => {
  it('hide a file of a lower layer', async () => {
    expect(
      names(
        await inventoryLayers([
          [npm('a'), npm('b')],
          [whiteout('app/node_modules/a/package.json')],
        ]),
      ),
    ).toEqual(['b']);
  });

  it('hide a folder of a lower layer with its content', async () => {
    expect(
      names(await inventoryLayers([[npm('a'), npm('b')], [whiteout('app/node_modules')]])),
    ).toEqual([]);
  });

  it('hide nothing of their own layer, in any order', async () => {
    const hide = whiteout('app/node_modules/a');
    expect(names(await inventoryLayers([[npm('a')], [hide, npm('a')]]))).toEqual(['a']);
    expect(names(await inventoryLayers([[npm('a')], [npm('a'), hide]]))).toEqual(['a']);
  });

  it('that are opaque hide lower content of their folder, not of their own layer', async () => {
    const opaque = file('app/node_modules/.wh..wh..opq');
    expect(
      names(
        await inventoryLayers([
          [npm('a'), npm('b')],
          [npm('c'), opaque],
        ]),
      ),
    ).toEqual(['c']);
    expect(
      names(
        await inventoryLayers([
          [npm('a'), npm('b')],
          [opaque, npm('c')],
        ]),
      ),
    ).toEqual(['c']);
    expect(names(await inventoryLayers([[npm('a')], [file('.wh..wh..opq')]]))).toEqual([]);
  });

  it('hide a link, so that a later folder in its place is a folder', async () => {
    const layers = [
      [file('store/a/x'), link('app', 'store')],
      [whiteout('app')],
      [npm('a'), whiteout('store')],
    ];
    expect(names(await inventoryLayers(layers))).toEqual(['a']);
  });
});

describe('what replaces what', () => {
  it('a file in the place of a folder removes its content', async () => {
    expect(names(await inventoryLayers([[npm('a')], [file('app/node_modules')]]))).toEqual([]);
  });

  it('a link in the place of a folder removes its content', async () => {
    expect(names(await inventoryLayers([[npm('a')], [link('app', 'elsewhere')]]))).toEqual([]);
  });

  it('a folder merges with a folder', async () => {
    expect(
      names(await inventoryLayers([[npm('a')], [folder('app/node_modules'), npm('b')]])),
    ).toEqual(['a', 'b']);
  });

  it('a folder that replaces a link is a folder', async () => {
    const layers = [
      [link('app', 'store'), npm('a')],
      [folder('app'), npm('b')],
      [whiteout('store')],
    ];
    expect(names(await inventoryLayers(layers))).toEqual(['b']);
  });

  it('the last of two entries with one path in one layer counts', async () => {
    expect(names(await inventoryLayers([[OS, dpkg('a'), dpkg('b')]]))).toEqual(['b']);
  });

  it('a folder in place of the package database is not a package database', async () => {
    expect(
      names(await inventoryLayers([[OS, dpkg('a')], [folder('var/lib/dpkg/status')]])),
    ).toEqual([]);
  });
});

describe('links in an image', () => {
  it('among the parents of an entry are followed inside the root, as in unpacking', async () => {
    const layers = [
      [OS, link('var/lib', '../data/lib')],
      [file('var/lib/dpkg/status', stanza('a'))],
    ];
    const inventory = await inventoryLayers(layers);
    expect(names(inventory)).toEqual(['a']);
    expect(inventory.outcome).toBe('complete');
  });

  it.each([
    ['a folder above the database', [link('var/lib', '/data')], 'data/dpkg/status'],
    ['the folder of the database', [link('var/lib/dpkg', '../../opt/db')], 'opt/db/status'],
    ['the database itself', [link('var/lib/dpkg/status', '/opt/x.dat')], 'opt/x.dat'],
    [
      'links of links',
      [link('var/lib/dpkg', '/a'), link('a', 'b/../c'), link('c', '/d')],
      'd/status',
    ],
    [
      'an absolute link that leads above the root',
      [link('var/lib/dpkg', '/../../../opt')],
      'opt/status',
    ],
  ] as const)('cannot hide a package database: %s', async (_, links, place) => {
    const inventory = await inventoryLayers([[OS, file(place, stanza('a'))], [...links]]);
    expect(names(inventory)).toEqual(['a']);
    expect(names(await inventoryLayers([[OS, ...links, file(place, stanza('a'))]]))).toEqual(['a']);
  });

  it('that are hard hide no package database, and keep the content of a deleted one', async () => {
    const layers = [
      [OS, file('opt/x', stanza('a')), hardLink('var/lib/dpkg/status', 'opt/x')],
      [whiteout('opt/x')],
    ];
    expect(names(await inventoryLayers(layers))).toEqual(['a']);
    const replaced = [
      [OS, file('opt/x', stanza('a')), hardLink('var/lib/dpkg/status', 'opt/x')],
      [dpkg('b')],
    ];
    expect(names(await inventoryLayers(replaced))).toEqual(['b']);
  });

  it('lead node to packages outside node_modules', async () => {
    const text = '{"name":"@shop/core","version":"2.0.0"}';
    const one = [
      [
        file('src/core/package.json', text),
        link('app/node_modules/@shop/core', '../../../src/core'),
      ],
    ];
    expect(names(await inventoryLayers(one))).toEqual(['@shop/core']);
    const all = [
      [
        file('deps/lodash/package.json', '{"name":"lodash","version":"4.17.20"}'),
        link('app/node_modules', '/deps'),
      ],
    ];
    expect(names(await inventoryLayers(all))).toEqual(['lodash']);
  });

  it.each([
    ['loop', [link('var/lib/dpkg/status', 'status')]],
    ['loop over several', [link('var', 'var2'), link('var2', 'var')]],
    [
      'lead on for too long',
      Array.from({ length: 41 }, (_, at) =>
        link(at === 0 ? 'var/lib/dpkg' : `l${at}`, `/l${at + 1}`),
      ),
    ],
  ] as const)(
    'that %s make the inventory partial where they are before a database',
    async (_, links) => {
      const inventory = await inventoryLayers([[OS, ...links]]);
      expect(inventory.outcome).toBe('partial');
      expect(inventory.skips.map(({ cause }) => cause.code)).toContain('UNSAFE_PATH');
    },
  );

  it('up to the limit are followed', async () => {
    const links = Array.from({ length: 40 }, (_, at) =>
      link(at === 0 ? 'var/lib/dpkg' : `l${at}`, `/l${at + 1}`),
    );
    expect(names(await inventoryLayers([[OS, ...links, file('l40/status', stanza('a'))]]))).toEqual(
      ['a'],
    );
  });

  it('to nothing, in place of the database, make the inventory partial', async () => {
    const { outcome, skips } = await inventoryLayers([
      [OS, link('var/lib/dpkg/status', '/nowhere')],
    ]);
    expect([outcome, skips.map(({ cause }) => cause.code)]).toEqual([
      'partial',
      ['FACT_UNKNOWN', 'NOT_FOUND'],
    ]);
  });

  it('are followed in folders that are links themselves', async () => {
    const layer = [OS, link('app/node_modules', '/mods'), file('store/a/package.json', LEFT_PAD)];
    expect(
      names(await inventoryLayers([[...layer, dpkg('x'), link('mods/left-pad', '/store/a')]])),
    ).toContain('left-pad');
    const database = [
      link('var/lib/dpkg', '/db'),
      link('db/status', '/real'),
      file('real', stanza('a')),
    ];
    expect(names(await inventoryLayers([[OS, ...database]]))).toEqual(['a']);
  });

  it('I3: make the inventory partial where they lead further after the last pass', async () => {
    const chain = (length: number): readonly TarItem[] =>
      Array.from({ length }, (_, at) =>
        hardLink(at === length - 1 ? 'x/node_modules/y/package.json' : `h${at + 1}`, `h${at}`),
      );
    const inventories = [2, 9].map((length) =>
      inventoryLayers([[OS, dpkg('a'), file('h0', LEFT_PAD), ...chain(length)]]),
    );
    const [short, long] = await Promise.all(inventories);
    expect(short).toMatchObject({
      outcome: 'complete',
      components: [{ name: 'a' }, { name: 'left-pad' }],
    });
    expect(long).toMatchObject({
      outcome: 'partial',
      skips: [{ cause: { code: 'LIMIT_EXCEEDED' } }],
    });
  });

  it('I3: to one place are all followed by kind, however many of one kind there are', async () => {
    const many = Array.from({ length: 9 }, (_, at) => link(`p${at}/node_modules/q${at}`, '/data'));
    const inventory = await inventoryLayers([
      [
        OS,
        dpkg('a'),
        ...many,
        link('z/node_modules', '/data'),
        file('data/left-pad/package.json', LEFT_PAD),
      ],
    ]);
    expect(names(inventory)).toEqual(['a', 'left-pad']);
  });

  it('that loop elsewhere do no harm', async () => {
    expect((await inventoryLayers([[OS, dpkg('a'), link('x', 'y'), link('y', 'x')]])).outcome).toBe(
      'complete',
    );
  });
});

it('truth A24: a large image says how far it is, and a small one says nothing', async () => {
  const told: number[] = [];
  const layer = Array.from({ length: 6_000 }, (_, at) => file(`srv/f${at}`));
  const onProgress = (done: number): void => void told.push(done);
  await inventoryImage(makeImage([layer]), { onProgress });
  expect(told).toEqual([]);
  await inventoryImage(makeImage([layer, layer]), { onProgress });
  expect(told).toEqual([10_000]);
});
