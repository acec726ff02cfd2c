import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { loadConfig } from '../config/config.ts';
import { openQuestions } from './graph.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-compose-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('Asking the graph', () => {
  it('reports that nothing was recorded if there is no database', async () => {
    await expect(
      openQuestions(await loadConfig({ home: folder }, {}, folder)),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('completes a database whose creation was killed, and finds it empty', async () => {
    const config = await loadConfig({ home: folder }, {}, folder);
    writeFileSync(config.database, '', { mode: 0o600 });
    const reader = await openQuestions(config);
    expect(orThrow(await reader.ask({ name: 'status' })).head.size).toBe(0);
    await reader.close();
  });

  it('refuses a file that is not a database', async () => {
    const config = await loadConfig({ home: folder }, {}, folder);
    writeFileSync(
      config.database,
      'not a database at all, but long enough to be read as a header of one …'.repeat(20),
    );
    await expect(openQuestions(config)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});
