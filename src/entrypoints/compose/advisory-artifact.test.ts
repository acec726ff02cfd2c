import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRecord } from '../../../test/support/osv-mirror.ts';
import { requireSuccess, runHere } from '../../../test/support/run-here.ts';
import { type RunningRegistry, startRegistry } from '../../adapters/oci-server/index.ts';
import { orThrow } from '../../core/result.ts';
import { loadConfig } from '../config/config.ts';
import { openStandingAdvisories } from './advisories.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-packed-'));
const SUBJECT = 'CN=data,O=Shop,ST=WA,C=US';
const JAN = '2026-01-01T00:00:00Z';
const FEB = '2026-01-02T00:00:00Z';
let registry: RunningRegistry;
let place = '';

beforeAll(async () => {
  registry = orThrow(await startRegistry({ root: join(cwd, 'registry') }));
  place = `${registry.registry}/security/advisories`;
  await ok('packer', 'key', 'generate', '--subject', SUBJECT);
  await ok('stranger', 'key', 'generate', '--subject', SUBJECT);
  for (const home of ['packer', 'client', 'air']) await trust(home);
});
afterAll(async () => {
  await registry.close();
  rmSync(cwd, { recursive: true, force: true });
});

function call(home: string, ...args: readonly string[]) {
  return runHere(args, { cwd, env: { WAYBILL_HOME: join(cwd, home) } });
}

async function ok(home: string, ...args: readonly string[]) {
  return requireSuccess(args, await call(home, ...args)).stdout;
}

async function json(home: string, ...args: readonly string[]) {
  return JSON.parse(await ok(home, 'advisories', ...args, '--format', 'json'));
}

function trust(home: string, ...more: readonly string[]) {
  const certificate = join(cwd, 'packer', 'keys', 'default', 'root.crt');
  const root = existsSync(certificate) ? certificate : join(cwd, 'packer/keys/default.root.crt');
  const whom = ['--certificate', root, '--store', 'data', '--identity', `x509.subject: ${SUBJECT}`];
  const what = ['--repository', place, '--statement', 'advisories'];
  return ok(home, 'trust', 'add', ...whom, ...what, ...more);
}

async function feed(home: string, ...records: readonly object[]): Promise<void> {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeFileSync(join(cwd, 'feed.ndjson'), lines);
  await ok(home, 'advisories', 'import', 'feed.ndjson', '--covers', 'npm');
}

async function listIds(home: string): Promise<readonly string[]> {
  const config = await loadConfig({ home: join(cwd, home) }, {}, cwd);
  const { index, close } = await openStandingAdvisories(config);
  const found = orThrow(await index.find('npm', 'left'));
  close();
  return found.map(({ id, withdrawn }) => (withdrawn === null ? id : `${id} withdrawn`));
}

it('A21: a pushed index is pulled whole, then by its changes, and never an older one', async () => {
  await feed('packer', makeRecord('GHSA-1', JAN), makeRecord('GHSA-2', JAN));
  expect(await json('packer', 'push', place)).toMatchObject({ number: 1, records: 2, deltas: [] });
  const first = await json('client', 'pull', place);
  expect(first).toMatchObject({ number: 1, added: 2, updated: [{ how: 'whole' }] });
  expect(await listIds('client')).toEqual(['GHSA-1', 'GHSA-2']);
  await feed('packer', makeRecord('GHSA-2', FEB, { withdrawn: FEB }), makeRecord('GHSA-3', FEB));
  const second = await json('packer', 'push', place);
  expect(second).toMatchObject({ number: 2, records: 3, deltas: [{ from: 1, to: 2 }] });
  const changed = await json('client', 'update', '--from', `oci://${place}`);
  expect(changed).toMatchObject({
    number: 2,
    added: 1,
    unchanged: 0,
    updated: [{ how: 'changes' }],
  });
  expect(await listIds('client')).toEqual(['GHSA-1', 'GHSA-2 withdrawn', 'GHSA-3']);
  expect(await json('client', 'pull', place)).toMatchObject({ updated: [{ how: 'nothing' }] });
  // What it is about and how old it is came with it.
  const info = await json('client', 'info');
  expect(info.coverage).toMatchObject([{ ecosystem: 'npm', feed: 'feed.ndjson', records: 2 }]);
  const old = await ok('packer', 'key', 'list');
  expect(old).toContain('data');
}, 60_000);

it('A21: an unsigned index, one of a stranger and an older one are refused', async () => {
  const before = await listIds('client');
  const refuse = async (why: string, ...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await call('client', 'advisories', 'pull', ...args);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining(why) });
    expect(stderr).toContain('[EVIDENCE_REJECTED]');
    expect(await listIds('client')).toEqual(before);
  };
  // A stranger with the right to push: its own key is trusted by nobody else.
  cpSync(join(cwd, 'packer'), join(cwd, 'thief'), { recursive: true });
  rmSync(join(cwd, 'thief', 'keys'), { recursive: true });
  cpSync(join(cwd, 'stranger', 'keys'), join(cwd, 'thief', 'keys'), { recursive: true });
  await ok('thief', 'advisories', 'push', `${place}:theirs`, '--number', '900');
  await refuse('does not count', `${place}:theirs`);
  // The older index, signed again by who is trusted.
  const old = join(cwd, 'old');
  cpSync(join(cwd, 'packer'), old, { recursive: true });
  rmSync(join(old, 'advisory-updates'), { recursive: true, force: true });
  expect(await json('old', 'push', `${place}:old`)).toMatchObject({ number: 1 });
  await refuse('an older index: 1, and 2 was imported here', `${place}:old`);
  await ok('old', 'advisories', 'push', `${place}:same`, '--number', '2');
  await refuse('another index of the same number', `${place}:same`);
  // Who may not push behind a stranger's number, unless it is said.
  const { code, stdout, stderr } = await call('packer', 'advisories', 'push', `${place}:theirs`);
  expect({ code, text: stdout + stderr }).toMatchObject({
    code: 3,
    text: expect.stringContaining('--number N'),
  });
}, 60_000);

it('A21: an index in a file is for where there is no network, and is as strict', async () => {
  const file = await json('packer', 'pack', place, '--to', 'data.tar');
  expect(file).toMatchObject({ number: 1, records: 3 });
  const from = 'oci-archive:data.tar';
  const unnamed = await call('air', 'advisories', 'pull', from);
  expect(unnamed).toMatchObject({ code: 2, stderr: expect.stringContaining('--as') });
  expect(await json('air', 'pull', from, '--as', place)).toMatchObject({ number: 1, added: 3 });
  const again = await json('packer', 'pack', place, '--to', 'next.tar', '--previous', 'data.tar');
  expect(again).toMatchObject({ number: 2, deltas: [{ from: 1, to: 2 }] });
  const next = 'oci-archive:next.tar';
  const pulled = await json('air', 'update', '--from', next, '--as', place);
  expect(pulled).toMatchObject({ number: 2, added: 0, updated: [{ how: 'changes' }] });
  expect(await call('air', 'advisories', 'pull', from, '--as', place)).toMatchObject({ code: 3 });
  // Cut anywhere, it is refused, and what is there stays.
  const bytes = readFileSync(join(cwd, 'next.tar'));
  for (let at = 0; at < bytes.length - 1_024; at += 1_777) {
    writeFileSync(join(cwd, 'cut.tar'), bytes.subarray(0, at));
    const cut = await call('air', 'advisories', 'pull', 'oci-archive:cut.tar', '--as', place);
    expect(cut.code).toBeGreaterThan(1);
  }
  expect(await listIds('air')).toEqual(['GHSA-1', 'GHSA-2 withdrawn', 'GHSA-3']);
}, 60_000);

it('A21: an index whose feeds had records that nobody could read is not packed', async () => {
  const lines = [JSON.stringify(makeRecord('GHSA-1', JAN)), '{"id": 5}', ''];
  writeFileSync(join(cwd, 'holes.ndjson'), lines.join('\n'));
  await call('holes', 'advisories', 'import', 'holes.ndjson', '--covers', 'npm');
  await ok('holes', 'key', 'generate', '--subject', SUBJECT);
  const { code, stderr } = await call('holes', 'advisories', 'pack', place, '--to', 'holes.tar');
  expect([code, stderr]).toEqual([3, expect.stringContaining('1 record of the imported feeds')]);
});
