import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testIo } from '../../../test/support/test-io.ts';
import { run } from './command-line.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-late-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const RECORD = {
  id: 'EX-2026-1',
  modified: '2026-01-01T00:00:00Z',
  affected: [{ package: { ecosystem: 'npm', name: 'left' }, versions: ['1.0.0'] }],
};
// The second line is told as rejected after all was read.
writeFileSync(join(cwd, 'feed.json'), `${JSON.stringify(RECORD)}\n{"cve":"x"}\n`);

/** Imports, and calls what listens to a signal once the rejected line is told. */
async function importFeed(home: string, isStopped: boolean) {
  mkdirSync(join(cwd, home), { mode: 0o700 });
  const err: string[] = [];
  const out: string[] = [];
  const before = process.listeners('SIGINT');
  const say = (text: string): void => {
    err.push(text);
    const listeners = process.listeners('SIGINT').filter((one) => !before.includes(one));
    if (isStopped && text.startsWith('rejected:')) for (const one of listeners) one('SIGINT');
  };
  const io = { ...testIo(), cwd, env: { WAYBILL_HOME: join(cwd, home) }, err: say };
  const code = await run(['advisories', 'import', 'feed.json'], {
    ...io,
    out: (text) => void out.push(text),
  });
  return { code, err: err.join(''), out: out.join('') };
}

describe('A signal that comes when the work is done', () => {
  it('X10: changes neither result nor exit code, and this is said', async () => {
    const plain = await importFeed('plain', false);
    const late = await importFeed('late', true);
    expect([plain.code, late.code]).toEqual([3, 3]);
    expect(late.out).toMatch(/^1 added, .*1 rejected/);
    expect(plain.err).not.toContain('stop');
    expect(late.err).toMatch(/stopping … [^\n]*\nthe signal came too late: the work was done/);
  });
});
