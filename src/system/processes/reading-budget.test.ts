import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { createCommandBudget, createReadingBudget } from './reading-budget.ts';

const LARGE = new Uint8Array(LIMITS.lightDocumentsBytesMax + 1);
/** Far longer than its budget; without one, it ends as well, and the test fails. */
const readForever = (): Result<never> => {
  const end = performance.now() + 5_000;
  while (performance.now() < end);
  return ok('read to its end' as never);
};

describe('truth B1: the reading of a document has a budget of time', () => {
  const heard = () => undefined;
  afterEach(() => void process.off('SIGTERM', heard));

  it('is ended when it takes too long, and says so', () => {
    process.on('SIGTERM', heard);
    const read = createReadingBudget(50)(LARGE, readForever);
    expect(read).toMatchObject({ ok: false, failure: { code: 'DEADLINE_EXCEEDED' } });
    expect(process.listeners('SIGTERM')).toContain(heard);
    expect(createReadingBudget(50)(LARGE, () => ok('the next')).ok).toBe(true);
  });

  it('gives back what was read or thrown, and a small document is read at once', () => {
    const within = createReadingBudget(10_000);
    const value = { a: [1] };
    const read = within(LARGE, () => ok(value));
    expect(read.ok && read.value).toBe(value);
    const broken = new TypeError('broken');
    const refuse = (): Result<never> => {
      throw broken;
    };
    expect(() => within(LARGE, refuse)).toThrow(broken);
    process.on('SIGTERM', heard);
    within(new Uint8Array(1), () => ok(expect(process.listeners('SIGTERM')).toContain(heard)));
  });

  it('a document whose values may not fit into memory is not read, and one that may is', () => {
    const objects = Buffer.from(`[${'{},'.repeat(100_000)}0]`);
    const within = (mebibytes: number) =>
      createReadingBudget(10_000, () => mebibytes * 1_048_576)(objects, () => ok('read'));
    expect(within(30)).toMatchObject({ ok: true, value: 'read' });
    expect(within(20)).toMatchObject({ ok: false, failure: { code: 'LIMIT_EXCEEDED' } });
    const text = Buffer.from(`["${'{},\\"'.repeat(100_000)}"]`);
    expect(createReadingBudget(10_000, () => 2 ** 21)(text, () => ok('text')).ok).toBe(true);
  });

  it('many hostile documents of one command take hardly longer than one', () => {
    const within = createCommandBudget(400, 0);
    const before = process.cpuUsage();
    const outcomes = Array.from({ length: 6 }, () => within(LARGE, readForever));
    expect(outcomes.every(({ ok: isRead }) => !isRead)).toBe(true);
    // 400 ms for all, and for each an eighth of a second for its eighth of a MiB.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_800);
    expect(within(1, readForever)).toMatchObject({ failure: { code: 'DEADLINE_EXCEEDED' } });
    expect(within(LARGE, () => ok('a quick one'))).toEqual(ok('a quick one'));
  });

  it('a signal ends the process in the middle of it, whatever handler it has', async () => {
    const budget = new URL('./reading-budget.ts', import.meta.url).href;
    const script =
      `import { createReadingBudget } from ${JSON.stringify(budget)};` +
      "process.on('SIGTERM', () => undefined); console.log('reads');" +
      `setTimeout(() => createReadingBudget(30_000)(new Uint8Array(${LARGE.length}), () => { for (;;); }), 10);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await sleep(300);
    child.kill('SIGTERM');
    expect((await ended)[1]).toBe('SIGTERM');
  });
});
