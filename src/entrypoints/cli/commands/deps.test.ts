import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { testIo } from '../../../../test/support/test-io.ts';
import type { DepsCall } from '../options/develop.ts';
import { run } from './deps.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-deps-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
mkdirSync(join(cwd, 'home'), { mode: 0o700 });
const write = (name: string, value: object) =>
  writeFileSync(join(cwd, name), JSON.stringify(value));

/** A lock that was not written again after its manifest changed, and a file that is not read. */
function writeTree(): void {
  const own = { name: 'app', version: '1.0.0', dependencies: { left: '1.0.0' } };
  write('package.json', { ...own, dependencies: { left: '2.0.0' } });
  const left = { version: '1.0.0', resolved: 'https://registry.example.com/left-1.0.0.tgz' };
  const packages = { '': own, 'node_modules/left': left };
  write('package-lock.json', { ...own, lockfileVersion: 3, packages });
  write('build.zig.zon', {});
}

it('truth A11: deps names each place that was not searched, as text and as JSON', async () => {
  writeTree();
  const io = { ...testIo(), cwd, env: { WAYBILL_HOME: join(cwd, 'home') } };
  const options = { all: false } as DepsCall['options'];
  const report = await run({ args: [], options, io, signal: new AbortController().signal });
  if (report.kind !== 'result' || report.value === null) throw new Error('it gives a result');
  const why = expect.stringContaining('the two disagree');
  expect(report.value.json()).toMatchObject({
    targets: [
      {
        scan: {
          outcome: 'partial',
          notCovered: expect.arrayContaining([{ purl: null, place: 'package.json', why }]),
        },
      },
    ],
  });
  const text = JSON.stringify(report.blocks());
  expect(text).toContain('1 place could not be searched for vulnerabilities');
  expect(text).toMatch(/ package\.json: it requires [^[]*the two disagree \[MALFORMED\]/);
  expect(text).toContain('zig (build.zig.zon)');
});
