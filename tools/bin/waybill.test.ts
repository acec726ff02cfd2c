import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../process.ts';

const PROGRAM = join(root, 'tools/bin/waybill');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill a checkout '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where no Node.js is on the PATH. */
function call(program: string) {
  const { status, stdout, stderr } = spawnSync(program, ['--version'], {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.skipIf(process.platform === 'win32')('the command of a checkout', () => {
  it('runs in every folder, also by links to it', () => {
    const link = join(folder, 'waybill');
    const second = join(folder, 'second');
    symlinkSync(PROGRAM, link);
    symlinkSync('waybill', second);
    for (const program of [PROGRAM, link, second])
      expect(call(program)).toEqual({
        status: 0,
        stdout: expect.stringMatching(/^waybill \d\S+\n$/),
        stderr: '',
      });
  });

  it('says what to do where npm has not installed Node.js yet', () => {
    const bin = join(folder, 'new clone/tools/bin');
    mkdirSync(bin, { recursive: true });
    cpSync(PROGRAM, join(bin, 'waybill'));
    const { status, stderr } = call(join(bin, 'waybill'));
    expect(status).toBe(2);
    expect(stderr).toContain('new clone has no node_modules/.bin/node\n  fix: run npm ci in ');
  });
});
