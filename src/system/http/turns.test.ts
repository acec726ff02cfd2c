import { describe, expect, it } from 'vitest';
import { findLane, type Lane, runInLane, Turns } from './turns.ts';

const NEVER = new AbortController().signal;
const lane = (name: string, group = name): Lane => ({ name, group });

/** Asks for turns, and notes whose they become. */
function makeQueue(turns: Turns) {
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (whose: Lane, signal = NEVER): Promise<void> =>
    runInLane(whose, async () => {
      const end = await turns.take(signal);
      order.push(findLane().name);
      ends.push(end);
    });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await settle();
  };
  return { order, ask, end, settle };
}

describe('truth B5: turns', () => {
  it('go to each group, and there to each lane, so that a flood delays itself', async () => {
    const { order, ask, end } = makeQueue(new Turns({ count: 1 }));
    const all = [
      ...['evil/1', 'evil/1', 'evil/1', 'evil/2', 'evil/2'].map((name) => ask(lane(name, 'evil'))),
      ask(lane('good')),
      ask(lane('good')),
    ];
    for (let at = 0; at < 7; at++) await end();
    await Promise.all(all);
    expect(order).toEqual(['evil/1', 'evil/1', 'good', 'evil/2', 'good', 'evil/1', 'evil/2']);
  });

  it('are kept for others by the shares of a lane and of a group', async () => {
    const turns = new Turns({ count: 4, laneMax: 1, groupMax: 2 });
    const { order, ask, end, settle } = makeQueue(turns);
    const names = ['evil/1', 'evil/1', 'evil/2', 'evil/3', 'evil/4'];
    const all = [...names.map((name) => ask(lane(name, 'evil'))), ask(lane('good'))];
    await settle();
    expect(order).toEqual(['evil/1', 'evil/2', 'good']);
    for (let at = 0; at < 6; at++) await end();
    await Promise.all(all);
    expect(order).toHaveLength(6);
  });

  it('end with the time of who waits, and are refused where too many do', async () => {
    const { order, ask, end, settle } = makeQueue(new Turns({ count: 1, waitingMax: 2 }));
    const late = new AbortController();
    await ask(lane('one'));
    const leaves = ask(lane('one'), late.signal);
    const stays = ask(lane('one'));
    await expect(ask(lane('one'))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    late.abort();
    await expect(leaves).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(ask(lane('one'), late.signal)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const other = ask(lane('other'));
    for (let at = 0; at < 3; at++) await end();
    await Promise.all([stays, other]);
    await settle();
    expect(order).toEqual(['one', 'one', 'other']);
    await ask(lane('one'));
    expect(order).toHaveLength(4);
  });

  it('need no lane', async () => {
    const end = await new Turns({ count: 1 }).take(NEVER);
    expect(findLane().name).toBe('');
    end();
  });
});
