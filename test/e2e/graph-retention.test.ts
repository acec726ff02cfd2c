import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';

let folder: string;
let line: CommandHere;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-retention-'));
  line = new CommandHere(folder);
  await importSbom('one');
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

async function importSbom(name: string): Promise<void> {
  const component = { type: 'library', name, version: '1', purl: `pkg:npm/${name}@1` };
  const sbom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: [component] };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(sbom));
  await line.output('graph', 'import', `${name}.json`, '--subject', `sha256:${'1'.repeat(64)}`);
}

it('a backup is equal, grows with the log, and comes back where nothing else is', async () => {
  const first = await line.json<{ export: string }>('graph', 'backup', '--to', 'backup.db');
  expect(first.answer).toMatchObject({ copied: 1, head: { size: 1 } });
  await importSbom('two');
  const second = await line.json<{ export: string }>('graph', 'backup', '--to', 'backup.db');
  expect(second.answer).toMatchObject({ copied: 1, head: { size: 2 } });
  const restored = await line.json('graph', 'restore', '--from', 'backup.db', '--home', 'other');
  expect(restored.answer).toMatchObject({ copied: 2, export: second.answer.export });
  // Another log is not overwritten, and a file that is not there is no empty backup.
  writeFileSync(
    join(folder, 'x.json'),
    '{"bomFormat":"CycloneDX","specVersion":"1.6","version":1}',
  );
  await line.run(
    'graph',
    'import',
    'one.json',
    '--subject',
    `sha256:${'2'.repeat(64)}`,
    '--home',
    'third',
  );
  for (const [from, home] of [
    ['backup.db', 'third'],
    ['nothing.db', 'fourth'],
  ] as const)
    expect(
      (await line.run('graph', 'restore', '--from', from, '--home', home)).code,
    ).toBeGreaterThan(0);
  expect((await line.run('graph', 'backup', '--to', 'postgres://a@b/c')).code).toBe(2);
});

it('only kinds that pile up are removed, and a trial removes nothing', async () => {
  const trial = ['graph', 'prune', '--older-than', '2999-01-01T00:00:00Z', '--dry-run'];
  expect((await line.json(...trial)).answer).toMatchObject({ documents: 0, dryRun: true });
  expect(await line.run('graph', 'prune', '--older-than', '1d', '--kind', 'sbom')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('never removed'),
  });
});
