import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { importAdvisories } from '../../src/adapters/advisories/index.ts';
import { fail, orThrow } from '../../src/core/result.ts';
import { openImportLog, openLedger } from '../../src/entrypoints/compose/graph.ts';
import { CommandLine } from '../support/command-line.ts';
import { listIndexRows } from '../support/index-rows.ts';
import { nowInstant, Scene } from '../support/scene.ts';
import { CRITICAL_TZDATA } from '../support/scene-advisories.ts';

const SOON = { timeout: 20_000, interval: 100 };
let scene: Scene;
let trips = '';

beforeEach(async () => {
  scene = await Scene.open();
  const { digest } = await scene.publish('trips');
  trips = `${scene.registry.registry}/shop/trips@${digest}`;
});
afterEach(() => scene.close());

const LATER = '2026-03-01T00:00:00Z';
const finding = (more: object = {}) => ({ ...CRITICAL_TZDATA, ...more });

const post = async (record: object): Promise<number> => {
  const { status } = await scene.http(
    'POST',
    '/v1/evidence?kind=advisories',
    JSON.stringify(record),
  );
  return status;
};
const isAdmitted = async (): Promise<boolean> => (await scene.admit(trips)).allowed;

it('B3, X4: a posted advisory denies, and its withdrawal admits again', async () => {
  await scene.serve();
  expect(await isAdmitted()).toBe(true);
  expect(await post(finding())).toBe(201);
  await vi.waitUntil(async () => !(await isAdmitted()), SOON);
  expect((await scene.admit(trips)).status?.message).toContain('CVE-2026-0009');
  expect(await post(finding({ modified: LATER, withdrawn: LATER }))).toBe(201);
  await vi.waitUntil(isAdmitted, SOON);
});

it('B3: an import that was killed is completed while the server runs', async () => {
  // The home has a log, as after any recording.
  await (await openLedger(scene.config)).close();
  await scene.serve();
  expect(await isAdmitted()).toBe(true);
  const feed = join(scene.folder, 'killed.ndjson');
  writeFileSync(feed, JSON.stringify(finding()));
  const log = await openImportLog(scene.config);
  const killed = Object.assign(log, {
    append: async () => fail('DISK_FULL', 'it was killed here', 'Start it again.'),
  });
  const path = scene.config.advisories;
  const imported = await importAdvisories({
    path,
    sources: [feed],
    covers: ['npm'],
    now: nowInstant(),
    log: killed,
  });
  await log.close();
  expect(imported.ok).toBe(false);
  await vi.waitUntil(async () => !(await isAdmitted()), SOON);
});

it('B3: `graph import` gives the index the advisories that it appended', async () => {
  const waybill = new CommandLine(scene.folder);
  writeFileSync(join(scene.folder, 'one.json'), JSON.stringify(finding()));
  await waybill.output('graph', 'import', '--kind', 'advisories', 'one.json');
  await waybill.close();
  const row = { id: 'DSA-0009-1', ecosystem: 'Debian:12' };
  expect(listIndexRows(scene.config.advisories)).toContainEqual(expect.objectContaining(row));
});

it('B3: an index that was lost has its age and coverage again from the log', async () => {
  const waybill = new CommandLine(scene.folder);
  writeFileSync(join(scene.folder, 'one.json'), JSON.stringify(finding()));
  await waybill.output('advisories', 'import', 'one.json', '--covers', 'npm,Debian');
  rmSync(scene.config.advisories);
  const text = await waybill.output('advisories', 'info');
  expect(text).toMatch(/^imported: 20\d\d-/m);
  expect(text).toMatch(/^Debian:12 +1 +20\d\d-.* one\.json$/m);
  await waybill.close();
});

it('B3: a server has caught up before it listens', async () => {
  const { log, close } = await openLedger(scene.config);
  const body = Buffer.from(JSON.stringify(finding()));
  const input = { kind: 'advisories', mediaType: 'application/json', subject: null, body } as const;
  orThrow(await log.append([input], nowInstant()));
  await close();
  await scene.serve();
  expect(await isAdmitted()).toBe(false);
});
