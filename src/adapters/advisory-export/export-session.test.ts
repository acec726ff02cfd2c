import { afterAll, beforeAll, expect, it } from 'vitest';
import { OsvMirror } from '../../../test/support/osv-mirror.ts';
import { openExportSession } from './export-session.ts';

let mirror: OsvMirror;
beforeAll(async () => {
  mirror = await OsvMirror.start();
});
afterAll(() => mirror.close());

it('A21: "not modified" is believed only by who has a state of the file', async () => {
  mirror.lie((_, response) => void response.writeHead(304).end());
  const session = openExportSession({ base: new URL(mirror.url), env: {}, sleep: async () => {} });
  const call = { bytesMax: 1_000, signal: new AbortController().signal };
  const known = { etag: '"1"', lastModified: null };
  expect(await session.read('ecosystems.txt', known, call)).toBeNull();
  await expect(session.read('ecosystems.txt', null, call)).rejects.toMatchObject({
    code: expect.stringMatching(/^[A-Z_]+$/),
  });
  session.close();
});
