import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';
import { FULL, listLosses, type TourRow } from '../tour/cells.ts';
import { IMAGES } from '../tour/images.ts';
import { REPOSITORIES } from '../tour/repositories.ts';
import { placeTable, readRecord } from '../tour/run.ts';

const row = (scan: 'full' | 'partial' | 'no'): TourRow => ({
  kind: 'image',
  name: 'a tool',
  cells: { scan: scan === 'full' ? FULL : { standing: scan, why: 'because' } },
});

describe('the table of the tour in README', () => {
  it('is what was recorded, for ten repositories, ten build tools and eight bases', () => {
    const page = readFileSync(join(root, 'README.md'), 'utf8');
    expect(placeTable(page, readRecord())).toBe(page);
    const names = [...REPOSITORIES, ...IMAGES].map(({ name }) => name);
    expect(readRecord().map(({ name }) => name)).toEqual(names);
    expect(new Set(names).size).toBe(28);
  });

  it('only grows better', () => {
    expect(listLosses([row('partial')], [row('full')])).toEqual([]);
    expect(listLosses([row('partial')], [row('partial')])).toEqual([]);
    expect(listLosses([row('full')], [row('partial')])).toEqual([
      'a tool: scan was full and is partial (because)',
    ]);
    expect(listLosses([row('no')], [])).toEqual(['a tool: scan was no and is missing']);
  });
});
