import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { INTEGRITY as integrity } from '../support/npm-project.ts';

const ADVISORY = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2024-01-01T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.4' }] }],
    },
  ],
};
let top: string;
let line: CommandHere;
let manifest: string;

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'waybill-fix-'));
  line = new CommandHere(top);
  writeFileSync(join(top, 'advisories.json'), packFeed([ADVISORY]));
  await line.output('advisories', 'import', 'advisories.json', '--covers', 'npm,Debian');
  mkdirSync(join(top, 'shop'));
  manifest = join(top, 'shop/package.json');
  const root = { dependencies: { left: '^2.0.1' } };
  writeFileSync(manifest, JSON.stringify(root, null, 2));
  const packages = { '': root, 'node_modules/left': { version: '2.0.1', integrity } };
  writeFileSync(
    join(top, 'shop/package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, packages }),
  );
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

describe('waybill fix --apply', () => {
  it('D16: leaves a read-only file alone, then writes it, and has no work later', async () => {
    const before = readFileSync(manifest, 'utf8');
    chmodSync(manifest, 0o444);
    const refused = await line.run('fix', 'shop', '--apply');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('package.json is read-only'),
    ]);
    expect(readFileSync(manifest, 'utf8')).toBe(before);
    chmodSync(manifest, 0o644);
    expect((await line.run('fix', 'shop', '--apply')).stderr).toContain('left 2.0.1 -> 2.0.4');
    const again = await line.run('fix', 'shop', '--apply');
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(again.stderr).not.toMatch(/^fixed:/m);
    expect(again.stderr).toContain('npm install --package-lock-only');
    expect(readFileSync(manifest, 'utf8')).toBe(before.replace('^2.0.1', '2.0.4'));
  });
});

describe('truth A15: waybill fix, to which the refusal of a finding leads', () => {
  it('names what stays, where and why, where it can change nothing', async () => {
    // Installed, and declared by no file of the tree.
    const installed = join(top, 'vendored/node_modules/left');
    mkdirSync(installed, { recursive: true });
    writeFileSync(
      join(installed, 'package.json'),
      JSON.stringify({ name: 'left', version: '2.0.1' }),
    );
    const { code, stdout, stderr } = await line.run('fix', 'vendored');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^not fixed: node_modules\/left\/package[.]json: left 2[.]0[.]1: GHSA-aaaa-bbbb-cccc [(]fixed in 2[.]0[.]4[)]; no file declares it/m,
    );
    expect(stderr).not.toContain('nothing to fix');
    const { answer } = await line.json<{ open: readonly object[] }>('fix', 'vendored');
    expect(answer.open).toHaveLength(1);
    writeFileSync(
      join(installed, 'package.json'),
      JSON.stringify({ name: 'left', version: '2.0.4' }),
    );
    expect(await line.run('fix', 'vendored')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('nothing to fix'),
    });
  });

  it('does not call a tree clean that it did not read', async () => {
    mkdirSync(join(top, 'ruby'));
    writeFileSync(join(top, 'ruby/Gemfile'), "gem 'rails'\n");
    const { code, stderr } = await line.run('fix', 'ruby');
    expect([code, stderr]).toEqual([1, expect.stringContaining('there may be more to fix')]);
    expect(stderr).not.toContain('nothing to fix');
  });
});
