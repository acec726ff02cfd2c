import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flawsOfLock, type LockFile } from './lock-file.ts';
import { root } from './process.ts';

const wants = { optionalDependencies: { 'tool-linux-x64': '1.0.0', 'tool-win-x64': '1.0.0' } };

describe('a lock file', () => {
  it('passes when every optional package has an entry, beside its parent or above it', () => {
    const lock: LockFile = {
      packages: {
        '': {},
        'node_modules/tool': wants,
        'node_modules/tool/node_modules/tool-linux-x64': {},
        'node_modules/tool-win-x64': {},
      },
    };
    expect(flawsOfLock(lock)).toEqual([]);
  });

  it('fails when the package of one platform was dropped', () => {
    const lock: LockFile = {
      packages: { 'node_modules/tool': wants, 'node_modules/tool-linux-x64': {} },
    };
    expect(flawsOfLock(lock)).toEqual(['node_modules/tool wants tool-win-x64, which has no entry']);
  });

  it('fails when it names a registry host, but not for a link to a workspace', () => {
    const url = 'https://registry.example.com/tool/-/tool-1.0.0.tgz';
    const workspace = { link: true, resolved: 'tools/runtime' };
    expect(flawsOfLock({ packages: { 'node_modules/tool': { resolved: url } } })).toHaveLength(1);
    expect(flawsOfLock({ packages: { 'node_modules/@waybill/runtime': workspace } })).toEqual([]);
  });

  it('fails when a package has an install script', () => {
    expect(
      flawsOfLock({ packages: { 'node_modules/tool': { hasInstallScript: true } } }),
    ).toHaveLength(1);
  });

  it('fails when it lists nothing', () => {
    expect(flawsOfLock({})).toHaveLength(1);
  });

  it('D12: of this project installs on every platform', () => {
    expect(
      flawsOfLock(JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8'))),
    ).toEqual([]);
  });
});
