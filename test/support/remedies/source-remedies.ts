import { archive } from '../npm-project.ts';
import type { Remedy, Step } from './remedy.ts';
import { type SourceWorld, shows } from './source-world.ts';

const DAY_MS = 86_400_000;
const does = (says: string, work: (world: SourceWorld) => void): Step<SourceWorld> => ({
  says,
  does: async (world) => work(world),
});
const COMMIT = does('Commit the result', (world) => world.commit('-S'));
/** The lock that npm would write from the manifest as it is then. */
const runNpm = (version: string): Step<SourceWorld> => does('', (world) => world.lock(version));
const unpinBase = async (world: SourceWorld): Promise<void> => {
  await world.start();
  world.put('Dockerfile', `FROM ${world.base}\n`);
  world.commit('-S');
};
const unlock = async (world: SourceWorld): Promise<void> => {
  await world.start();
  world.put('package.json', { name: 'shop', dependencies: { left: '^1.0.0' } });
  world.git('rm', '--quiet', 'package-lock.json');
  world.commit('-S');
};
const makeVulnerable = async (world: SourceWorld): Promise<void> => {
  await world.start();
  world.lock('2.0.1');
  world.commit('-S');
};
const otherRegistry = { resolved: archive('left', '1.2.0', 'https://mirror.example.net/npm') };

/** How each rule about a source tree is broken, and fixed by what its fix says. */
export const SOURCE_REMEDIES: readonly Remedy<SourceWorld>[] = [
  {
    rule: 'D18-signed-commits',
    gates: ['commit', 'build'],
    breaks: async (world) => {
      await world.start();
      world.commit('--no-gpg-sign');
    },
    ways: [
      [
        does('git commit --amend --no-edit -S', (world) =>
          world.git('commit', '--quiet', '--amend', '--no-edit', '-S', '--allow-empty'),
        ),
        shows('waybill commit verify', /ada@example[.]com/),
      ],
    ],
  },
  {
    rule: 'D18-signed-commits',
    gates: ['commit', 'build'],
    breaks: async (world) => {
      await world.start();
      world.allowSigner('bob@example.com');
    },
    ways: [
      [
        shows('waybill commit verify', /bob@example[.]com/),
        does('the file of allowed signers names it for the author', (world) => world.allowSigner()),
      ],
    ],
  },
  ...(['D19-no-critical-finding', 'B8-no-major-finding'] as const).map(
    (rule): Remedy<SourceWorld> => ({
      rule,
      gates: [rule.startsWith('D') ? 'commit' : 'build'],
      breaks: makeVulnerable,
      ways: [
        [
          shows('waybill fix', /left 2[.]0[.]1 -> 2[.]0[.]4/),
          shows('waybill fix --apply', /npm install --package-lock-only/),
          runNpm('2.0.4'),
          COMMIT,
        ],
      ],
    }),
  ),
  ...(['D20-pinned-versions', 'B14-pinned-versions'] as const).flatMap(
    (rule): readonly Remedy<SourceWorld>[] => {
      const gates = [rule.startsWith('D') ? 'commit' : 'build'] as const;
      return [
        {
          rule,
          gates,
          breaks: unpinBase,
          ways: [
            [
              shows('waybill deps', /base[^\n]* no /),
              shows('waybill fix --apply', /fixed: Dockerfile:1/, '--resolve'),
              COMMIT,
            ],
          ],
        },
        {
          rule,
          gates,
          breaks: unlock,
          ways: [
            [
              shows('waybill deps', /left[^\n]* no /),
              shows('waybill fix --apply', /npm install --package-lock-only/),
              runNpm('1.2.0'),
              COMMIT,
            ],
          ],
        },
      ];
    },
  ),
  {
    rule: 'B9-materials-recorded',
    gates: ['build'],
    breaks: unpinBase,
    ways: [
      [
        shows('waybill deps', /base[^\n]* no /),
        shows('waybill fix --apply --resolve', /fixed: Dockerfile:1/),
        COMMIT,
      ],
    ],
  },
  {
    rule: 'B9-materials-recorded',
    gates: ['build'],
    breaks: unlock,
    ways: [
      [
        shows('waybill deps', /left[^\n]* no /),
        does('npm install --package-lock-only', (world) => world.lock('1.2.0', {}, '^1.0.0')),
        COMMIT,
      ],
    ],
  },
  {
    rule: 'B10-component-registries',
    gates: ['commit', 'build'],
    breaks: async (world) => {
      await world.start();
      world.lock('1.2.0', otherRegistry);
      world.commit('-S');
    },
    ways: [
      [
        does('add the registry to parameters.allowedComponentRegistries', (world) =>
          world.setPolicy((text) =>
            text.replace('allowedComponentRegistries: [', '$&"mirror.example.net",'),
          ),
        ),
      ],
      [
        does('Take it from an allowed registry and write the lock again', (world) => {
          world.lock('1.2.0');
          world.commit('-S');
        }),
      ],
    ],
  },
  {
    rule: 'D9-reproduced',
    gates: ['build'],
    breaks: async (world) => {
      await world.start();
      await world.build('one', 'two');
    },
    ways: [
      [
        {
          says: 'Remove what differs between two builds',
          does: (world) => world.build('one', 'one'),
        },
      ],
    ],
  },
  {
    rule: 'advisories-current',
    gates: ['commit', 'build'],
    breaks: async (world) => {
      await world.start();
      await world.feed(Date.now() - 30 * DAY_MS);
    },
    ways: [
      [
        {
          says: 'Import current advisories: waybill advisories import',
          does: (world) => world.feed(),
        },
      ],
    ],
  },
];
