import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Files,
  findDependency,
  INTEGRITY,
  locked,
  project,
  readProject,
} from '../../../../../test/support/npm-project.ts';
import { Failure } from '../../../../core/failure.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { readLock } from '../lock/read-lock.ts';
import { parseNpmrc } from './npmrc.ts';
import { readManifest } from './read-manifest.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('B10 D8: only the lock says which registry a package comes from', () => {
  const bare = { 'node_modules/a': { version: '1.0.0', integrity: INTEGRITY } };
  it('a configured registry and the default are reported as such', async () => {
    expect(findDependency(await readProject(project({ a: '1' }, bare)), 'a')).toMatchObject({
      registry: null,
      registryFrom: 'default',
    });
    const configured = project({ a: '1' }, bare, {
      '.npmrc': 'registry=https://user:secret@npm.example.com/\n',
    });
    expect(findDependency(await readProject(configured), 'a')).toMatchObject({
      registry: 'npm.example.com',
      registryFrom: 'configured',
    });
    const open = project({ a: '1' }, bare, { '.npmrc': ['registry=$', '{REGISTRY}'].join('') });
    expect(findDependency(await readProject(open), 'a')).toMatchObject({
      registry: null,
      registryFrom: 'configured',
    });
  });

  it('a lock with another host than .npmrc is believed, and the difference is named', async () => {
    const entry = { 'node_modules/a': locked('a', '1.0.0') };
    const other = (more: string): Files =>
      project({ a: '1' }, entry, { '.npmrc': `registry=https://npm.example.com/\n${more}` });
    expect(findDependency(await readProject(other('')), 'a')).toMatchObject({
      registryFrom: 'lock',
      registry: 'registry.example.com/npm',
      why: expect.stringContaining('.npmrc names npm.example.com'),
    });
    for (const setting of ['always', 'registry.example.com'])
      expect(
        findDependency(await readProject(other(`replace-registry-host=${setting}`)), 'a'),
      ).toMatchObject({
        registryFrom: 'configured',
        registry: 'npm.example.com',
      });
    expect(
      findDependency(await readProject(other('replace-registry-host=never')), 'a').registryFrom,
    ).toBe('lock');
  });

  it.each([
    ['https://registry.example.com.evil/npm/a/-/a-1.0.0.tgz', 'registry.example.com.evil/npm'],
    ['https://registry.example.com@evil.example/npm/a/-/a-1.0.0.tgz', 'evil.example/npm'],
    ['https://registry.example.com/npm/../evil/a/-/a-1.0.0.tgz', 'registry.example.com/evil'],
    ['https://registry.example.com/npm/%2e%2e/evil/a/-/a-1.0.0.tgz', 'registry.example.com/evil'],
    ['https://REGISTRY.example.com:443/npm/a/-/a-1.0.0.tgz?token=x#y', 'registry.example.com/npm'],
    [
      'https://registry.example.com/npm/download/a/1.0.0/abc',
      'registry.example.com/npm/download/a/1.0.0',
    ],
  ])('%s is in %s', async (resolved, registry) => {
    expect(
      findDependency(
        await readProject(
          project(
            { a: '1' },
            { 'node_modules/a': { version: '1.0.0', resolved, integrity: INTEGRITY } },
          ),
        ),
        'a',
      ),
    ).toMatchObject({ registry, registryFrom: 'lock' });
  });

  it('credentials in an address are never shown', async () => {
    const entry = {
      'node_modules/a': locked('a', '1.0.0', {
        resolved: 'https://user:s3cret@registry.example.com/npm/a/-/a-1.0.0.tgz?t=s3cret',
      }),
    };
    const npmrc = {
      '.npmrc':
        'registry=https://u:s3cret@npm.example.com/\n//npm.example.com/:_authToken=s3cret\n',
    };
    expect(JSON.stringify(await readProject(project({ a: '1' }, entry, npmrc)))).not.toContain(
      's3cret',
    );
    expect(
      JSON.stringify(await readProject({ 'package.json': { dependencies: { a: '1' } }, ...npmrc })),
    ).not.toContain('s3cret');
  });
});

describe('the readers throw only Failure for any bytes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .json({ maxDepth: 3 })
      .map(
        (json) =>
          `{"lockfileVersion":3,"packages":{"node_modules/a":${json}},"dependencies":${json}}`,
      ),
    fc.constantFrom(
      'registry=',
      '{"dependencies":{"a\\u0062":"1"}}',
      '{"packages":{"":{}},"lockfileVersion":2}',
    ),
  );
  it('in a manifest, a lock, a configuration, and all three together', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (manifest, lock, npmrc) => {
        for (const read of [
          readManifest('p', bytes(manifest)),
          readLock('l', bytes(lock)),
          parseNpmrc(bytes(npmrc)),
        ])
          if (!read.ok) expect(read.failure).toBeInstanceOf(Failure);
        const declared = await readProject({
          'package.json': manifest,
          'package-lock.json': lock,
          '.npmrc': npmrc,
        });
        expect(
          declared.dependencies.every(({ pinned, recorded }) => recorded === (pinned === 'yes')),
        ).toBe(true);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('a manifest at the limit is read, and one byte more is a problem', async () => {
    const padded = (size: number): string => `{"name":"${'x'.repeat(size - 11)}"}`;
    expect(
      (await readProject({ 'package.json': padded(LIMITS.dependencyFileBytesMax) })).problems,
    ).toEqual([]);
    expect(
      (await readProject({ 'package.json': padded(LIMITS.dependencyFileBytesMax + 1) })).problems[0]
        ?.cause.code,
    ).toBe('LIMIT_EXCEEDED');
  });
});
