import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testIo } from '../../../test/support/test-io.ts';
import { packLayer } from '../../../tools/image/layer.ts';
import { writeLayout } from '../../../tools/image/layout.ts';
import { Failure } from '../../core/failure.ts';
import { runBatch } from './batch.ts';
import { run as runSbom } from './commands/sbom.ts';
import { run as runScan } from './commands/scan.ts';
import type { SbomCall, ScanCall } from './options/inventory.ts';
import type { Report } from './report/report.ts';
import { render as renderSarif } from './report/sarif.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-batch-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
mkdirSync(join(cwd, 'home'), { mode: 0o700 });
const component = { type: 'library', name: 'a', version: '1', purl: 'pkg:npm/a@1' };
const sbom = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [component] };
for (const name of ['good.json', 'other.json'])
  writeFileSync(join(cwd, name), JSON.stringify(sbom));
writeFileSync(join(cwd, 'empty.json'), '');
writeFileSync(join(cwd, 'no-components.json'), JSON.stringify({ ...sbom, components: [] }));

let said = '';
const io = {
  ...testIo(),
  cwd,
  env: { WAYBILL_HOME: join(cwd, 'home') },
  err: (text: string) => {
    said += text;
  },
};
const vex: readonly string[] = [];
const lists = { targets: [], vex, licensesFrom: vex };
const options = { failOn: 'low', allowPartial: false, ...lists } as unknown as ScanCall['options'];
const signal = new AbortController().signal;

/** What a report says of its targets. */
async function show(run: Promise<Report>): Promise<object> {
  said = '';
  const report = await run;
  if (report.kind !== 'result' || report.value === null) return {};
  const { targets, failed } = report.value.json() as {
    targets: readonly { target: string }[];
    failed: readonly { target: string; code: string; remedy: string }[];
  };
  return {
    exitCode: report.exitCode,
    read: targets.map(({ target }) => target),
    failed: failed.map(({ target, code, remedy }) => [target, code, remedy !== ''].join(' ')),
  };
}

describe('--allow-partial', () => {
  const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46, ...new Array<number>(60).fill(0)]);
  const left = JSON.stringify({ name: 'left', version: '1.0.0' });
  const layout = (name: string, files: Readonly<Record<string, string | Buffer>>) =>
    writeLayout(join(cwd, name), {
      layers: [
        packLayer(
          Object.entries(files).map(([path, content]) => ({
            path,
            content: Buffer.from(content),
            mode: 0o755,
          })) as never,
        ),
      ],
      config: {},
    } as never);
  const scan = (target: string, allowPartial: boolean) =>
    runScan({ args: [target], options: { ...options, allowPartial }, io, signal });

  it('X9: accepts a part, and never an image in which nothing was recognised', async () => {
    await layout('tool', { 'opt/tool': ELF });
    await layout('both', { 'opt/tool': ELF, 'app/node_modules/left/package.json': left });
    for (const [name, lenient, hint] of [
      ['tool', 3, 'nothing was recognised in oci:tool, so nothing was looked up (exit code 3)'],
      [
        'both',
        0,
        'not proven clean: oci:both (exit code 3); --allow-partial accepts a partial scan',
      ],
    ] as const) {
      expect(await scan(`oci:${name}`, false)).toMatchObject({ exitCode: 3, hints: [hint] });
      expect(await scan(`oci:${name}`, true)).toMatchObject({ exitCode: lenient });
    }
  });

  it('X10: what contains nothing is told by what it is', async () => {
    await layout('nothing', {});
    mkdirSync(join(cwd, 'folder'));
    for (const [target, message, remedy] of [
      ['oci:nothing', /^oci:nothing is an image without a file/, /^(?!.*Name).*image/],
      ['folder', /^folder contains no lock file/, /Name the folder/],
      ['rootfs:folder', /^rootfs:folder contains no package database/, /Name the folder/],
      ['sbom:no-components.json', /no-components.json/, /./],
    ] as const)
      await expect(scan(target, true)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(remedy),
      });
  });

  it.each([
    ['compose.yaml', 'services:\n  web:\n    image: nginx:1.27.1\n', 'it names 1 image'],
    [
      'Chart.yaml',
      'apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - name: redis\n    version: 17.0.0\n    repository: https://charts.example.com\n',
      'it requires 1 chart',
    ],
  ])(
    'X10: a folder with %s alone has nothing to look up, which is not clean',
    async (file, text, note) => {
      const folder = `with-${file}`;
      mkdirSync(join(cwd, folder));
      writeFileSync(join(cwd, folder, file), text);
      await expect(scan(folder, true)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(`no lock file.*; ${file}: ${note}`),
      });
    },
  );
});

describe('truth A23: one bad input never ends a batch', () => {
  const scan = (...args: readonly string[]): Promise<Report> =>
    runScan({ args, options, io, signal });
  const list = (...args: readonly string[]): Promise<Report> =>
    runSbom({
      args,
      options: { format: 'table', ...lists } as unknown as SbomCall['options'],
      io,
      signal,
    });

  it('truth A11: an SBOM that says it does not list everything: the reason is shown', async () => {
    const compositions = [{ aggregate: 'incomplete', assemblies: ['app'] }];
    const metadata = { component: { type: 'container', 'bom-ref': 'app', name: 'app' } };
    writeFileSync(join(cwd, 'open.json'), JSON.stringify({ ...sbom, metadata, compositions }));
    for (const read of [scan, list]) {
      await show(read('sbom:open.json'));
      expect(said).toContain('partial: it does not list everything, as it says\n');
    }
  });

  it.each([
    ['an empty file', 'empty.json', 'MALFORMED'],
    ['a file that is not there', 'absent.json', 'FILE_NOT_FOUND'],
    ['an SBOM without components', 'no-components.json', 'UNSUPPORTED'],
  ])('%s among several: the good ones are shown, the bad one is named', async (_, bad, code) => {
    const targets = ['sbom:good.json', `sbom:${bad}`, 'sbom:other.json'];
    const expected = {
      exitCode: 3,
      read: ['sbom:good.json', 'sbom:other.json'],
      failed: [`sbom:${bad} ${code} true`],
    };
    expect(await show(scan(...targets))).toEqual(expected);
    expect(said).toContain(`sbom:${bad}: `);
    expect(said).toContain(`[${code}]`);
    expect(await show(list(...targets))).toEqual(expected);
    const lenient = { ...options, failOn: 'never', allowPartial: true } as const;
    const accepting = runScan({ args: targets, options: lenient, io, signal });
    expect(await show(accepting)).toEqual(expected);
  });

  it('its hint names exit code 3 only where the command ends with it', async () => {
    const vulnerable = { type: 'library', name: 'minimist', version: '1.2.5' };
    const purl = 'pkg:npm/minimist@1.2.5';
    const text = JSON.stringify({ ...sbom, components: [{ ...vulnerable, purl }] });
    writeFileSync(join(cwd, 'vulnerable.json'), text);
    const hint = 'not read: sbom:empty.json, 1 of 2 targets';
    const [clean, found] = await Promise.all([
      scan('sbom:empty.json', 'sbom:good.json'),
      scan('sbom:empty.json', 'sbom:vulnerable.json'),
    ]);
    expect(clean).toMatchObject({
      exitCode: 3,
      hints: [`${hint} (exit code 3)`, expect.anything()],
    });
    expect(found).toMatchObject({ exitCode: 1, hints: [hint] });
  });

  it('but a target alone fails as it is, and so does a batch without any good one', async () => {
    await expect(scan('sbom:empty.json')).rejects.toThrow(Failure);
    await expect(list('sbom:empty.json')).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(list('sbom:empty.json', 'sbom:absent.json')).rejects.toMatchObject({
      code: 'MALFORMED',
    });
    expect(await show(list('sbom:good.json', 'sbom:other.json'))).toMatchObject({ exitCode: 0 });
  });

  it('and an interrupted batch ends', async () => {
    const stop = new AbortController();
    const work = async (target: string): Promise<string> => {
      if (target === 'b') stop.abort();
      if (target === 'b') throw new Failure('INTERRUPTED', 'it was stopped', 'Run it again.');
      return target;
    };
    const stopped = runBatch(['a', 'b', 'c'], { io, signal: stop.signal }, work);
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('a SARIF document has a run for each target, also for one that was not scanned', async () => {
    const args = ['sbom:good.json', 'sbom:empty.json', 'sbom:other.json'];
    const report = await runScan({ args, options, io, signal });
    const [piece] = report.kind === 'result' ? renderSarif(report) : [];
    const { runs } = JSON.parse(String(piece?.content)) as {
      runs: readonly {
        automationDetails: { id: string };
        invocations: readonly { executionSuccessful: boolean }[];
      }[];
    };
    expect(
      runs.map(({ automationDetails: { id }, invocations }) => [
        id,
        invocations.every(({ executionSuccessful }) => executionSuccessful),
      ]),
    ).toEqual([
      ['waybill/sbom%3Agood.json/', true],
      ['waybill/sbom%3Aother.json/', true],
      ['waybill/sbom%3Aempty.json/', false],
    ]);
  });
});
