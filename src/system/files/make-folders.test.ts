import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolders } from './make-folders.ts';

const top = mkdtempSync(join(tmpdir(), 'waybill-folders-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

describe('X10: folders that are made', () => {
  it('are all those that do not exist; the highest new one is returned', () => {
    expect(makeFolders(join(top, 'a/b/c'), 0o700)).toBe(join(top, 'a'));
    expect(makeFolders(join(top, 'a/b/c'))).toBeNull();
    expect(makeFolders(join(top, 'a/b/d'))).toBe(join(top, 'a/b/d'));
    expect(statSync(join(top, 'a/b')).mode & 0o777).toBe(
      process.platform === 'win32' ? 0o666 : 0o700,
    );
  });

  it.skipIf(process.platform === 'win32')('may be below a link to a folder', () => {
    symlinkSync(join(top, 'a'), join(top, 'link'));
    expect(makeFolders(join(top, 'link/x'))).toBe(join(top, 'link/x'));
  });

  it('cannot be below a file, and the system says why', () => {
    writeFileSync(join(top, 'file'), '');
    expect(() => makeFolders(join(top, 'file/x'))).toThrow(/ENOTDIR|EEXIST/);
    expect(() => makeFolders(join(top, 'file'))).toThrow('EEXIST');
  });

  // No folder can be made there, also by root.
  it.runIf(process.platform === 'linux')('are refused at once where the kernel takes none', () => {
    expect(() => makeFolders('/proc/waybill/home')).toThrow(/ENOENT|EACCES|EPERM/);
  });
});
