import { describe, expect, it } from 'vitest';
import { filterSearchPath } from './search-path.ts';

describe('the folders that programs are looked for in', () => {
  it('are those that do not depend on the folder that is looked at', () => {
    expect(filterSearchPath('.:/usr/bin::bin:/bin:', ':')).toBe('/usr/bin:/bin');
    expect(filterSearchPath('C:\\Git\\cmd;.;;bin;\\\\host\\tools;C:bin', ';')).toBe(
      'C:\\Git\\cmd;\\\\host\\tools',
    );
  });

  it('are never none, which would mean the folder that is looked at', () => {
    for (const path of [undefined, '', '.', ':', 'bin'])
      expect(filterSearchPath(path, ':')).toBe('/nonexistent');
    expect(filterSearchPath('.', ';')).toBe('C:\\nonexistent');
  });
});
