import { describe, expect, it } from 'vitest';
import { type ChildRun, runChild } from './run-child.ts';

const sh = (script: string, more: Partial<ChildRun> = {}) =>
  runChild({
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin', SHOWN: 'yes' },
    timeMs: 20_000,
    bytesMax: 1_000,
    ...more,
  });

describe('a child process', () => {
  it('N51: gets its input and its own environment, and says how it ended', async () => {
    const end = await sh('cat; echo "$SHOWN $HOME" >&2; exit 3', { input: Buffer.from('in') });
    expect(end).toMatchObject({ kind: 'ended', code: 3 });
    expect(end.kind === 'ended' ? [String(end.out), String(end.err)] : []).toEqual([
      'in',
      'yes \n',
    ]);
  });

  it('N51 A42: is ended when its time is over, with what it has started', async () => {
    const end = await sh('sleep 600 & echo $!; sleep 600', { timeMs: 300 });
    expect(end).toEqual({ kind: 'slow' });
  });

  it('N51 A42: is ended when it writes more than it may; that much is taken', async () => {
    expect(await sh('head -c 1000 /dev/zero')).toMatchObject({ kind: 'ended', code: 0 });
    expect(await sh('head -c 1001 /dev/zero; exec sleep 600')).toEqual({ kind: 'large' });
    expect(await sh('head -c 300000 /dev/zero >&2')).toMatchObject({ kind: 'ended', code: 0 });
  });

  it('ends with the signal of its caller', async () => {
    const signal = AbortSignal.timeout(100);
    expect(await sh('sleep 600', { signal })).toEqual({ kind: 'slow' });
    expect(await sh('true', { signal })).toEqual({ kind: 'slow' });
  });

  it('that does not exist, or is killed, failed', async () => {
    expect(await sh('', { program: '/nonexistent' })).toMatchObject({ kind: 'failed' });
    expect(await sh('kill -9 $$')).toMatchObject({ kind: 'failed' });
  });
});
