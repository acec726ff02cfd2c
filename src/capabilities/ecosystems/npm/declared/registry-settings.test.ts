import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHA512 } from '../../../../../test/support/linked-locks.ts';
import { findDependency, readProject } from '../../../../../test/support/npm-project.ts';
import { Failure } from '../../../../core/failure.ts';
import { orThrow } from '../../../../core/result.ts';
import { npmMentions } from '../mentions.ts';
import { mergeSettings, readSettings } from './registry-settings.ts';

const read = (file: string, text: string) =>
  Object.fromEntries(orThrow(readSettings(file, Buffer.from(text))).registries);

describe('B10: the registries that settings name', () => {
  it.each([
    [
      '.yarnrc',
      '# a comment\nregistry "https://r.example.com/npm"\n"@x:registry" "https://x.example.com/"\n',
    ],
    [
      '.yarnrc.yml',
      'npmRegistryServer: "https://r.example.com/npm"\nnpmScopes:\n  x:\n    npmRegistryServer: https://x.example.com\n',
    ],
    [
      'pnpm-workspace.yaml',
      "registries:\n  default: https://r.example.com/npm\n  '@x': https://x.example.com\n",
    ],
    [
      'bunfig.toml',
      '[install]\nregistry = "https://r.example.com/npm"\n[install.scopes]\n"x" = { url = "https://x.example.com", token = "$T" }\n',
    ],
    ['.npmrc', 'registry=https://r.example.com/npm\n@x:registry=https://x.example.com\n'],
  ])('of %s, for all and for one scope', (file, text) => {
    const expected = { '': 'r.example.com/npm', '@x': 'x.example.com' };
    expect(read(file, text)).toEqual(expected);
    expect(npmMentions.read(file, text).registries.map(({ value }) => value)).toEqual(
      Object.values(expected),
    );
  });

  it.each([
    ['.yarnrc.yml', '# nothing\n'],
    ['.yarnrc.yml', 'nodeLinker: node-modules\n'],
    ['bunfig.toml', 'telemetry = false\n'],
    ['pnpm-workspace.yaml', 'packages:\n  - a\n'],
  ])('of %s, where %j names none', (file, text) => {
    expect(read(file, text)).toEqual({});
  });

  it('is unknown where the environment has it, and refused in another form', () => {
    expect(read('.yarnrc.yml', 'npmRegistryServer: "${HOME_REGISTRY}"\n')).toEqual({ '': null });
    expect(read('bunfig.toml', '[install]\nregistry = "$REGISTRY"\n')).toEqual({ '': null });
    expect(readSettings('.yarnrc.yml', Buffer.from('- a\n')).ok).toBe(false);
  });

  it('of several files: the first that names a scope counts', () => {
    const [own, npmrc] = [
      orThrow(readSettings('.yarnrc', Buffer.from('registry "https://a.example.com"\n'))),
      orThrow(
        readSettings('.npmrc', Buffer.from('registry=https://b.example.com\npackage-lock=false\n')),
      ),
    ];
    expect(mergeSettings([own, npmrc])).toMatchObject({
      registries: new Map([['', 'a.example.com']]),
      ignoresLock: true,
    });
  });

  it('is that of a package whose lock records no address', async () => {
    const lock = `__metadata:\n  version: 8\n\n"a@npm:1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  checksum: 10c0/aa\n\n"s@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "s@workspace:."\n  dependencies:\n    a: "npm:1"\n`;
    const declared = await readProject({
      'package.json': { name: 's', dependencies: { a: '1' } },
      'yarn.lock': lock,
      '.yarnrc.yml': 'npmRegistryServer: https://r.example.com\n',
      '.npmrc': 'registry=https://other.example.com\n',
    });
    expect(findDependency(declared, 'a')).toMatchObject({
      ...{ registry: 'r.example.com', registryFrom: 'configured', pinned: 'yes' },
      why: 'locked with a checksum in yarn.lock',
    });
  });

  it('is the recorded one of an address in a lock, and its host is mentioned', async () => {
    const lock = `# yarn lockfile v1\n\na@1:\n  version "1.0.0"\n  resolved "https://r.example.com/npm/a/-/a-1.0.0.tgz"\n  integrity ${SHA512}\n`;
    const declared = await readProject({
      'package.json': { dependencies: { a: '1' } },
      'yarn.lock': lock,
    });
    expect(findDependency(declared, 'a')).toMatchObject({
      ...{ registry: 'r.example.com/npm', registryFrom: 'lock', pinned: 'yes' },
    });
    expect(npmMentions.read('yarn.lock', lock).registries).toEqual([
      { value: 'r.example.com', place: 'yarn.lock:3 (1 package)' },
    ]);
  });

  it('B3: any text gives settings or a Failure', () => {
    const file = fc.constantFrom('.yarnrc', '.yarnrc.yml', 'bunfig.toml', 'pnpm-workspace.yaml');
    fc.assert(
      fc.property(file, fc.string(), (name, text) => {
        const settings = readSettings(name, Buffer.from(text));
        if (!settings.ok) expect(settings.failure).toBeInstanceOf(Failure);
      }),
    );
  });
});
