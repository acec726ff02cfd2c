import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkProgram } from './check-program.ts';

let top = '';
let program = '';
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-program-'));
  mkdirSync(join(top, 'one'), { mode: 0o755 });
  program = join(top, 'one', 'tool');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  chmodSync(program, 0o755);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const why = async () => (await checkProgram(program, top))?.message ?? null;

describe('a program that is to be run', () => {
  it('may be run from where only its owner can put it', async () => {
    expect(await why()).toBeNull();
    await expect(checkProgram(join(top, 'absent'), top)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('A42 N51: is not a symbolic link, nor below one', async () => {
    const real = `${program}-real`;
    writeFileSync(real, '', { mode: 0o755 });
    rmSync(program);
    symlinkSync(real, program);
    expect(await why()).toContain('symbolic link');
    rmSync(join(top, 'one'), { recursive: true });
    mkdirSync(join(top, 'two'));
    writeFileSync(join(top, 'two', 'tool'), '', { mode: 0o755 });
    symlinkSync(join(top, 'two'), join(top, 'one'));
    expect(await why()).toContain('symbolic link');
  });

  it('A42 N51: is in no file or folder that every user may write', async () => {
    for (const path of [program, join(top, 'one'), top]) {
      chmodSync(path, 0o777);
      expect(await why()).toContain('every user');
      chmodSync(path, 0o755);
    }
    expect(await why()).toBeNull();
  });

  it.skipIf(process.getuid?.() !== 0)('A42: belongs to root or to who runs it', async () => {
    chownSync(program, 12_345, 12_345);
    expect(await why()).toContain('another user');
  });

  it('is a file that can be run', async () => {
    chmodSync(program, 0o644);
    expect(await why()).toContain('not executable');
    rmSync(program);
    mkdirSync(program);
    expect(await why()).toContain('not a regular file');
  });
});
