import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRecord, OsvMirror } from '../../../test/support/osv-mirror.ts';
import { downloadFile } from './download.ts';
import { openExportSession } from './export-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-download-'));
const path = join(folder, 'all.zip');
let mirror: OsvMirror;
beforeAll(async () => {
  mirror = await OsvMirror.start();
  mirror.publish('npm', [makeRecord('GHSA-1', '2026-01-01T00:00:00Z')]);
});
afterAll(async () => {
  await mirror.close();
  rmSync(folder, { recursive: true, force: true });
});

async function download(): Promise<readonly string[]> {
  const sleep = async (): Promise<void> => undefined;
  const session = openExportSession({ base: new URL(mirror.url), env: {}, sleep });
  const { signal } = new AbortController();
  await downloadFile(session, 'npm/all.zip', path, { signal, bytesMax: 10_000 });
  session.close();
  return mirror.take();
}

it('A21: a download that is cut at any byte goes on exactly there', async () => {
  const whole = mirror.bytes('npm/all.zip');
  for (let at = 0; at < whole.length; at++) {
    rmSync(path, { force: true });
    let isCut = false;
    mirror.lie((_, response) => {
      if (isCut) return;
      isCut = true;
      const headers = { ETag: mirror.etag('npm/all.zip'), 'Content-Length': whole.length };
      response.writeHead(200, headers).flushHeaders();
      response.write(whole.subarray(0, at), () => setTimeout(() => response.destroy(), 1));
    });
    const asked = await download();
    expect(readFileSync(path)).toEqual(whole);
    const rest = asked.at(-1);
    // What of the bytes before the cut arrived is not asked for again.
    if (at > 0) expect(rest).toMatch(/^npm\/all\.zip( bytes=\d+-)?$/);
  }
}, 60_000);

it('A21: a part of another state of the file is not continued', async () => {
  rmSync(path, { force: true });
  let asked = 0;
  mirror.lie((_, response) => {
    if (asked++ > 0) return;
    response.writeHead(200, { ETag: '"old"', 'Content-Length': 900 });
    response.write('old bytes', () => setTimeout(() => response.destroy(), 1));
  });
  await download();
  expect(readFileSync(path)).toEqual(mirror.bytes('npm/all.zip'));
});

it.each([
  ['a part of another place', 'REGISTRY_MISBEHAVED', 'bytes 3-8/900'],
  ['less than the size that it states', 'DIGEST_MISMATCH', 'bytes 9-14/900'],
])('A21: a mirror that gives %s is not believed: %s', async (_, code, range) => {
  rmSync(path, { force: true });
  let asked = 0;
  mirror.lie((_request, response) => {
    if (asked++ === 0) {
      response.writeHead(200, { ETag: '"one"', 'Content-Length': 900 });
      response.write('nine byte', () => setTimeout(() => response.destroy(), 1));
    } else
      response
        .writeHead(206, { ETag: '"one"', 'Content-Length': 6, 'Content-Range': range })
        .end('others');
  });
  await expect(download()).rejects.toMatchObject({ code });
});
