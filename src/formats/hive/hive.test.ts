import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packHive } from '../../../test/support/pack-hive.ts';
import { Failure } from '../../core/failure.ts';
import { type HiveKey, readHive } from './hive.ts';

const HIVE = packHive({
  keys: { Microsoft: { keys: { B: { values: { Name: 'x', Number: 7 } }, C: {} } } },
});

/** All of a hive, or that it is refused. */
function readWhole(bytes: Uint8Array): unknown {
  const show = (key: HiveKey): object => ({
    name: key.name,
    values: [...key.readValues()],
    keys: key.listKeys().map(show),
  });
  try {
    return show(readHive(bytes));
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown.code;
    throw thrown;
  }
}

describe('B2: a registry hive of Windows', () => {
  it('gives its keys and values, by names without regard to case', () => {
    const found = readHive(HIVE).find('microsoft/b');
    expect([...(found?.readValues() ?? [])]).toEqual([
      ['name', 'x'],
      ['number', 7],
    ]);
    expect(readHive(HIVE).find('Microsoft/D')).toBeNull();
  });

  it('is refused where it is cut at any byte, and never crashes where it was changed', () => {
    for (let end = 0; end < HIVE.length; end += end < 4_090 ? 512 : 1)
      expect(readWhole(HIVE.subarray(0, end))).toBe('MALFORMED');
    const place = fc.nat({ max: HIVE.length - 4_097 });
    fc.assert(
      fc.property(place, fc.nat({ max: 255 }), (at, byte) => {
        const changed = Buffer.from(HIVE);
        changed[4_096 + at] = byte;
        readWhole(changed);
      }),
      { numRuns: 500 },
    );
  });

  it('whose list of keys leads back to it is refused', () => {
    const loop = Buffer.from(HIVE);
    const root = loop.readUInt32LE(36);
    const list = loop.readUInt32LE(4_096 + root + 4 + 0x1c);
    loop.writeUInt32LE(root, 4_096 + list + 4 + 4);
    let key: HiveKey | null = readHive(loop);
    const walk = (): void => {
      for (let step = 0; step < 200_000; step++) key = key?.listKeys()[0] ?? null;
    };
    expect(walk).toThrow('too many keys');
  });
});
