import satisfies from 'semver/functions/satisfies.js';
import { describe, expect, it } from 'vitest';
import { isInPlainRange } from './plain-range.ts';

const PARTS = [0, 1, 2, 10];
const VERSIONS = PARTS.flatMap((major) =>
  PARTS.flatMap((minor) => PARTS.map((patch) => `${major}.${minor}.${patch}`)),
);

describe('D11, D20: plain ranges of npm', () => {
  it('hold the versions that semver says', () => {
    const wrong: string[] = [];
    for (const sign of ['', '^', '~'])
      for (const from of VERSIONS)
        for (const version of VERSIONS) {
          const range = `${sign}${from}`;
          if (isInPlainRange(version, range) !== satisfies(version, range, { loose: true }))
            wrong.push(`${version} in ${range}`);
        }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['1.2.3-rc.1', '^1.2.3'],
    ['1.2.3', '^1.2.3-rc.1'],
    ['01.2.3', '1.2.3'],
    ['1.2.3', 'v1.2.3'],
    ['1.2.3', '>=1.2.3'],
    ['1.2.3', '1.2'],
    ['1.2.3', ' 1.2.3'],
    ['1.2.9999999999', '^1.2.3'],
  ])('leave %s in %s to semver', (version, range) => {
    expect(isInPlainRange(version, range)).toBeNull();
  });
});
