import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testIo } from '../../../test/support/test-io.ts';
import { run } from './commands/scan.ts';
import type { ScanCall } from './options/inventory.ts';
import type { ResultReport } from './report/report.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-scan-options-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
mkdirSync(join(cwd, 'home'), { mode: 0o700 });

/** An SBOM with log4j-core, which the bundled sample has records of. */
function writeSbom(name: string, version: string): void {
  const purl = `pkg:maven/org.apache.logging.log4j/log4j-core@${version}`;
  const components = [{ type: 'library', name: 'log4j-core', version, purl }];
  const sbom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components };
  writeFileSync(join(cwd, name), JSON.stringify(sbom));
}
writeSbom('app.json', '2.14.1');
writeSbom('other.json', '2.14.0');

async function scan(more: object, ...args: readonly string[]): Promise<ResultReport> {
  const io = { ...testIo(), cwd, env: { WAYBILL_HOME: join(cwd, 'home') } };
  const lists = { vex: [], insecure: [], targets: [] };
  const options = { failOn: 'low', allowPartial: true, onlyFixed: false, ...lists, ...more };
  const { signal } = new AbortController();
  const call = { args, options, io, signal } as unknown as ScanCall;
  const report = await run(call);
  if (report.kind !== 'result') throw new Error('no result');
  return report;
}

interface ScanJson {
  readonly targets: readonly {
    readonly report: {
      readonly findings: readonly { readonly known: boolean | null; readonly fixed: unknown[] }[];
      readonly unfixed: number;
    };
  }[];
}

const show = (report: ResultReport): ScanJson => report.value?.json() as ScanJson;

describe('scan --baseline', () => {
  it('shows what a scan of before has as known, and does not count it', async () => {
    const before = await scan({}, 'app.json');
    expect(before.exitCode).toBe(1);
    expect(show(before).targets[0]?.report.findings.map(({ known }) => known)).toContain(null);
    writeFileSync(join(cwd, 'before.json'), JSON.stringify(before.value?.json()));
    const after = await scan({ baseline: 'before.json' }, 'app.json');
    expect(after.exitCode).toBe(0);
    const known = show(after).targets[0]?.report.findings.map((one) => one.known) ?? [];
    expect([known.length > 0, known.every(Boolean)]).toEqual([true, true]);
  });

  it('of another component changes nothing, and one that cannot be read is an error', async () => {
    const nothing = { targets: [{ target: 'app.json', report: { findings: [] } }] };
    writeFileSync(join(cwd, 'nothing.json'), JSON.stringify(nothing));
    expect((await scan({ baseline: 'nothing.json' }, 'app.json')).exitCode).toBe(1);
    writeFileSync(join(cwd, 'broken.json'), '{"targets":[{}]}');
    await expect(scan({ baseline: 'broken.json' }, 'app.json')).rejects.toMatchObject({
      code: 'MALFORMED',
    });
    await expect(scan({ baseline: 'absent.json' }, 'app.json')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});

describe('scan --only-fixed', () => {
  it('leaves out what no upgrade fixes, and says how much', async () => {
    const all = show(await scan({}, 'app.json')).targets[0]?.report;
    const fixed = show(await scan({ onlyFixed: true }, 'app.json')).targets[0]?.report;
    const repaired = all?.findings.filter((one) => one.fixed.length > 0).length ?? 0;
    expect([fixed?.findings.length, all?.unfixed]).toEqual([repaired, 0]);
    expect(fixed?.unfixed).toBe((all?.findings.length ?? 0) - repaired);
  });
});

describe('scan --group-by', () => {
  it.each([
    ['target', 2],
    ['package', 2],
    ['location', 1],
  ] as const)('%s divides the table', async (groupBy, groups) => {
    const plain = (await scan({}, 'app.json', 'other.json')).blocks();
    const divided = (await scan({ groupBy }, 'app.json', 'other.json')).blocks();
    const count = (blocks: typeof plain): number =>
      blocks.filter(({ kind }) => kind === 'table').length;
    expect([count(plain), count(divided)]).toEqual([1, groups]);
    const rows = (blocks: typeof plain): number =>
      blocks.flatMap((block) => (block.kind === 'table' ? block.rows : [])).length;
    expect(rows(divided)).toBe(rows(plain));
  });
});
