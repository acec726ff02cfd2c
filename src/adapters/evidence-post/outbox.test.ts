import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-outbox-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (outbox: Outbox) => Buffer.from(outbox.first()?.bytes ?? []).toString();

describe('Documents that wait for a server', () => {
  it('leave in the order in which they came, also after a restart', async () => {
    const outbox = Outbox.open(folder);
    for (const one of ['a', 'b', 'c']) expect(await outbox.put(bytes(one))).toBe(true);
    outbox.remove(outbox.first()?.name ?? '');
    writeFileSync(join(folder, '.left-by-a-killed-process'), 'x');
    const again = Outbox.open(folder);
    expect(text(again)).toBe('b');
    await again.put(bytes('d'));
    const left: string[] = [];
    for (let one = again.first(); one !== null; one = again.first()) {
      left.push(text(again));
      again.remove(one.name);
    }
    expect(left).toEqual(['b', 'c', 'd']);
  });

  it('are never more than the limits, and what is put again after a clear is kept', async () => {
    const outbox = Outbox.open(folder, { bytes: 10, count: 2 });
    expect([await outbox.put(bytes('12345678')), await outbox.put(bytes('123'))]).toEqual([
      ...[true, false],
    ]);
    expect([await outbox.put(bytes('12')), await outbox.put(bytes(''))]).toEqual([true, false]);
    expect([outbox.clear(), readdirSync(folder)]).toEqual([2, []]);
    expect(await outbox.put(bytes('x'))).toBe(true);
  });
});
