import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { APPLICATION_ID } from '../../src/adapters/advisories/schema.ts';
import { goldenText } from '../golden/golden.ts';
import { followWithExecutable } from '../support/built-executable.ts';
import {
  blocks,
  follow,
  GUIDES_AFTER_FIRST_RELEASE,
  GUIDES_ALONE,
  listMissingLines,
  splitPages,
} from '../support/guide.ts';

function expectShown(page: string, output: string): void {
  expect(listMissingLines(page, output), output).toEqual([]);
}

describe.skipIf(process.platform === 'win32')(
  'the guides, followed exactly and without a network',
  () => {
    it.each(GUIDES_ALONE)('%s succeeds, and shows what it says', async (page) => {
      const { code, output } = await follow(page);
      expect(code, output).toBe(0);
      expectShown(page, output);
    });

    it('those that go on from a first release succeed in one folder', async () => {
      const { code, output } = await follow(GUIDES_AFTER_FIRST_RELEASE);
      expect(code, output).toBe(0);
      const parts = splitPages(output);
      expect([...parts.keys()]).toEqual(GUIDES_AFTER_FIRST_RELEASE);
      for (const [page, part] of parts) expectShown(page, part);
    }, 240_000);

    it('first-cluster.md begins where a first release ended, with its policy', async () => {
      const begin = 'first-cluster.md#Begin by looking';
      const { code, output } = await follow(['first-release.md', begin]);
      expect(code, output).toBe(0);
      const said = splitPages(output).get(begin);
      expect(said).toMatch(/policy\.yaml: good: default/);
      expect(said).toMatch(/^release-1 .*CN=release,O=shop/m);
      expect(said).not.toContain('error:');
    });

    it('upgrade.md succeeds with the home of an older Waybill', async () => {
      const { code, output } = await follow(
        'upgrade.md',
        {},
        writeOldHome,
        null,
        followWithExecutable(),
      );
      expect(code, output).toBe(0);
      expectShown('upgrade.md', output);
    });

    it('has blocks to run', () => {
      expect(blocks('first-release.md', 'sh').length).toBeGreaterThan(8);
      expect(blocks('first-release.md', 'text').length).toBe(3);
    });
  },
);

/** A database and a policy as an older Waybill wrote them, and an index of another form. */
function writeOldHome(folder: string): void {
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, 'policy.yaml'), goldenText('policy.yaml'));
  const fill = (name: string, sql: string): void => {
    const database = new DatabaseSync(join(home, name), { enableForeignKeyConstraints: false });
    database.exec(sql);
    database.close();
  };
  fill('waybill.db', goldenText('database-9.sql'));
  fill(
    'advisories.db',
    `pragma application_id = ${APPLICATION_ID}; create table meta (id text) strict`,
  );
}
