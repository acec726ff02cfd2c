import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFailure } from '../../core/failure.ts';
import { parseTarget } from './targets.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'waybill-targets-'));
  mkdirSync(join(cwd, 'tree'));
  mkdirSync(join(cwd, 'layout'));
  writeFileSync(join(cwd, 'layout', 'oci-layout'), '{}');
  writeFileSync(join(cwd, 'layout', 'index.json'), '{}');
  writeFileSync(join(cwd, 'app.json'), '{}');
  writeFileSync(join(cwd, 'image.tar'), '');
  symlinkSync('loop', join(cwd, 'loop'));
  symlinkSync('nowhere', join(cwd, 'dangling'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function tryParse(text: string): string {
  try {
    return parseTarget(text, cwd).kind;
  } catch (thrown) {
    return toFailure(thrown).code;
  }
}

describe('a target', () => {
  it.each([
    ['tree', 'tree'],
    ['.', 'tree'],
    ['rootfs:tree', 'rootfs'],
    ['app.json', 'sbom'],
    ['sbom:app.json', 'sbom'],
    ['-', 'stdin'],
    ['layout', 'layout'],
    ['oci:layout:1.4', 'layout'],
    ['oci-archive:image.tar', 'layout'],
    ['docker-archive:absent.tar', 'layout'],
    ['nginx', 'image'],
    // Prefixes of other tools are refused if their path exists; else it may be the name of an
    // image.
    ['dir:tree', 'USAGE'],
    ['file:app.json', 'USAGE'],
    ['dir:1.4', 'image'],
    ['registry:2', 'image'],
    ['registry.example.com/shop/trips:1.4', 'image'],
    [`registry.example.com/shop/trips@sha256:${'0'.repeat(64)}`, 'image'],
  ])('%s is recognised as %s', (text, kind) => {
    expect(tryParse(text)).toBe(kind);
  });

  it.each([
    ['', 'USAGE'],
    ['oci:', 'USAGE'],
    ['sbom:', 'USAGE'],
    ['image.tar', 'USAGE'],
    ['./absent', 'FILE_NOT_FOUND'],
    ['/absent/tree', 'FILE_NOT_FOUND'],
    ['absent.json', 'FILE_NOT_FOUND'],
    ['absent.spdx', 'FILE_NOT_FOUND'],
    ['sbom:absent', 'FILE_NOT_FOUND'],
    ['rootfs:absent', 'FILE_NOT_FOUND'],
    ['C:\\absent\\tree', 'FILE_NOT_FOUND'],
    ['C:/absent/tree', 'FILE_NOT_FOUND'],
    ['\\\\server\\share\\tree', 'FILE_NOT_FOUND'],
    ['loop', 'UNSAFE_PATH'],
    ['dangling', 'FILE_NOT_FOUND'],
    ['UPPER/Case', 'MALFORMED'],
  ])('%j is refused with %s, and never treated as an image', (text, code) => {
    expect(tryParse(text)).toBe(code);
  });

  it('keeps a drive or a share of Windows complete, and its tag separate', () => {
    expect(parseTarget('oci:C:\\build\\app:1.4', cwd)).toEqual({
      kind: 'layout',
      text: 'oci:C:\\build\\app:1.4',
    });
    expect(parseTarget('oci:\\\\server\\share:1.4', cwd)).toMatchObject({
      text: 'oci:\\\\server\\share:1.4',
    });
    expect(parseTarget('oci:build:1.4', cwd)).toEqual({
      kind: 'layout',
      text: `oci:${join(cwd, 'build:1.4')}`,
    });
  });
});
