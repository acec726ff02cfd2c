import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import { StepCounter } from '../support/count-steps.ts';
import { growJson, growText, type Part } from '../support/grow.ts';

// What is loaded after this is counted.
const counter = StepCounter.start();
const { loadTargets } = await import('../long/fuzz/targets.ts');
/** Files of the user alone, which are bounded; each item is compared with the others. */
const PAIRWISE: ReadonlySet<string> = new Set([
  'capabilities/signing/trust/trust-policy.ts parseTrustPolicy',
  'capabilities/signing/trust/trust-policy.ts parseBlobTrustPolicy',
]);
// Gates consist of readers that are here themselves.
const targets = (await loadTargets()).filter(
  ({ name, form }) =>
    (form === 'json' || form === 'text') && /[.]ts |^extractor /.test(name) && !PAIRWISE.has(name),
);

afterAll(() => counter.stop());

/**
 * Items of a list, members or repeated texts, and lines. A step for each pair must stand out among
 * those for each item.
 */
const SIZES: Readonly<Record<Part, number>> = { list: 250, member: 40, lines: 25 };
const TIMES = 4;
/** Fewer steps than this, for so much input, are few for whatever reason. */
const STEPS_MIN = 10_000;

type Reader = (bytes: Uint8Array) => unknown;

/** Grown in each place, one after the other. The tag makes texts that no cache knows. */
async function readGrown(
  read: Reader,
  samples: readonly Uint8Array[],
  part: Part,
  { size, tag }: { readonly size: number; readonly tag: string },
): Promise<void> {
  for (const sample of samples)
    for (const bytes of part === 'lines'
      ? growText(sample, size, tag)
      : growJson(sample, part, size, tag))
      try {
        await read(bytes);
      } catch (thrown) {
        // Some readers refuse by throwing.
        if (!(thrown instanceof Failure)) throw thrown;
      }
}

/** How many times as many steps four times as much input takes; 1 where it takes few. */
async function compareSteps(
  read: Reader,
  samples: readonly Uint8Array[],
  part: Part,
): Promise<number> {
  await readGrown(read, samples, part, { size: 10, tag: 'first' });
  counter.reset();
  const [less, more] = [SIZES[part], SIZES[part] * TIMES];
  const few = await counter.count(() => readGrown(read, samples, part, { size: less, tag: 'x' }));
  const many = await counter.count(() => readGrown(read, samples, part, { size: more, tag: 'y' }));
  return many < STEPS_MIN ? 1 : many / few;
}

/** One document, and not several. */
function isDocument(bytes: Uint8Array): boolean {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) !== null;
  } catch {
    return false;
  }
}

const PARTS: readonly Part[] = ['list', 'member'];

describe('truth B1: what reads untrusted bytes takes steps in proportion to them', () => {
  it.each(targets)('$name', async ({ read, samples, form }) => {
    // The first and the last: of readers of two formats, one of each.
    const usable = samples.filter((one) => form === 'text' || isDocument(one));
    const chosen = [...new Set([...usable.slice(0, 1), ...usable.slice(-1)])];
    expect(chosen).not.toEqual([]);
    // In proportion it is four times; sorted lists take a little more. A step for each pair of
    // items is sixteen times as many.
    for (const part of form === 'json' ? PARTS : (['lines'] as const))
      expect(await compareSteps(read, chosen, part), part).toBeLessThan(TIMES * 1.15);
  });

  it('a reader that compares each item with all others, or copies all, is found', async () => {
    const samples = [Buffer.from('{"list":["a"]}')];
    const list = (bytes: Uint8Array) => (JSON.parse(`${bytes}`) as { list: string[] }).list;
    const planted: readonly Reader[] = [
      (bytes) => list(bytes).filter((one, at, all) => all.indexOf(one) === at),
      (bytes) => list(bytes).map((_, at, all) => [...all].length + at),
      (bytes) => list(bytes).map((_, at, all) => new Set(all).size + at),
      (bytes) => list(bytes).map((one, _, all) => /z/.test(`${all.join('')}${one}`)),
    ];
    for (const read of planted)
      expect(await compareSteps(read, samples, 'list')).toBeGreaterThan(TIMES * 1.15);
    const linear: Reader = (bytes) => new Set(list(bytes)).size;
    expect(await compareSteps(linear, samples, 'list')).toBeLessThan(TIMES * 1.15);
  });
});
