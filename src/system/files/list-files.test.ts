import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listFiles } from './list-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-listing-'));
  mkdirSync(join(folder, 'b/c'), { recursive: true });
  for (const name of ['z', 'b/a', 'b/c/d']) writeFileSync(join(folder, name), '');
  symlinkSync(folder, join(folder, 'b/up'));
  symlinkSync('z', join(folder, 'y'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});
afterAll(() => rmSync(folder, { recursive: true }));

it('A15: all files below a folder are listed, and no link is followed, to a folder neither', () => {
  const inside = (names: readonly string[]) => names.map((name) => join(folder, name));
  expect(listFiles(folder, { entriesMax: 6 })).toEqual({
    files: inside(['b/a', 'b/c/d', 'z']),
    links: inside(['b/up', 'pipe', 'y']),
  });
  const enters = (name: string): boolean => name !== 'c';
  expect(listFiles(folder, { entriesMax: 6, enters }).files).toEqual(inside(['b/a', 'z']));
  expect(() => listFiles(folder, { entriesMax: 5 })).toThrow('more than 5 files');
  expect(() => listFiles(join(folder, 'z'), { entriesMax: 4 })).toThrow();
});
