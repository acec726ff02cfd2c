import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';

const HEADER = 'version,codename,series,created,release,eol,eol-lts,eol-elts';
const ROWS = (day: string): string =>
  `${HEADER}\n10,Buster,buster,2017-06-17,2019-07-06,2022-09-10,${day},2029-06-30\n`;
let folder: string;
let line: CommandHere;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-support-'));
  line = new CommandHere(folder);
  const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.0' }] }];
  const affected = [{ package: { ecosystem: 'Debian:10', name: 'tzdata' }, ranges }];
  const osv = { id: 'EX-2026-1', modified: '2026-01-01T00:00:00Z', affected };
  writeFileSync(join(folder, 'osv.json'), JSON.stringify(osv));
  const system = { type: 'operating-system', 'bom-ref': 'os', name: 'debian', version: '10' };
  const purl = 'pkg:deb/debian/tzdata@2024a-0?arch=all&distro=debian-10&upstream=tzdata';
  const library = { type: 'library', 'bom-ref': 'tz', name: 'tzdata', version: '2024a-0', purl };
  const composition = { aggregate: 'complete', assemblies: ['tz', 'os'] };
  const document = {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', components: [system, library] },
    compositions: [composition, { aggregate: 'complete' }],
  };
  writeFileSync(join(folder, 'sbom.json'), JSON.stringify(document));
  await line.output('advisories', 'import', 'osv.json', '--covers', 'Debian:10');
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

interface Scan {
  readonly targets: readonly {
    readonly report: {
      readonly support: { readonly isOver: boolean } | null;
      readonly notCovered: readonly { readonly why: string }[];
    };
  }[];
}

async function scan() {
  const { answer } = await line.json<Scan>('scan', 'sbom:sbom.json');
  const report = answer.targets[0]?.report;
  const whys = report?.notCovered.filter(({ why }) => why.includes('support of')).length;
  return [report?.support?.isOver ?? null, whys];
}

async function take(day: string) {
  writeFileSync(join(folder, 'debian.csv'), ROWS(day));
  return line.output('advisories', 'import', 'debian.csv');
}

describe('a system whose support has ended', () => {
  it('proves nothing by having no findings, once the days of support are known', async () => {
    expect(await scan()).toEqual([null, 0]);
    expect(await take('2999-06-30')).toContain('support: distro-info (debian), 1 release');
    expect(await scan()).toEqual([false, 0]);
    await take('2024-06-30');
    expect(await scan()).toEqual([true, 1]);
    const { stderr } = await line.run('scan', 'sbom:sbom.json');
    expect(stderr).toContain('support of debian 10 ended on 2024-06-30 (extended: 2029-06-30)');
    const { answer } = await line.json<{ readonly support: readonly object[] }>(
      ...['advisories', 'info'],
    );
    expect(answer.support).toEqual([
      { os: 'debian', release: '10', endsOn: '2024-06-30', extendedTo: '2029-06-30' },
    ]);
  });

  it('a list that cannot be read changes nothing; a damaged store is a failure', async () => {
    writeFileSync(join(folder, 'cut.csv'), ROWS('2999-06-30').slice(0, -4));
    expect((await line.run('advisories', 'import', 'cut.csv')).code).toBeGreaterThan(1);
    expect(await scan()).toEqual([true, 1]);
    const store = join(line.home, 'advisories.db.support');
    const bytes = readFileSync(store);
    writeFileSync(store, '{}');
    const { code, stderr } = await line.run('scan', 'sbom:sbom.json');
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('STORE_CORRUPT')]);
    writeFileSync(store, bytes);
  });
});
