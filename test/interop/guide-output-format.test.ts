import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessResult, run } from '../../tools/process.ts';
import { applyGuide, copyTree, listDifferences } from '../support/guide-tree.ts';

/** docs/guides/add-an-output-format.md, followed in a copy of the tree. */
const GUIDE = 'add-an-output-format.md';
const LIST = 'src/entrypoints/cli/report/list.ts';
const NEW = 'src/entrypoints/cli/report/tap.ts';
let copy: string;

function waybill(...args: readonly string[]): Promise<ProcessResult> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: copy, WAYBILL_HOME: join(copy, 'home') };
  return run(process.execPath, [join(copy, 'bin/waybill.js'), ...args], { cwd: copy, env });
}

beforeAll(() => {
  copy = copyTree();
  applyGuide(GUIDE, copy);
  const library = { type: 'library', name: 'log4j-core', version: '2.14.1' };
  const purl = 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1';
  const components = [
    { ...library, purl },
    { type: 'library', name: 'odd', version: '1"<' },
  ];
  writeFileSync(
    join(copy, 'app.json'),
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components }),
  );
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('an output format that is added as the guide says', { timeout: 60_000 }, () => {
  it('touches one file beside its own, and one generated page', async () => {
    expect(listDifferences(copy)).toEqual([NEW, LIST].toSorted());
    await run(process.execPath, ['tools/docs.ts', '--write'], { cwd: copy, env: process.env });
    const touched = listDifferences(copy).filter((file) => file !== NEW);
    expect(touched).toEqual(['docs/reference/commands.md', LIST]);
    expect(touched.length).toBeLessThanOrEqual(2);
  });

  it('is printed by the command that has a suitable report', async () => {
    const { code, stdout } = await waybill('scan', 'app.json', '--format', 'tap');
    expect(stdout).toMatch(/^TAP version 13\n1\.\.\d+\n/);
    expect(stdout).toMatch(/^not ok critical CVE-2021-44228 in pkg:maven\/.*, fixed in \S+$/m);
    expect(stdout).toMatch(/^not ok .*proves nothing/m);
    expect(code).toBe(1);
  });

  it('goes to the named file, is offered, and is refused when there are no findings', async () => {
    await waybill('scan', 'app.json', '--format', 'tap', '-o', 'out.tap');
    expect(readFileSync(join(copy, 'out.tap'), 'utf8')).toMatch(/^TAP version 13\n/);
    expect((await waybill('scan', '--help')).stdout).toContain('"tap"');
    const refused = await waybill('deps', '.', '--format', 'tap');
    expect([refused.code, refused.stderr.includes('Allowed choices are table, json')]).toEqual([
      2,
      true,
    ]);
  });
});
