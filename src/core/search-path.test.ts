import { describe, expect, it } from 'vitest';
import { filterSearchPath } from './search-path.ts';

describe('the folders in which programs are searched', () => {
  it('are those that do not depend on the examined folder', () => {
    expect(filterSearchPath('.:/usr/bin::bin:/bin:', ':')).toBe('/usr/bin:/bin');
    expect(filterSearchPath('C:\\Git\\cmd;.;;bin;\\\\host\\tools;C:bin', ';')).toBe(
      'C:\\Git\\cmd;\\\\host\\tools',
    );
  });

  it('are never an empty list, which would mean the examined folder', () => {
    for (const path of [undefined, '', '.', ':', 'bin'])
      expect(filterSearchPath(path, ':')).toBe('/nonexistent');
    expect(filterSearchPath('.', ';')).toBe('C:\\nonexistent');
  });
});
