import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { openByteSource } from './byte-source.ts';
import { toFileFailure, toSystemFailure } from './errno.ts';
import { readFileBounded, readRegularFile, readSmallFile } from './read-file.ts';
import { keepFile, writeDurably, writeWhole } from './write-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const raise = (code: string, syscall?: string): Error =>
  Object.assign(new Error(`${code}: it said`), { code, ...(syscall && { syscall }) });

describe('an error of the operating system', () => {
  it.each([
    ['ENOENT', 'FILE_NOT_FOUND', 'FILE_UNWRITABLE', 'FILE_NOT_FOUND'],
    ['ENOTDIR', 'FILE_NOT_FOUND', 'FILE_UNWRITABLE', 'FILE_NOT_FOUND'],
    ['EACCES', 'FILE_UNREADABLE', 'FILE_UNWRITABLE', 'FILE_UNREADABLE'],
    ['EISDIR', 'FILE_UNREADABLE', 'FILE_UNWRITABLE', 'INTERNAL'],
    ['ELOOP', 'UNSAFE_PATH', 'FILE_UNWRITABLE', 'UNSAFE_PATH'],
    ['EMLINK', 'UNSAFE_PATH', 'FILE_UNWRITABLE', 'UNSAFE_PATH'],
    ['ENAMETOOLONG', 'FILE_UNREADABLE', 'FILE_UNWRITABLE', 'FILE_UNREADABLE'],
    ['ENOSPC', 'FILE_UNREADABLE', 'DISK_FULL', 'DISK_FULL'],
    ['EDQUOT', 'FILE_UNREADABLE', 'DISK_FULL', 'DISK_FULL'],
    ['EFBIG', 'FILE_UNREADABLE', 'DISK_FULL', 'DISK_FULL'],
    ['EROFS', 'FILE_UNREADABLE', 'FILE_UNWRITABLE', 'FILE_UNWRITABLE'],
    ['EADDRINUSE', 'FILE_UNREADABLE', 'FILE_UNWRITABLE', 'PORT_IN_USE'],
    ['EIO', 'FILE_UNREADABLE', 'FILE_UNWRITABLE', 'INTERNAL'],
  ])('%s while reading is %s, while writing %s, else %s', (errno, read, write, other) => {
    expect(toFileFailure('x', raise(errno)).code).toBe(read);
    expect(toFileFailure('x', raise(errno), 'write').code).toBe(write);
    expect(toSystemFailure(raise(errno, 'open')).code).toBe(other);
  });

  it('is reported with the path, and says when a file exists that should not', () => {
    const failure = toFileFailure('a/b', raise('EEXIST'), 'create');
    expect([failure.code, failure.message]).toEqual(['FILE_UNWRITABLE', 'a/b exists already']);
    expect(toFileFailure('a/b', raise('EACCES')).message).toBe('a/b cannot be read (EACCES)');
  });

  it('is not taken from other sources: a Failure or an errno without a call stays', () => {
    const own = new Failure('DISK_FULL', 'full', 'Free some.');
    expect(toFileFailure('x', own)).toBe(own);
    expect(toSystemFailure(own)).toBe(own);
    expect(toSystemFailure(raise('ENOENT')).code).toBe('INTERNAL');
  });
});

describe('a bounded read', () => {
  it('reads a file at the limit and refuses one byte more, in every way of reading', async () => {
    const path = join(folder, 'file');
    for (const [length, code] of [
      [8, 'read'],
      [9, 'LIMIT_EXCEEDED'],
    ] as const) {
      writeFileSync(path, 'x'.repeat(length));
      const catchCode = (thrown: unknown): string => (thrown as Failure).code;
      const any = await readFileBounded(path, 8).then(() => 'read', catchCode);
      const regular = await readRegularFile(path, 8);
      let small = 'read';
      try {
        readSmallFile(path, 8);
      } catch (thrown) {
        small = catchCode(thrown);
      }
      expect([any, regular.ok ? 'read' : regular.failure.code, small]).toEqual([code, code, code]);
    }
  });

  it.skipIf(process.platform === 'win32')(
    'of a regular file refuses a link that the other read follows',
    async () => {
      writeFileSync(join(folder, 'file'), 'x');
      symlinkSync('file', join(folder, 'link'));
      expect((await readFileBounded(join(folder, 'link'), 8)).length).toBe(1);
      const refused = await readRegularFile(join(folder, 'link'), 8);
      expect(!refused.ok && refused.failure.code).toBe('UNSAFE_PATH');
    },
  );

  it('at offsets gives less only at the end of the file', () => {
    writeFileSync(join(folder, 'file'), '0123456789');
    const source = openByteSource(join(folder, 'file'));
    expect([source.size, Buffer.from(source.readAt(8, 4)).toString()]).toEqual([10, '89']);
    expect(source.readAt(10, 4)).toHaveLength(0);
    source.close();
  });
});

describe('a file that is written completely', () => {
  const path = (): string => join(folder, 'below', 'file');

  it('has its name and its mode, and nothing is left beside it', async () => {
    await writeDurably(path(), [Buffer.from('a'), Buffer.from('b')], { mode: 0o600 });
    expect(readFileSync(path(), 'utf8')).toBe('ab');
    if (process.platform !== 'win32') expect(statSync(path()).mode & 0o777).toBe(0o600);
    writeWhole(path(), Buffer.from('c'), 0o755, { exactMode: true });
    expect(readFileSync(path(), 'utf8')).toBe('c');
    if (process.platform !== 'win32') expect(statSync(path()).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(folder, 'below'))).toEqual(['file']);
  });

  it('stays as it was when its content fails, and the failure is that of the content', async () => {
    await writeDurably(path(), [Buffer.from('old')]);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      throw new Error('the source ended');
    }
    await expect(writeDurably(path(), broken())).rejects.toThrow('the source ended');
    expect(readFileSync(path(), 'utf8')).toBe('old');
    expect(readdirSync(join(folder, 'below'))).toEqual(['file']);
  });

  it('is written in another folder first when one is named', async () => {
    mkdirSync(join(folder, 'scratch'));
    async function* watched(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      expect(readdirSync(join(folder, 'scratch'))).toHaveLength(1);
      expect(existsSync(path())).toBe(false);
    }
    await writeDurably(path(), watched(), { scratch: join(folder, 'scratch') });
    expect(readFileSync(path(), 'utf8')).toBe('x');
    expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  });

  it('is replaced by a finished file of the same name', async () => {
    writeFileSync(join(folder, 'fresh'), 'fresh');
    await keepFile(join(folder, 'fresh'), path());
    expect(readFileSync(path(), 'utf8')).toBe('fresh');
    expect(existsSync(join(folder, 'fresh'))).toBe(false);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'gives a Failure when the folder is not writable',
    async () => {
      chmodSync(folder, 0o500);
      await expect(writeDurably(path(), [])).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
      chmodSync(folder, 0o700);
    },
  );
});
