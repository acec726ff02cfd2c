import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../../../test/support/command-line.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Io } from './io.ts';
import { listTargets } from './many-targets.ts';

let folder: string;
let line: CommandHere;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-many-targets-'));
  line = new CommandHere(folder);
  mkdirSync(join(folder, 'stored/deep'), { recursive: true });
  mkdirSync(join(folder, 'empty'));
  const bom = (version: string) => {
    const purl = `pkg:npm/left-pad@${version}`;
    const components = [{ type: 'library', 'bom-ref': purl, name: 'left-pad', version, purl }];
    const compositions = [{ aggregate: 'complete', assemblies: ['app'] }];
    const metadata = { component: { type: 'application', 'bom-ref': 'app', name: 'app' } };
    const head = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata };
    return JSON.stringify({ ...head, components, compositions });
  };
  const put = (path: string, text: string) => writeFileSync(join(folder, path), text);
  put('stored/b.cdx.json', bom('1.0.0'));
  put('stored/deep/a.json', bom('2.0.0'));
  put('stored/notes.txt', 'no SBOM');
  put('outside.json', bom('1.0.0'));
  symlinkSync(join(folder, 'outside.json'), join(folder, 'stored/link.json'));
  put('list.txt', 'sbom:outside.json\n\n  sbom:stored/deep/a.json  \n');
  const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }];
  const affected = [{ package: { ecosystem: 'npm', name: 'left-pad' }, ranges }];
  put('osv.json', JSON.stringify({ id: 'GHSA-1', affected }));
  await line.output('advisories', 'import', 'osv.json', '--covers', 'npm');
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly targets: readonly {
    readonly target: string;
    readonly report: { readonly findings: readonly object[] };
  }[];
}

async function scan(...args: readonly string[]) {
  const { code, answer } = await line.json<Answer>('scan', ...args);
  return [code, ...answer.targets.map((one) => `${one.target} ${one.report.findings.length}`)];
}

describe('many targets of one scan', () => {
  it('O2: sbom:FOLDER is every SBOM below it, and what is left out is said', async () => {
    expect(await scan('sbom:stored')).toEqual([
      1,
      'sbom:stored/b.cdx.json 1',
      'sbom:stored/deep/a.json 0',
    ]);
    const { stderr } = await line.run('scan', 'sbom:stored', '--fail-on', 'never');
    expect(stderr).toContain('1 file without the ending of an SBOM left out');
  });

  it('O2: a list has one target on each line, behind those that were named', async () => {
    expect(await scan('sbom:stored/b.cdx.json', '--targets', 'list.txt')).toEqual([
      1,
      'sbom:stored/b.cdx.json 1',
      'sbom:outside.json 1',
      'sbom:stored/deep/a.json 0',
    ]);
  });

  it('nothing to scan, and too much, is refused', async () => {
    const messages: string[] = [];
    for (const args of [[], ['sbom:empty']])
      messages.push((await line.run('scan', ...args)).stderr);
    expect(messages).toEqual([
      expect.stringContaining('no target was named'),
      expect.stringContaining('holds no file'),
    ]);
    const list = (count: number) =>
      listTargets({ args: new Array<string>(count).fill('x'), lists: [] }, { cwd: folder } as Io);
    await expect(list(LIMITS.targetsMax + 1)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await list(LIMITS.targetsMax)).toHaveLength(LIMITS.targetsMax);
  });
});
