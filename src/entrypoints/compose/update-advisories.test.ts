import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Script } from '../../../test/support/hostile-registry.ts';
import { makeRecord, OsvMirror, type OsvRecord } from '../../../test/support/osv-mirror.ts';
import { runHere } from '../../../test/support/run-here.ts';
import { loadConfig } from '../config/config.ts';
import { openStandingAdvisories } from './advisories.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-update-'));
const JAN = '2026-01-01T00:00:00Z';
const FEB = '2026-01-02T00:00:00Z';
let mirror: OsvMirror;
let home = '';
let homes = 0;
beforeAll(async () => {
  mirror = await OsvMirror.start();
});
afterAll(async () => {
  await mirror.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  home = join(folder, `home-${++homes}`);
  mirror.lie(null);
  mirror.put('ecosystems.txt', 'npm\nPyPI\nDebian\n');
  mirror.publish('npm', [makeRecord('GHSA-1', JAN), makeRecord('GHSA-2', JAN)]);
  mirror.take();
});

async function update(...args: readonly string[]) {
  const env = { WAYBILL_HOME: home };
  const words = ['advisories', 'update', '--from', mirror.url, '--format', 'json', ...args];
  const { code, stdout, stderr } = await runHere(words, { cwd: folder, env });
  const printed = stdout === '' ? null : JSON.parse(stdout);
  const answer = printed?.updated === undefined ? null : printed;
  const updated: readonly { ecosystem: string; how: string }[] = answer?.updated ?? [];
  const how = updated.flatMap((one) => (one.ecosystem === '[EMPTY]' ? [] : one.how));
  return { code, answer, stderr: stdout + stderr, how, asked: mirror.take() };
}

async function listIds(): Promise<readonly string[]> {
  const config = await loadConfig({ home }, {}, folder);
  const { index, close } = await openStandingAdvisories(config);
  const found = await index.find('npm', 'left');
  close();
  if (!found.ok) throw found.failure;
  return found.value.map(({ id, withdrawn }) => (withdrawn === null ? id : `${id} withdrawn`));
}

const more = (): readonly OsvRecord[] => [
  ...[makeRecord('GHSA-1', JAN), makeRecord('GHSA-2', FEB, { withdrawn: FEB })],
  makeRecord('GHSA-3', FEB),
];

describe('A21: an update brings what is new, and only that', () => {
  it('the whole export first, then changed records, then nothing', async () => {
    const first = await update('--ecosystem', 'npm');
    expect(first).toMatchObject({ code: 0, how: ['whole'], answer: { added: 2, failed: [] } });
    expect(first.answer.updatedAt).toBe('2026-02-01T00:00:00.000Z');
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2']);
    const again = await update();
    expect(again).toMatchObject({ code: 0, how: ['nothing'], answer: { added: 0 } });
    expect(again.asked).not.toContain('npm/all.zip');
    mirror.publish('npm', more());
    const changed = await update();
    expect(changed).toMatchObject({ code: 0, how: ['changes'], answer: { added: 1 } });
    expect(changed.asked.filter((path) => /^npm\/.*[.]json$/.test(path)).sort()).toEqual([
      ...['npm/GHSA-2.json', 'npm/GHSA-3.json'],
    ]);
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2 withdrawn', 'GHSA-3']);
  });

  it('an ecosystem is needed by the graph, the configuration, a target or a name', async () => {
    expect(await update()).toMatchObject({ code: 2, answer: null });
    const none = await update('--ecosystem', 'CRAN');
    expect(none).toMatchObject({ code: 3, answer: null });
    expect(none.stderr).toContain('CRAN');
    const some = await update('--ecosystem', 'npm', '--ecosystem', 'CRAN');
    expect(some).toMatchObject({ code: 0, answer: { absent: ['CRAN'] } });
  });

  it('no export is asked for what only other publishers have', async () => {
    const components = ['pkg:npm/left@1.0.0', 'pkg:generic/openssl@1.1.1k'].map((purl) => ({
      ...{ type: 'library', name: 'it', version: '1', purl },
    }));
    const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', components };
    writeFileSync(join(folder, 'shop.cdx.json'), JSON.stringify(bom));
    const words = ['graph', 'import', 'shop.cdx.json', '--subject', `sha256:${'1'.repeat(64)}`];
    const env = { WAYBILL_HOME: home };
    expect(await runHere(words, { cwd: folder, env })).toMatchObject({ code: 0 });
    expect(await update()).toMatchObject({ code: 0, how: ['whole'], answer: { absent: [] } });
  });

  it('a lost index is made again from the whole export, whatever was remembered', async () => {
    await update('--ecosystem', 'npm');
    for (const name of readdirSync(home))
      if (name !== 'advisory-updates') rmSync(join(home, name), { recursive: true });
    expect(await update()).toMatchObject({ code: 0, how: ['whole'] });
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2']);
  });

  it('a record that leaves its ecosystem because it is withdrawn is withdrawn here', async () => {
    await update('--ecosystem', 'npm');
    mirror.publish('npm', [makeRecord('GHSA-1', JAN)]);
    mirror.publish('[EMPTY]', [makeRecord('GHSA-2', FEB, { withdrawn: FEB, affected: [] })]);
    expect(await update()).toMatchObject({ code: 0 });
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2 withdrawn']);
    mirror.publish('[EMPTY]', []);
  });
});

describe('A21: whatever a mirror does, the old index keeps serving and the error says why', () => {
  const say =
    (ending: string, headers: object, change = (bytes: Buffer): Buffer => bytes): Script =>
    ({ path }, response) => {
      if (!path.endsWith(ending)) return;
      const bytes = change(mirror.bytes(decodeURIComponent(path).slice('/osv/'.length)));
      response.writeHead(200, { ETag: '"y"', ...headers });
      response.end(bytes);
    };
  const lies: readonly (readonly [string, string, Script])[] = [
    [
      'another digest',
      'DIGEST_MISMATCH',
      say('all.zip', { 'Repr-Digest': `sha-256=:${'A'.repeat(43)}=:` }),
    ],
    ['another md5', 'DIGEST_MISMATCH', say('all.zip', { 'x-goog-hash': 'crc32c=a, md5=AAAA' })],
    ['an archive cut short', 'MALFORMED', say('all.zip', {}, (bytes) => bytes.subarray(0, -9))],
    ['a list cut short', 'MALFORMED', say('.csv', {}, (bytes) => bytes.subarray(0, -1))],
    ['an empty list', 'REGISTRY_MISBEHAVED', say('.csv', {}, () => Buffer.from(''))],
    ['a page in place of it', 'MALFORMED', say('all.zip', {}, () => Buffer.from('<html>'))],
    ['an encoded body', 'REGISTRY_MISBEHAVED', say('.csv', { 'Content-Encoding': 'gzip' })],
    [
      'no access',
      'REGISTRY_DENIED',
      ({ path }, response) => {
        if (path.endsWith('.csv')) response.writeHead(403).end();
      },
    ],
  ];
  it.each(lies)('%s is %s', async (_, code, script) => {
    await update('--ecosystem', 'npm');
    mirror.publish('npm', more());
    // The whole export is read again.
    rmSync(join(home, 'advisory-updates'), { recursive: true });
    mirror.lie(script);
    const refused = await update('--ecosystem', 'npm');
    expect(refused).toMatchObject({ code: 3, answer: null });
    expect(refused.stderr).toContain(`"${code}"`);
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2']);
    mirror.lie(null);
    expect(await update('--ecosystem', 'npm')).toMatchObject({ code: 0, answer: { added: 1 } });
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2 withdrawn', 'GHSA-3']);
  });

  it('an older or another record than the list has is refused', async () => {
    await update('--ecosystem', 'npm');
    mirror.publish('npm', more());
    for (const other of [makeRecord('GHSA-3', JAN), makeRecord('GHSA-1', FEB)]) {
      mirror.put('npm/GHSA-3.json', JSON.stringify(other));
      const refused = await update('--ecosystem', 'npm');
      expect(refused).toMatchObject({ code: 3, answer: null });
      expect(refused.stderr).toContain('GHSA-3 of npm is not the record that the list has');
    }
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2']);
  });

  it('an archive that is older than its list is completed, and looked at again', async () => {
    mirror.publish('npm', more(), [makeRecord('GHSA-1', JAN), makeRecord('GHSA-2', JAN)]);
    expect(await update('--ecosystem', 'npm')).toMatchObject({ code: 0, how: ['whole'] });
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2', 'GHSA-3']);
    expect(await update()).toMatchObject({ code: 0, how: ['changes'] });
    expect(await listIds()).toEqual(['GHSA-1', 'GHSA-2 withdrawn', 'GHSA-3']);
  });

  it('one ecosystem that fails does not end the others', async () => {
    mirror.publish('PyPI', []);
    mirror.put('PyPI/modified_id.csv', 'no list\n');
    const some = await update('--ecosystem', 'npm', '--ecosystem', 'PyPI');
    expect(some).toMatchObject({ code: 3, how: ['whole'], answer: { added: 2 } });
    expect(some.answer.failed).toMatchObject([{ target: 'PyPI', code: 'MALFORMED' }]);
  });
});

it('a mirror is read over TLS, without a password, and named by its address', async () => {
  const env = { WAYBILL_HOME: home };
  for (const [from, why] of [
    ['http://mirror.example.com/osv', 'without TLS'],
    ['https://a:secret@mirror.example.com/osv', 'password'],
    ['ftp://mirror.example.com/', 'ftp'],
    ['osv', 'no address'],
  ] as const) {
    const words = ['advisories', 'update', '--from', from, '--ecosystem', 'npm'];
    const { code, stderr } = await runHere(words, { cwd: folder, env });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
    expect(stderr).not.toContain('secret');
  }
});
