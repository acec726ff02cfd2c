import { createHash } from 'node:crypto';
import type { Digest } from '../../../core/digest.ts';
import type { ImageBudget } from '../layers/read-layer.ts';
import type { LayerContent } from '../port.ts';
import { entryDifferences } from './compare-entries.ts';
import { difference, type Findings, shown } from './difference.ts';
import { LayerEntries, type LayerEntry } from './layer-entries.ts';

/** One layer of one of the two images. */
export interface LayerSide {
  readonly content: LayerContent;
  readonly diffId: Digest;
  readonly budget: ImageBudget;
}

/** Walks two layers side by side to their ends, so that both are verified before anything is said about them. */
export async function compareLayers(one: LayerSide, other: LayerSide, layer: number, found: Findings): Promise<void> {
  if (one.content.descriptor.digest === other.content.descriptor.digest) return;
  const [first, second] = [one, other].map(({ content, diffId, budget }) => new LayerEntries(content, diffId, budget));
  if (first === undefined || second === undefined) return;
  try {
    const before = found.count;
    await walk(first, second, layer, found);
    if (found.count === before) found.add(packing(one.diffId === other.diffId, layer));
  } finally {
    await first.close();
    await second.close();
  }
}

function packing(sameArchive: boolean, layer: number) {
  return sameArchive
    ? difference({
        kind: 'compression',
        changesWhatRuns: false,
        layer,
        text: `layer ${layer}: the compressed bytes differ, but the content is equal`,
      })
    : difference({
        kind: 'archive-form',
        changesWhatRuns: false,
        layer,
        text: `layer ${layer}: every entry is equal, but the archive is written in another form`,
      });
}

async function walk(one: LayerEntries, other: LayerEntries, layer: number, found: Findings): Promise<void> {
  for (;;) {
    const [first, second] = [await one.next(), await other.next()];
    if (first === null && second === null) return;
    if (first?.name === second?.name && first !== null && second !== null) {
      for (const each of entryDifferences(first, second, layer)) found.add(each);
    } else return await tellApart({ one, other, first, second }, layer, found);
  }
}

interface Parting {
  readonly one: LayerEntries;
  readonly other: LayerEntries;
  readonly first: LayerEntry | null;
  readonly second: LayerEntry | null;
}

/** Names part ways: is an entry missing, or does it come later? Both are read to their ends, and no entry is held. */
async function tellApart({ one, other, first, second }: Parting, layer: number, found: Findings): Promise<void> {
  const left = await remember(one, first, second?.name ?? null);
  const right = await remember(other, second, first?.name ?? null);
  const onlyIn = (entry: LayerEntry | null, side: string, elsewhere: boolean): void => {
    if (entry === null || elsewhere) return;
    const text = `layer ${layer}: ${shown(entry.name)} is in the ${side} only`;
    const values = [side === 'first' ? 'there' : null, side === 'second' ? 'there' : null] as const;
    found.add(difference({ kind: 'entry-missing', layer, path: entry.name, values, text }));
  };
  onlyIn(first, 'first', right.sought);
  onlyIn(second, 'second', left.sought);
  if (first !== null && second !== null && left.sought && right.sought)
    found.add(order(first, second, left, right, layer));
}

interface Rest {
  readonly sought: boolean;
  /** A sum over all entries that does not depend on their order. */
  readonly sum: bigint;
}

async function remember(entries: LayerEntries, first: LayerEntry | null, soughtName: string | null): Promise<Rest> {
  let sought = false;
  let sum = 0n;
  for (let entry = first; entry !== null; entry = await entries.next()) {
    sought ||= entry.name === soughtName;
    sum = (sum + fingerprint(entry)) & SUM_MASK;
  }
  return { sought, sum };
}

const SUM_MASK = (1n << 256n) - 1n;

function fingerprint({ content: _, metadata, ...entry }: LayerEntry): bigint {
  const whole = JSON.stringify([entry, [...metadata].sort()]);
  return BigInt(`0x${createHash('sha256').update(whole).digest('hex')}`);
}

function order(first: LayerEntry, second: LayerEntry, left: Rest, right: Rest, layer: number) {
  const same = left.sum === right.sum;
  const where = `${shown(first.name)} comes where the second has ${shown(second.name)}`;
  const also = same ? 'the entries themselves are equal' : 'and some of the entries that follow differ as well';
  return difference({
    kind: 'entry-order',
    changesWhatRuns: !same,
    layer,
    path: first.name,
    values: [first.name, second.name],
    text: `layer ${layer}: the entries come in another order: ${where}; ${also}`,
  });
}
