import { describe, expect, it } from 'vitest';
import { absoluteSearchPath } from './search-path.ts';

describe('the folders that programs are looked for in', () => {
  it('are those that do not depend on the folder that is looked at', () => {
    expect(absoluteSearchPath('.:/usr/bin::bin:/bin:', ':')).toBe('/usr/bin:/bin');
    expect(absoluteSearchPath('C:\\Git\\cmd;.;;bin;\\\\host\\tools;C:bin', ';')).toBe('C:\\Git\\cmd;\\\\host\\tools');
  });

  it('are never none, which would mean the folder that is looked at', () => {
    for (const path of [undefined, '', '.', ':', 'bin']) expect(absoluteSearchPath(path, ':')).toBe('/nonexistent');
    expect(absoluteSearchPath('.', ';')).toBe('C:\\nonexistent');
  });
});
