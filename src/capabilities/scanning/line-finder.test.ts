import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPackageLines, LineNames } from './line-finder.ts';

const left = { name: 'left', version: '1.0.0' };
const findLine = (lines: readonly string[], one = left): number | null | undefined =>
  findPackageLines(lines.join('\n'), [one])[0];

describe('the line of a package', () => {
  it.each([
    [
      'package-lock.json',
      4,
      left,
      [
        '{',
        '  "dependencies": { "left": "^1.0.0" },',
        '  "packages": {',
        '    "node_modules/left": {',
        '      "version": "1.0.0",',
        '    },',
      ],
    ],
    [
      'a nested package-lock.json',
      4,
      left,
      [
        '    "node_modules/left": {',
        '      "version": "2.0.0",',
        '    },',
        '    "node_modules/a/node_modules/left": {',
        '      "version": "1.0.0",',
        '    },',
      ],
    ],
    [
      'a scoped package',
      2,
      { name: '@scope/left', version: '1.0.0' },
      [
        '    "node_modules/left": {',
        '    "node_modules/@scope/left": {',
        '      "version": "1.0.0",',
      ],
    ],
    ['yarn.lock', 2, left, ['# yarn lockfile v1', 'left@^1.0.0:', '  version "1.0.0"']],
    [
      'pnpm-lock.yaml',
      3,
      left,
      ['  left: 1.0.0-rc', 'packages:', '  /left@1.0.0:', '    resolution: {}'],
    ],
    [
      'Cargo.lock',
      6,
      left,
      [
        '[[package]]',
        'name = "left"',
        'version = "2.0.0"',
        '',
        '[[package]]',
        'name = "left"',
        'version = "1.0.0"',
      ],
    ],
    [
      'poetry.lock',
      2,
      { name: 'Left_Pad', version: '1.0.0' },
      ['[[package]]', 'name = "left-pad"', 'version = "1.0.0"'],
    ],
    [
      'go.sum',
      2,
      { name: 'example.com/left', version: '1.0.0' },
      ['example.com/leftist v1.0.0 h1:x=', 'example.com/left v1.0.0 h1:x='],
    ],
    ['Gemfile.lock', 2, left, ['  specs:', '    left (1.0.0)', 'DEPENDENCIES', '  left']],
    ['requirements.txt', 2, left, ['left-pad==1.0.0', 'left==1.0.0 --hash=sha256:aa']],
    [
      'pom.xml',
      2,
      left,
      ['<dependency>', '  <artifactId>left</artifactId>', '  <version>1.0.0</version>'],
    ],
    [
      'gradle.lockfile',
      2,
      left,
      ['com.example:leftist:1.0.0=x', 'com.example:left:1.0.0=runtimeClasspath'],
    ],
    [
      'composer.lock',
      2,
      { name: 'acme/left', version: '1.0.0' },
      ['{', '  "name": "acme/left",', '  "version": "v1.0.0",'],
    ],
    [
      'packages.lock.json',
      2,
      { name: 'Left', version: '1.0.0' },
      ['"net8.0": {', '  "left": {', '    "type": "Direct",', '    "resolved": "1.0.0",'],
    ],
    ['app.deps.json', 2, left, ['"libraries": {', '  "Left/1.0.0": {', '    "type": "package"']],
    ['the only line of a manifest', 2, left, ['[dependencies]', 'left = "^1"']],
  ] as const)('is true in %s', (_, line, one, lines) => {
    expect(findLine(lines, one)).toBe(line);
  });

  it('is not guessed where two lines have the name and none the version', () => {
    expect(findLine(['left = "^1"', 'left = "^2"'])).toBeNull();
    expect(findLine(['right 1.0.0'])).toBeNull();
    // The version of the neighbour is none of its own.
    const lines = ['"left": {', '  "link": true', '},', '"left": {', '}', '"right": {', '1.0.0'];
    expect(findLine(lines)).toBeNull();
  });

  it('is one of the text, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string(), (text, version) => {
        const [line] = findPackageLines(text, [{ name: 'left', version }]);
        const count = text.split('\n').length;
        expect(line === null || (line !== undefined && line >= 1 && line <= count)).toBe(true);
      }),
    );
  });
});

it('D2: is the same with what earlier texts named, of which no more is kept than the limit', () => {
  const known = new LineNames(3);
  for (const lines of [
    ['left==1.0.0'],
    ['a', 'b', 'left==1.0.0'],
    ['c', 'd', 'e', 'left==1.0.0'],
  ]) {
    const text = lines.join('\n');
    expect(findPackageLines(text, [left], known)).toEqual(findPackageLines(text, [left]));
    expect(known.size).toBeLessThanOrEqual(3);
  }
});
