import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { file, packTar } from '../../../../test/support/images.ts';
import { testIo } from '../../../../test/support/test-io.ts';
import { openQuestions } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AdvisoriesImportCall } from '../options/inventory.ts';
import { SCHEMAS } from '../report/schemas.ts';
import { run } from './advisories-import.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-feeds-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const home = join(cwd, 'home');
beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { mode: 0o700 });
});

const feed = (id: string): string =>
  `${JSON.stringify({
    id,
    modified: '2026-01-01T00:00:00Z',
    affected: [{ package: { ecosystem: 'npm', name: 'left' }, versions: ['1.0.0'] }],
  })}\n`;
writeFileSync(join(cwd, 'one.json'), feed('EX-2026-1'));
writeFileSync(join(cwd, 'two.json'), feed('EX-2026-2'));
writeFileSync(join(cwd, 'empty.json'), '');
writeFileSync(join(cwd, 'other.json'), '{"cve":"CVE-2026-1"}');
// Its first record can be read, and its end cannot.
const packed = gzipSync(feed('EX-2026-3'), { level: 0 });
writeFileSync(join(cwd, 'cut.json.gz'), packed.subarray(0, packed.length - 8));

const importAll = (...args: readonly string[]) => importWith({}, ...args);

async function importWith(
  options: Partial<AdvisoriesImportCall['options']>,
  ...args: readonly string[]
) {
  let err = '';
  const io = {
    ...testIo(),
    cwd,
    env: { WAYBILL_HOME: home },
    err: (text: string) => {
      err += text;
    },
  };
  const { signal } = new AbortController();
  const call = { args, options: options as AdvisoriesImportCall['options'], io, signal };
  const report = await run(call);
  if (report.kind !== 'result') throw new Error('no result');
  const answer = SCHEMAS['advisories-import'].parse(report.value?.json());
  const questions = await openQuestions(await loadCallConfig(call));
  const head = await questions.head();
  await questions.close();
  const { hints } = report;
  return { code: report.exitCode, err, answer, hints, size: head.ok ? head.value.size : null };
}

describe('truth A23: one bad feed never ends an import of several', () => {
  it('the others are in the index and in the log, whole, and the bad ones are named', async () => {
    const bad = ['empty.json', 'absent.json', 'other.json', 'cut.json.gz'];
    const { code, err, answer, size } = await importAll('one.json', ...bad, 'two.json');
    expect([code, answer.outcome, answer.added, answer.count, size]).toEqual([
      3,
      'partial',
      2,
      2,
      4,
    ]);
    expect(answer.failed.map(({ target, code: cause }) => [target, cause])).toEqual([
      ['empty.json', 'MALFORMED'],
      ['absent.json', 'FILE_NOT_FOUND'],
      ['other.json', 'MALFORMED'],
      ['cut.json.gz', expect.any(String)],
    ]);
    for (const name of bad) expect(err).toContain(name);
  });

  it('but a feed alone fails as it is, and good ones are read at once', async () => {
    await expect(importAll('empty.json')).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(importAll('empty.json', 'absent.json')).rejects.toMatchObject({
      code: 'MALFORMED',
    });
    const { code, answer } = await importAll('one.json', 'two.json');
    expect([code, answer.outcome, answer.added, answer.failed]).toEqual([0, 'complete', 2, []]);
  });
});

describe('X9: a folder and a tar archive', () => {
  it('truth A23: a damaged file of a folder ends no other, and is named', async () => {
    const folder = join(cwd, 'mixed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.tar.gz'), 'x');
    writeFileSync(join(folder, 'b.json'), feed('EX-2026-8'));
    const tar = gzipSync(packTar([file('osv/c.json', feed('EX-2026-9'))]));
    writeFileSync(join(folder, 'c.tar.gz'), tar.subarray(0, tar.length - 12));
    const { code, answer } = await importAll('mixed');
    expect([code, answer.outcome, answer.added]).toEqual([3, 'partial', 1]);
    expect(answer.failed.map(({ target }) => target)).toEqual([
      join('mixed', 'c.tar.gz'),
      join('mixed', 'a.tar.gz'),
    ]);
    await expect(importAll('mixed/a.tar.gz')).rejects.toMatchObject({ code: 'MALFORMED' });
  });

  it('are imported, and a record that cannot be read is named by its file', async () => {
    const folder = join(cwd, 'osv');
    mkdirSync(join(folder, 'npm'), { recursive: true });
    writeFileSync(join(folder, 'npm/good.json'), feed('EX-2026-4').replaceAll(',', ',\n'));
    writeFileSync(join(folder, 'npm/bad.json'), '{"id":\n');
    const { code, err, answer } = await importAll('osv');
    expect([code, answer.added, answer.rejected]).toEqual([3, 1, 1]);
    expect(err).toMatch(/^rejected: .*\/osv npm\/bad[.]json: /m);
    const tar = gzipSync(packTar([file('x/a.json', feed('EX-2026-5'))]));
    writeFileSync(join(cwd, 'osv.tar.gz'), tar);
    const archive = await importAll('osv.tar.gz');
    expect([archive.code, archive.answer.added, archive.answer.count]).toEqual([0, 1, 2]);
    expect(readdirSync(home).filter((name) => name.startsWith('.input-'))).toEqual([]);
    writeFileSync(join(cwd, 'cut.tar.gz'), tar.subarray(0, tar.length - 10));
    await expect(importAll('cut.tar.gz')).rejects.toMatchObject({ code: 'MALFORMED' });
    mkdirSync(join(cwd, 'void'));
    await expect(importAll('void')).rejects.toMatchObject({ code: 'MALFORMED' });
  });
});

describe('truth A21: a few records are no feed', () => {
  it('they cover nothing until it is said that they are all there is', async () => {
    const loose = { ecosystem: 'npm', feed: 'one.json', records: 1 };
    const first = await importAll('one.json');
    expect([first.answer.ecosystems, first.answer.loose]).toEqual([[], [loose]]);
    const said = await importWith({ covers: ['Go, npm'] }, 'one.json');
    expect([said.answer.ecosystems, said.answer.loose]).toEqual([['npm'], []]);
    expect(said.hints).toEqual(['no file names a package of Go: it is not covered']);
    await expect(importWith({ covers: ['NPM'] }, 'one.json')).rejects.toThrow('"NPM"');
  });
});
