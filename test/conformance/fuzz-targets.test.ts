import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listParsers, type ParserName } from '../long/fuzz/parsers.ts';
import { readKept } from '../long/fuzz/run.ts';
import type { Target } from '../long/fuzz/target.ts';
import { findGaps, loadTargets, NOT_FUZZED } from '../long/fuzz/targets.ts';
import { findFault, makeInput } from '../long/fuzz/worker.ts';

const parsers = listParsers();
let targets: readonly Target[] = [];
let folder = '';

beforeAll(async () => {
  targets = await loadTargets();
  folder = mkdtempSync(join(tmpdir(), 'waybill-parsers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('Every reader of input from outside is fuzzed by test:long', () => {
  it('truth B1: each exported reader has a target, or a reason to have none', () => {
    expect(parsers.length).toBeGreaterThan(150);
    expect(findGaps(parsers, targets)).toEqual({ missing: [], unknown: [] });
    expect(Object.keys(NOT_FUZZED).length).toBeLessThan(parsers.length / 4);
  });

  it('truth B1: a reader that is taken out of the table, or is new, is missing', () => {
    const reader: ParserName = 'capabilities/policy/policy.ts parsePolicy';
    const fewer = targets.filter(({ reads }) => !reads.includes(reader));
    expect(findGaps(parsers, fewer).missing).toContain(reader);
    mkdirSync(join(folder, 'formats'));
    writeFileSync(
      join(folder, 'formats/new.ts'),
      'export function parseNew(text: string): number { return text.length; }\n' +
        'export const readNew = (bytes: Uint8Array): number => bytes.length;\n' +
        'export function formatNew(text: string): string { return text; }\n',
    );
    const added = listParsers(folder);
    expect(findGaps([...parsers, ...added], targets).missing).toEqual([
      'formats/new.ts parseNew',
      'formats/new.ts readNew',
    ]);
  });

  it('truth B1: each target reads its valid samples', async () => {
    for (const target of targets) {
      expect([target.name, target.samples.length > 0]).toEqual([target.name, true]);
      for (const sample of target.samples)
        expect([target.name, await findFault(target, sample)]).toEqual([target.name, null]);
    }
  });

  it('a seed gives the same input again, and kept seeds name targets', () => {
    const [target] = targets;
    if (target === undefined) throw new Error('there is no target');
    expect(makeInput(target, 7)).toEqual(makeInput(target, 7));
    expect(makeInput(target, 7)).not.toEqual(makeInput(target, 8));
    const names = new Set(targets.map(({ name }) => name));
    expect(readKept().filter((kept) => !names.has(kept.target))).toEqual([]);
  });
});
