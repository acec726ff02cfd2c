import { createHash } from 'node:crypto';
import type { Digest } from '../../../core/digest.ts';
import type { ImageBudget } from '../layers/read-layer.ts';
import type { LayerContent } from '../port.ts';
import { compareEntries } from './compare-entries.ts';
import { createDifference, type DifferenceLog, shortenText } from './difference.ts';
import { LayerEntries, type LayerEntry } from './layer-entries.ts';

/** One layer of one of the two images. */
export interface LayerSide {
  readonly content: LayerContent;
  readonly diffId: Digest;
  readonly budget: ImageBudget;
}

/**
 * Walks two layers side by side to their ends, so that both are verified before any difference is
 * reported.
 */
export async function compareLayers(
  one: LayerSide,
  other: LayerSide,
  layer: number,
  found: DifferenceLog,
): Promise<void> {
  if (one.content.descriptor.digest === other.content.descriptor.digest) return;
  const [first, second] = [one, other].map(
    ({ content, diffId, budget }) => new LayerEntries(content, diffId, budget),
  );
  if (first === undefined || second === undefined) return;
  try {
    const before = found.count;
    await walkLayers(first, second, layer, found);
    if (found.count === before) found.add(describePacking(one.diffId === other.diffId, layer));
  } finally {
    await first.close();
    await second.close();
  }
}

function describePacking(sameArchive: boolean, layer: number) {
  return sameArchive
    ? createDifference({
        kind: 'compression',
        changesWhatRuns: false,
        layer,
        text: `layer ${layer}: the compressed bytes differ, but the content is equal`,
      })
    : createDifference({
        kind: 'archive-form',
        changesWhatRuns: false,
        layer,
        text: `layer ${layer}: every entry is equal, but the archive is written in another form`,
      });
}

async function walkLayers(
  one: LayerEntries,
  other: LayerEntries,
  layer: number,
  found: DifferenceLog,
): Promise<void> {
  for (;;) {
    const [first, second] = [await one.next(), await other.next()];
    if (first === null && second === null) return;
    if (first?.name === second?.name && first !== null && second !== null) {
      for (const each of compareEntries(first, second, layer)) found.add(each);
    } else return await reportDivergence({ one, other, first, second }, layer, found);
  }
}

interface LayerDivergence {
  readonly one: LayerEntries;
  readonly other: LayerEntries;
  readonly first: LayerEntry | null;
  readonly second: LayerEntry | null;
}

/**
 * Two names differ: is an entry missing, or does it come later? Both layers are read to their ends,
 * and no entry is held.
 */
async function reportDivergence(
  { one, other, first, second }: LayerDivergence,
  layer: number,
  found: DifferenceLog,
): Promise<void> {
  const left = await summariseEntries(one, first, second?.name ?? null);
  const right = await summariseEntries(other, second, first?.name ?? null);
  const reportMissing = (entry: LayerEntry | null, side: string, elsewhere: boolean): void => {
    if (entry === null || elsewhere) return;
    const text = `layer ${layer}: ${shortenText(entry.name)} is in the ${side} only`;
    const values = [side === 'first' ? 'there' : null, side === 'second' ? 'there' : null] as const;
    found.add(createDifference({ kind: 'entry-missing', layer, path: entry.name, values, text }));
  };
  reportMissing(first, 'first', right.sought);
  reportMissing(second, 'second', left.sought);
  if (first !== null && second !== null && left.sought && right.sought)
    found.add(describeOrder(first, second, left, right, layer));
}

interface EntrySummary {
  readonly sought: boolean;
  /** A sum over all entries that does not depend on their order. */
  readonly sum: bigint;
}

async function summariseEntries(
  entries: LayerEntries,
  first: LayerEntry | null,
  soughtName: string | null,
): Promise<EntrySummary> {
  let sought = false;
  let sum = 0n;
  for (let entry = first; entry !== null; entry = await entries.next()) {
    sought ||= entry.name === soughtName;
    sum = (sum + hashEntry(entry)) & SUM_MASK;
  }
  return { sought, sum };
}

const SUM_MASK = (1n << 256n) - 1n;

function hashEntry({ content: _, metadata, ...entry }: LayerEntry): bigint {
  const whole = JSON.stringify([entry, [...metadata].sort()]);
  return BigInt(`0x${createHash('sha256').update(whole).digest('hex')}`);
}

function describeOrder(
  first: LayerEntry,
  second: LayerEntry,
  left: EntrySummary,
  right: EntrySummary,
  layer: number,
) {
  const same = left.sum === right.sum;
  const where = `${shortenText(first.name)} comes where the second has ${shortenText(second.name)}`;
  const also = same
    ? 'the entries themselves are equal'
    : 'and some of the entries that follow differ as well';
  return createDifference({
    kind: 'entry-order',
    changesWhatRuns: !same,
    layer,
    path: first.name,
    values: [first.name, second.name],
    text: `layer ${layer}: the entries come in another order: ${where}; ${also}`,
  });
}
