import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRecord, OsvMirror } from '../../../test/support/osv-mirror.ts';
import { runHere } from '../../../test/support/run-here.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-support-'));
const FILE = 'endoflife/debian.json';
let mirror: OsvMirror;
beforeAll(async () => {
  mirror = await OsvMirror.start();
  mirror.put('ecosystems.txt', 'Debian\nnpm\n');
  for (const ecosystem of ['Debian', 'npm'])
    mirror.publish(ecosystem, [makeRecord(`EX-${ecosystem}`, '2026-01-01T00:00:00Z')]);
});
afterAll(async () => {
  await mirror.close();
  rmSync(cwd, { recursive: true, force: true });
});

const product = (name: string, eolFrom: string, eoesFrom: string | null = null): string =>
  JSON.stringify({
    schema_version: '1.2.0',
    result: { name, releases: [{ name: '12', isLts: false, eolFrom, eoesFrom }] },
  });

interface Answer {
  readonly support: readonly { readonly source: string }[];
  readonly failed: readonly { readonly target: string; readonly code: string }[];
}

async function update(home: string, ...more: readonly string[]) {
  const where = ['--from', mirror.url, '--format', 'json', ...more];
  const env = { WAYBILL_HOME: join(cwd, home) };
  const { code, stdout } = await runHere(['advisories', 'update', ...where], { cwd, env });
  return { code, ...(JSON.parse(stdout) as Answer) };
}

async function listKnown(home: string): Promise<readonly object[]> {
  const env = { WAYBILL_HOME: join(cwd, home) };
  const { stdout } = await runHere(['advisories', 'info', '--format', 'json'], { cwd, env });
  return JSON.parse(stdout).support;
}

const DEBIAN = ['--ecosystem', 'Debian'];

it('S2C2F SCA-3: an update brings until when the needed systems are supported', async () => {
  mirror.put(FILE, product('debian', '2026-06-10', '2028-06-30'));
  mirror.put('endoflife/ubuntu.json', product('ubuntu', '2026-06-10'));
  mirror.take();
  expect(await update('a', ...DEBIAN)).toMatchObject({
    code: 0,
    support: [{ source: 'endoflife.date (debian)', releases: 1 }],
    failed: [],
  });
  expect(mirror.take().filter((path) => path.startsWith('endoflife'))).toEqual([FILE]);
  // Debian LTS is for everybody.
  const known = [{ os: 'debian', release: '12', endsOn: '2028-06-30', extendedTo: null }];
  expect(await listKnown('a')).toEqual(known);
  expect(await update('a', ...DEBIAN)).toMatchObject({ code: 0, support: [] });
  rmSync(join(cwd, 'a', 'advisories.db.support'));
  expect((await update('a', ...DEBIAN)).support).toHaveLength(1);
  expect(await listKnown('a')).toEqual(known);
});

it.each([
  ['another system', 'REGISTRY_MISBEHAVED', product('ubuntu', '2999-01-01')],
  ['another file', 'REGISTRY_MISBEHAVED', '{"catalog": 1}'],
  ['a file that is cut', 'MALFORMED', product('debian', '2999-01-01').slice(0, -3)],
])('S2C2F SCA-3: %s in its place is %s, and what was known stays', async (what, code, body) => {
  mirror.put(FILE, product('debian', '2026-06-10', '2028-06-30'));
  await update(what, ...DEBIAN);
  const known = await listKnown(what);
  mirror.put(FILE, body);
  expect(await update(what, ...DEBIAN)).toMatchObject({
    code: 3,
    support: [],
    failed: [{ target: 'support of debian', code }],
  });
  expect(await listKnown(what)).toEqual(known);
  expect(known).toHaveLength(1);
});

it('S2C2F SCA-3: who needs no system, or wants none of it, asks for nothing', async () => {
  mirror.put(FILE, product('debian', '2026-06-10', '2028-06-30'));
  mirror.take();
  await update('b', '--ecosystem', 'npm');
  await update('b', ...DEBIAN, '--without-support');
  expect(mirror.take().filter((path) => path.startsWith('endoflife'))).toEqual([]);
});
