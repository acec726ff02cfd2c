import { expect } from 'vitest';
import { toInstant } from '../../../src/core/instant.ts';
import { file } from '../images.ts';
import { ADVISORIES, CRITICAL_TZDATA } from '../scene-advisories.ts';
import { type ImageWorld, runs, TZDATA } from './image-world.ts';
import type { Remedy, Step } from './remedy.ts';

const DAY_MS = 86_400_000;
const STRANGER = 'CN=nobody,O=Shop,ST=WA,C=US';
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46, ...new Array<number>(60).fill(0)]);
const ZLIB = { name: 'zlib', version: '1:1.2.11.dfsg-2' };
const ZLIB_FIXED = { name: 'zlib', version: '1:1.2.13.dfsg-1+deb12u9' };
const LEFT = { name: 'left', version: '1.0.0', license: 'MIT' };
const LEFT_FEED = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2026-01-01T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.9.0' }] }],
    },
  ],
};
const ADD_TRUST = runs('waybill trust add');
const RELEASE = runs('waybill release');
const except = (rule: string): Step<ImageWorld> => ({
  says: 'add an exception with an owner and an end',
  does: async (world) => world.except(rule),
});
/** Where the fix need not say it: an image is released before it is admitted. */
const RELEASE_IT: Step<ImageWorld> = { says: '', does: (world) => world.publish() };
/** An inventory that is not whole leaves what depends on it open as well. */
const exceptAll: Step<ImageWorld> = {
  says: '',
  does: async (world) => {
    for (const rule of ['B23-no-critical-finding', 'B24-licenses', 'scan-complete'])
      world.except(rule);
  },
};
/** A command that must say why. */
const shows = (says: string, what: RegExp): Step<ImageWorld> => ({
  says,
  does: async (world) => {
    const { stdout, stderr } = await world.follow(says);
    expect(stdout + stderr).toMatch(what);
  },
});
const rebuild = (says: string, ...packages: readonly (typeof TZDATA)[]): Step<ImageWorld> => ({
  says,
  does: (world) => world.build(packages),
});

const allow = (parameter: string, find: (world: ImageWorld) => string): Step<ImageWorld> => ({
  says: `to parameters.${parameter}`,
  does: async (world) =>
    world.setPolicy((text) => text.replace(`${parameter}: [`, `$&"${find(world)}",`)),
});

/** How each rule about an image is broken, and fixed by what its fix says. */
export const IMAGE_REMEDIES: readonly Remedy<ImageWorld>[] = [
  {
    rule: 'B22-signed-artifacts',
    gates: ['release'],
    breaks: (world) => world.start(),
    ways: [[RELEASE]],
  },
  {
    rule: 'B22-signed-artifacts',
    gates: ['release'],
    breaks: async (world) => {
      await world.start();
      await world.trust(STRANGER);
    },
    ways: [[ADD_TRUST, RELEASE]],
  },
  {
    rule: 'B23-no-critical-finding',
    gates: ['release', 'admission', 'audit'],
    breaks: async (world) => {
      await world.start([ZLIB]);
      await world.publish();
    },
    ways: [[runs('waybill scan', 1), rebuild('Build the image again', ZLIB_FIXED), RELEASE]],
  },
  {
    rule: 'B23-no-critical-finding',
    gates: ['release', 'admission', 'audit'],
    breaks: async (world) => {
      await world.start();
      await world.publish();
      await world.addFeed([CRITICAL_TZDATA]);
    },
    ways: [[except('B23-no-critical-finding')]],
  },
  {
    rule: 'B24-licenses',
    gates: ['release', 'audit'],
    breaks: async (world) => {
      await world.start([TZDATA], 'AGPL-3.0-only');
      await world.publish();
    },
    ways: [
      [
        {
          says: 'change parameters.refusedLicenses',
          does: async (world) =>
            world.setPolicy((text) => text.replaceAll(/\bAGPL-[\d.]+(?:-[a-z-]+)?,? ?/g, '')),
        },
      ],
      [rebuild('Replace the component', { name: 'other', version: '1.0' }), RELEASE_IT],
    ],
  },
  {
    rule: 'I17-signed-image',
    gates: ['admission', 'audit'],
    breaks: async (world) => {
      await world.start();
      await world.attach({ imageKey: null });
    },
    ways: [[runs('waybill sign')]],
  },
  ...['I17-signed-image', 'I18-signed-sbom'].map(
    (rule): Remedy<ImageWorld> => ({
      rule,
      gates: ['admission', 'audit'],
      breaks: async (world) => {
        await world.start();
        await world.publish();
        await world.trust(STRANGER);
      },
      ways: [[ADD_TRUST]],
    }),
  ),
  {
    rule: 'I18-signed-sbom',
    gates: ['admission', 'audit'],
    breaks: async (world) => {
      await world.start();
      await world.attach({ without: ['sbom'] });
    },
    ways: [[RELEASE]],
  },
  {
    rule: 'I18-scan-fresh',
    gates: ['admission', 'audit'],
    breaks: async (world) => {
      await world.start();
      await world.attach({ at: toInstant(Date.now() - 3 * DAY_MS) });
    },
    ways: [[runs('waybill rescan')]],
  },
  {
    rule: 'I19-allowed-registry',
    gates: ['release', 'admission', 'audit'],
    breaks: async (world) => {
      await world.start();
      await world.publish();
      world.setPolicy((text) => text.replace('/shop"', '/shop/good"'));
    },
    ways: [
      [allow('allowedRegistries', ({ image }) => image.replace(':1.0', ''))],
      [
        {
          says: 'Push the image to an allowed registry',
          does: async (world) => {
            world.rename((name) => `good/${name}`);
            await world.build([TZDATA]);
          },
        },
        RELEASE_IT,
      ],
    ],
  },
  {
    rule: 'sbom-complete',
    gates: ['release', 'admission', 'audit'],
    breaks: async (world) => {
      await world.start([TZDATA], 'MIT', [file('opt/tool', ELF, 0o755)]);
      await world.publish();
    },
    ways: [
      [
        shows('waybill sbom', /^partial: .*\n .*opt\/tool/m),
        rebuild('Put that right in the image', TZDATA),
        RELEASE,
      ],
      [except('sbom-complete'), exceptAll],
    ],
  },
  {
    rule: 'scan-complete',
    gates: ['release'],
    breaks: async (world) => {
      await world.start([TZDATA], 'MIT', [
        file('app/node_modules/left/package.json', JSON.stringify(LEFT)),
      ]);
      await world.publish();
    },
    ways: [
      [
        shows('waybill scan', /no feed of npm was imported/),
        {
          says: 'import its advisories: waybill advisories import',
          does: (world) => world.addFeed([LEFT_FEED]),
        },
        RELEASE,
      ],
    ],
  },
  {
    rule: 'advisories-current',
    gates: ['release', 'admission', 'audit'],
    breaks: async (world) => {
      await world.start();
      await world.publish();
      await world.feed(ADVISORIES, Date.now() - 30 * DAY_MS);
    },
    ways: [
      [
        {
          says: 'Import current advisories: waybill advisories import',
          does: (world) => world.feed(ADVISORIES),
        },
      ],
    ],
  },
];
