import { expect, it } from 'vitest';
import { parseImageReference } from '../../core/image-reference.ts';
import { ok } from '../../core/result.ts';
import { rescanEach } from './rescan-estate.ts';

it('says how many of how many images were scanned again', async () => {
  const targets = ['trips', 'poi'].map((name) => ({
    name,
    reference: parseImageReference(`registry.example.com/shop/${name}:1.0`),
  }));
  const seen: (readonly [number, number])[] = [];
  const results = await rescanEach(targets, {
    rescan: async ({ name }) => ok(name),
    width: 1,
    signal: new AbortController().signal,
    deadline: () => new AbortController().signal,
    progress: (...counts) => seen.push(counts),
  });
  expect(results).toEqual({ done: ['trips', 'poi'], failed: [] });
  expect(seen).toEqual([
    [1, 2],
    [2, 2],
  ]);
});
