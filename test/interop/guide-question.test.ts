import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, run } from '../../tools/process.ts';
import { CommandLine } from '../support/command-line.ts';
import { applyGuide, copyTree, type GuideChanges, listDifferences } from '../support/guide-tree.ts';
import { writeAskedWorld } from '../support/question-world.ts';

const PAGE = 'docs/reference/commands.md';
/** What `node tools/docs.ts --write` makes anew. */
const MADE_PAGES = [PAGE, 'docs/reference/openapi.json', 'docs/reference/schema.graphql'];
const TOKEN = 'a-token-of-sufficient-length';
const EXPECTED = {
  apiVersion: 'waybill.dev/v1',
  ...{ owner: 'team-a', releases: 3, lastAt: '2026-01-02T00:00:00.000Z' },
};
let folder: string;
let line: CommandLine;
let changes: GuideChanges;

beforeAll(async () => {
  folder = copyTree();
  line = new CommandLine(folder, [], folder);
  await writeAskedWorld(join(line.home, 'waybill.db'));
  changes = applyGuide('add-a-question.md', folder);
}, 60_000);
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

/** Status and body of an answer of the server, which made its own certificate. */
function get(url: string): Promise<readonly [number | undefined, unknown]> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const asked = request(url, { headers, rejectUnauthorized: false }, async (response) =>
      resolve([response.statusCode, await json(response)]),
    );
    asked.on('error', reject).end();
  });
}

describe('docs/guides/add-a-question.md', () => {
  it('needs new files, and changes two others by hand', async () => {
    const docs = await run(process.execPath, ['tools/docs.ts', '--write'], { cwd: folder });
    expect(docs.code).toBe(0);
    expect(readFileSync(join(folder, PAGE), 'utf8')).toContain('/v1/ask/portfolio');
    const changed = listDifferences(folder).filter((file) => existsSync(join(root, file)));
    expect(changed).toEqual([...changes.changed, ...MADE_PAGES].sort());
    expect(changes.changed.length).toBe(2);
    const folders = [
      'src/capabilities/graph/questions/portfolio/',
      'src/adapters/graph-sql/questions/portfolio.ts',
    ];
    expect(changes.made.length).toBe(4);
    for (const path of changes.made)
      expect(folders.some((start) => path.startsWith(start))).toBe(true);
  }, 60_000);

  it('makes a command with help, completion, table and JSON', async () => {
    const table = await line.run('ask', 'portfolio', 'team-a');
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^OWNER +RELEASES +LAST\nteam-a +3 +2026-01-02T00:00:00Z\n$/);
    const json = await line.run('ask', 'portfolio', 'team-a', '--format', 'json');
    expect(JSON.parse(json.stdout)).toEqual(EXPECTED);
    const none = ['--since', '2026-06-01T00:00:00Z', '--format', 'json'];
    const late = await line.run('ask', 'portfolio', 'team-a', ...none);
    expect(JSON.parse(late.stdout)).toEqual({ ...EXPECTED, releases: 0, lastAt: null });
    expect((await line.run('ask', 'portfolio')).code).toBe(2);
    expect((await line.run('completion', 'bash')).stdout).toContain('ask portfolio');
  }, 60_000);

  it('makes an endpoint that gives the same JSON', async () => {
    writeFileSync(join(folder, 'token'), TOKEN);
    const server = await line.start(
      ...['serve', '--listen', '127.0.0.1:0', '--token-file', 'token', '--audit-interval', 'off'],
    );
    try {
      const url = /https:\/\/\S+?:\d+/.exec(server.line)?.[0] ?? '';
      expect(await get(`${url}/v1/ask/portfolio?owner=team-a`)).toEqual([200, EXPECTED]);
      expect(await get(`${url}/v1/ask/portfolio?owner=team-a&limit=1`)).toMatchObject([400, {}]);
      expect(await get(`${url}/v1/ask/portfolio`)).toMatchObject([400, {}]);
    } finally {
      await server.stop();
    }
  }, 60_000);
});
