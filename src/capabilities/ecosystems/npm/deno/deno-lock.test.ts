import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeDrafts,
  extractLock,
  listMessages,
  SHA512,
  takeInventory,
} from '../../../../../test/support/linked-locks.ts';
import { readLockedTree } from '../../../../../test/support/locked-tree.ts';
import { Failure } from '../../../../core/failure.ts';
import { toCanonicalPurl } from '../../../../core/purl.ts';
import { orThrow } from '../../../../core/result.ts';
import { findAddress } from '../../../advisories/address.ts';
import { readDenoLock } from './read-deno-lock.ts';

const integrity = SHA512;
const a = { integrity, dependencies: ['b', 'c@2.0.0'] };
const LOCKS: readonly (readonly [string, object])[] = [
  [
    '5',
    {
      version: '5',
      specifiers: { 'npm:a@1': '1.0.0_c@2.0.0', 'npm:c@2': '2.0.0' },
      npm: {
        'a@1.0.0_c@2.0.0': a,
        'b@1.0.0': { integrity },
        'c@1.0.0': { integrity },
        'c@2.0.0': { integrity, optionalDependencies: ['c1@npm:c@1.0.0'] },
      },
      workspace: { dependencies: ['npm:a@1', 'npm:c@2'] },
    },
  ],
  [
    '3',
    {
      version: '3',
      packages: {
        specifiers: { 'npm:a@1': 'npm:a@1.0.0_c@2.0.0', 'npm:c@2': 'npm:c@2.0.0' },
        npm: {
          'a@1.0.0_c@2.0.0': { integrity, dependencies: { b: 'b@1.0.0', c: 'c@2.0.0' } },
          'b@1.0.0': { integrity, dependencies: {} },
          'c@1.0.0': { integrity, dependencies: {} },
          'c@2.0.0': { integrity, dependencies: { c1: 'c@1.0.0' } },
        },
      },
      remote: {},
    },
  ],
  [
    '2',
    {
      version: '2',
      remote: {},
      npm: {
        specifiers: { 'a@1': 'a@1.0.0_c@2.0.0', 'c@2': 'c@2.0.0' },
        packages: {
          'a@1.0.0_c@2.0.0': { integrity, dependencies: { b: 'b@1.0.0', c: 'c@2.0.0' } },
          'b@1.0.0': { integrity, dependencies: {} },
          'c@1.0.0': { integrity, dependencies: {} },
          'c@2.0.0': { integrity, dependencies: { c1: 'c@1.0.0' } },
        },
      },
    },
  ],
];
const extract = (lock: object) => extractLock('deno.lock', JSON.stringify(lock, null, 2));
const five = LOCKS[0]?.[1] ?? {};

describe('B2, B3: deno.lock', () => {
  it.each(LOCKS)('of version %s has packages of npm with their needs', (_, lock) => {
    const found = extract(lock);
    expect(describeDrafts(found)).toEqual([
      'a@1.0.0 > b@1.0.0 c@2.0.0',
      'b@1.0.0',
      'c@1.0.0',
      'c@2.0.0 > c@1.0.0',
    ]);
    expect(found.skips).toEqual([]);
  });

  it('B2 B9: has packages of JSR, with what they need of both', async () => {
    const jsr = {
      '@std/assert@1.0.13': {
        integrity: 'ab'.repeat(32),
        dependencies: ['jsr:@std/internal', 'npm:a@1', 'npm:b'],
      },
      '@std/internal@1.0.8': { integrity: 'x' },
    };
    const specifiers = {
      ...{ 'npm:a@1': '1.0.0_c@2.0.0', 'npm:c@2': '2.0.0' },
      'jsr:@std/assert@1': '1.0.13',
      'jsr:@std/internal@^1.0.6': '1.0.8',
    };
    const lock = { ...five, specifiers, jsr };
    const manifest = { imports: { '@std/assert': 'jsr:@std/assert@^1.0.0' } };
    const found = await readLockedTree({
      'deno.json': JSON.stringify(manifest),
      'deno.lock': JSON.stringify(lock),
    });
    expect([found.outcomes, found.reasons]).toEqual([['complete', 'complete'], []]);
    const assert = found.inventory.components.find(({ name }) => name === '@std/assert');
    expect(assert).toMatchObject({
      purl: 'pkg:jsr/%40std/assert@1.0.13',
      hashes: {},
      dependsOn: ['pkg:jsr/%40std/internal@1.0.8', 'pkg:npm/a@1.0.0', 'pkg:npm/b@1.0.0'],
    });
    expect(found.declared.filter((line) => line.includes('@std'))).toEqual([
      'deno.json:1 @std/assert 1.0.13 direct yes - default',
      'deno.lock:1 @std/internal 1.0.8 transitive unknown - default',
    ]);
    // A package of npm may have the same name, and is another one.
    const purl = orThrow(toCanonicalPurl('pkg:jsr/%40std/assert@1.0.13'));
    expect(findAddress({ purl, version: '', source: null })).toMatchObject({
      why: 'no feed of advisories goes by the names of JSR',
    });
    const nameless = { ...lock, jsr: { 'std@1.0.0': {}, '@a/b@': {}, '@c/d@1': 'x' } };
    expect(listMessages(extract(nameless)).filter((one) => one.includes('"jsr:'))).toHaveLength(3);
  });

  it('B3: names modules by address, which no component stands for', () => {
    const remote = { 'https://deno.example.com/a.ts': '00', 'https://deno.example.com/b.ts': '00' };
    expect(listMessages(extract({ ...five, remote }))).toEqual([
      expect.stringContaining('2 modules by address'),
    ]);
    expect(listMessages(extract({ ...five, npm: { 'a@1.0.0': a } }))).toEqual([
      expect.stringContaining('"a" needs "b", which is not in the lock'),
    ]);
  });

  it.each([
    ['what deno.json imports', { imports: { a: 'npm:a@1', 'c/': 'npm:/c@2/x', d: './d.ts' } }, []],
    ['another version', { imports: { a: 'npm:a@2' } }, ['"a", which deno.lock does not have so']],
  ])('A6, B3: agrees with a deno.json that has %s, or is named', async (_, manifest, why) => {
    const files = { 'deno.jsonc': `${JSON.stringify(manifest)} // end`, 'deno.lock': five };
    const inventory = await takeInventory(files);
    expect([inventory.components.length, listMessages(inventory)]).toEqual([
      4,
      why.map((one) => expect.stringContaining(one)),
    ]);
    const alone = await takeInventory({ 'deno.json': manifest });
    expect(listMessages(alone)).toEqual([expect.stringContaining('that no lock has')]);
  });

  it.each([
    [{ version: '1' }, 'UNSUPPORTED'],
    [{ version: 5 }, 'UNSUPPORTED'],
    [{ version: '4' }, null],
  ])('B3: %j is refused with %s', (lock, code) => {
    const read = readDenoLock('deno.lock', Buffer.from(JSON.stringify(lock)));
    expect(read.ok ? null : read.failure.code).toBe(code);
  });

  it('B3: gives a lock or a Failure for a text cut at any byte, and for any values', () => {
    const text = JSON.stringify(five);
    for (let end = 0; end < text.length; end++) {
      const read = readDenoLock('deno.lock', Buffer.from(text.slice(0, end)));
      if (!read.ok) expect(read.failure).toBeInstanceOf(Failure);
    }
    const part = fc.dictionary(fc.constantFrom('', 'a@1', 'npm:a@1', '__proto__'), fc.jsonValue());
    fc.assert(
      fc.property(part, part, part, (specifiers, npm, workspace) => {
        const lock = JSON.stringify({ version: '5', specifiers, npm, workspace });
        const read = readDenoLock('deno.lock', Buffer.from(lock));
        if (!read.ok) expect(read.failure).toBeInstanceOf(Failure);
      }),
    );
  });
});
