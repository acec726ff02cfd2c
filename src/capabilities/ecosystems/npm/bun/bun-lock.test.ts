import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeDrafts,
  extractLock,
  HEX512,
  listMessages,
  SHA512,
} from '../../../../../test/support/linked-locks.ts';
import { Failure } from '../../../../core/failure.ts';
import { readBunLock } from './read-bun-lock.ts';

const extract = (text: string) => extractLock('bun.lock', text);

const LOCK = `{
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "shop",
      "dependencies": { "@s/a": "^1.0.0", "old": "npm:c@^1" },
      "devDependencies": { "e": "1", "g": "github:o/g#6c1c75b" },
    },
    "web": { "name": "@shop/web", "dependencies": { "b": "^1.0.0" } },
  },
  "patchedDependencies": { "e@1.0.0": "e.patch" },
  "packages": {
    "@s/a": ["@s/a@1.0.1", "", { "dependencies": { "b": "^2.0.0" }, "peerDependencies": { "z": "*" } }, "${SHA512}"],

    "@shop/web": ["@shop/web@workspace:web"],

    "@shop/web/b": ["b@1.0.0", "", {}, "${SHA512}"],

    "b": ["b@2.1.0", "https://registry.example.com/", { "dependencies": { "d": "1" } }, "${SHA512}"],

    "b/d": ["d@1.0.0", "", { "bundled": true }],

    "e": ["e@1.0.0", "", { "dependencies": { "b": "2" } }, "${SHA512}"],

    "g": ["g@github:o/g#6c1c75b", {}, "o-g-6c1c75b"],

    "old": ["c@1.0.0", "", {}, "${SHA512}"],
  },
}
`;

describe('B2, B3: bun.lock', () => {
  it('has workspaces, aliases, nested and bundled packages, development and hashes', () => {
    const found = extract(LOCK);
    expect(describeDrafts(found)).toEqual([
      '@s/a@1.0.1 > b@2.1.0',
      'b@1.0.0',
      'b@2.1.0 > d@1.0.0',
      'c@1.0.0',
      'd@1.0.0',
      'e@1.0.0 (dev) > b@2.1.0',
      'g@6c1c75b (dev)',
    ]);
    expect([found.skips, found.direct?.length]).toEqual([[], 5]);
    expect(found.drafts.filter(({ hashes }) => hashes['sha512'] === HEX512)).toHaveLength(5);
    expect(found.notes).toEqual(['bun.lock: patches of this tree change e 1.0.0']);
  });

  it.each([
    ['a need that is not there', LOCK.replace('"d": "1"', '"x": "1"'), 'is not in the lock'],
    [
      'a package without a version',
      LOCK.replace('"e@1.0.0", ""', '"e@https://a/e.tgz"'),
      'a place, not',
    ],
    ['an entry of another form', LOCK.replace('["c@1.0.0", ""', '[1, ""'), 'no list that begins'],
  ])('B3: names %s', (_, text, why) => {
    expect(listMessages(extract(text))).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['{}', 'UNSUPPORTED'],
    ['{ "lockfileVersion": 3 }', 'UNSUPPORTED'],
    ['{ "lockfileVersion": 2 }', null],
    ['{ "lockfileVersion": 1, "packages": { "a": 1', 'MALFORMED'],
    ['{ "lockfileVersion": 0, }', null],
  ])('B3: %j is refused with %s', (text, code) => {
    const read = readBunLock('bun.lock', Buffer.from(text));
    expect(read.ok ? null : read.failure.code).toBe(code);
  });

  it('D8: answers a manifest only for the range that the lock was made for', () => {
    const read = readBunLock('bun.lock', Buffer.from(LOCK));
    const resolve = (spec: string) => (read.ok ? read.value.resolve('', '@s/a', spec).kind : null);
    expect([resolve('^1.0.0'), resolve('^2.0.0')]).toEqual(['package', 'missing']);
  });

  it('B3: gives a lock or a Failure for a text cut at any byte, and for any values', () => {
    for (let end = 0; end < LOCK.length; end++) {
      const read = readBunLock('bun.lock', Buffer.from(LOCK.slice(0, end)));
      if (!read.ok) expect(read.failure).toBeInstanceOf(Failure);
    }
    const part = fc.dictionary(
      fc.constantFrom('', 'a', 'a/b', '@s/a', '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(part, part, (workspaces, packages) => {
        const text = JSON.stringify({ lockfileVersion: 1, workspaces, packages });
        const read = readBunLock('bun.lock', Buffer.from(text));
        if (!read.ok) expect(read.failure).toBeInstanceOf(Failure);
      }),
    );
  });
});
