import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'waybill-durable-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const strace = existsSync('/usr/bin/strace') ? '/usr/bin/strace' : null;
if (strace === null)
  console.warn('skipped: strace is not installed, so system calls cannot be watched');

it.skipIf(strace === null)(
  'an import is on disk before its name is, and its name before it is reported',
  () => {
    const [feed, path, trace] = ['feed.json', 'index.db', 'trace.txt'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writeFileSync(feed, JSON.stringify({ id: 'GHSA-1', affected: [] }));
    const module = new URL('./index.ts', import.meta.url).href;
    const script = `const { importAdvisories } = await import(${JSON.stringify(module)});
    const done = await importAdvisories({
      path: ${JSON.stringify(path)}, sources: [${JSON.stringify(feed)}], now: 0,
    });
    if (done.ok) process.stdout.write('told');`;
    const calls = 'trace=fsync,rename,renameat,renameat2,write';
    const watched = ['-f', '-e', calls, '-o', trace];
    // The cache of compiled code is written at the end, and is not what this is about.
    execFileSync(
      strace ?? '',
      [...watched, process.execPath, '--input-type=module', '-e', script],
      { env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' } },
    );
    const order = readFileSync(trace, 'utf8')
      .split('\n')
      // A call that another thread interrupts has a second line.
      .filter((line) => !line.includes(' resumed>'))
      .map((line) => /(fsync|rename|"told")/.exec(line)?.[1])
      .filter((call) => call !== undefined);
    expect(order).toEqual(['fsync', 'rename', 'fsync', '"told"']);
  },
);
