import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Component, Inventory } from '../../ecosystems/component.ts';
import { writeDocument } from './document.ts';

const makeInventory = (components: number): Inventory => ({
  subject: { name: 'x', digest: null },
  os: null,
  components: Array.from({ length: components }, () => ({}) as Component),
  outcome: 'complete',
  skips: [],
  found: [],
});

function tryWrite(components: number, write: () => string): number | string {
  try {
    return writeDocument(makeInventory(components), write).length;
  } catch (thrown) {
    return thrown instanceof Failure ? thrown.code : String(thrown);
  }
}

describe('X12: an SBOM that Waybill writes', () => {
  it('is not longer than an SBOM that can be read', () => {
    const max = LIMITS.documentBytesMax;
    expect(tryWrite(1, () => 'x'.repeat(max))).toBe(max);
    expect(tryWrite(1, () => 'x'.repeat(max + 1))).toBe('LIMIT_EXCEEDED');
    expect(tryWrite(1, () => 'é'.repeat(max / 2 + 1))).toBe('LIMIT_EXCEEDED');
  });

  it('is refused before it is written where so many components cannot fit', () => {
    const written: string[] = [];
    const write = (): string => String(written.push('x'));
    expect([tryWrite(1_000, write), written.length]).toEqual([1, 1]);
    expect([
      tryWrite(Math.floor(LIMITS.documentBytesMax / 100) + 1, write),
      written.length,
    ]).toEqual(['LIMIT_EXCEEDED', 1]);
  });

  it('is refused where the engine cannot hold its text; a defect stays a defect', () => {
    const beyond = (): string => 'x'.repeat(2 ** 29).repeat(2);
    expect(tryWrite(1, beyond)).toBe('LIMIT_EXCEEDED');
    const broken = (): string => {
      throw new TypeError('defect');
    };
    expect(tryWrite(1, broken)).toBe('TypeError: defect');
  });
});
