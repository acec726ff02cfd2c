import { formatCount } from '../../../core/count.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, type Result } from '../../../core/result.ts';
import { parseConfig, readImageConfig } from '../inventory-image.ts';
import type { ImageContent } from '../port.ts';
import { compareConfigs } from './compare-config.ts';
import { compareLayers } from './compare-layers.ts';
import { createDifference, DifferenceLog, type ImageDifference } from './difference.ts';

export type ImageComparison =
  | { readonly equal: true }
  | {
      readonly equal: false;
      /** The first difference that changes what runs; without one, the first difference. */
      readonly difference: ImageDifference;
      /** The number of differences up to it. */
      readonly seen: number;
    };

/**
 * Compares two builds of an image (D9): only equal digests make them equal. Where they differ, it
 * says where, from the platform over the configuration to the byte of a file, and whether what runs
 * differs or only times, order and packing. Nothing is unpacked; memory does not grow with the
 * images. A layer that is not what its image says, cut or hostile, is a failure.
 */
export async function compareImages(
  one: ImageContent,
  other: ImageContent,
): Promise<Result<ImageComparison>> {
  // mutant equal-builds-have-one-digest by demo: condition -> true
  if (one.digest === other.digest) return { ok: true, value: { equal: true } };
  return attempt(async () => {
    const found = new DifferenceLog();
    comparePlatforms(one, other, found);
    if (found.grave === null) compareLayerCounts(one, other, found);
    const sameLayers = one.layers.length === other.layers.length;
    const [left, right] = [parseConfig(one), parseConfig(other)];
    if (found.grave === null) compareConfigs(left, right, sameLayers, found);
    if (found.grave === null) await compareAllLayers(one, other, found);
    // mutant builds-manifests-differ: it -> const first = $operand ?? $operand2; if (first ===
    //   null) return { equal: true };
    const first = found.grave ?? found.mild ?? describeManifests();
    return { equal: false, difference: first, seen: Math.max(found.count, 1) };
  });
}

function comparePlatforms(one: ImageContent, other: ImageContent, found: DifferenceLog): void {
  const text = ({ platform }: ImageContent): string =>
    platform === null
      ? 'unknown'
      : [platform.os, platform.architecture, platform.variant]
          .filter((part) => part !== undefined)
          .join('/');
  const values = [text(one), text(other)] as const;
  if (values[0] === values[1]) return;
  const sentence = `the first is for ${values[0]} and the second for ${values[1]}`;
  found.add(createDifference({ kind: 'platform', field: 'platform', values, text: sentence }));
}

function compareLayerCounts(one: ImageContent, other: ImageContent, found: DifferenceLog): void {
  const values = [String(one.layers.length), String(other.layers.length)] as const;
  if (values[0] === values[1]) return;
  const first = formatCount(one.layers.length, 'layer');
  const sentence = `the first has ${first} and the second ${values[1]}`;
  found.add(createDifference({ kind: 'layer-count', field: 'layers', values, text: sentence }));
}

async function compareAllLayers(
  one: ImageContent,
  other: ImageContent,
  found: DifferenceLog,
): Promise<void> {
  const [left, right] = [one, other].map((image) => ({
    diffIds: readImageConfig(image).diffIds,
    budget: { bytesLeft: LIMITS.imageBytesMax, entriesLeft: LIMITS.imageEntriesMax },
  }));
  for (const [index, content] of one.layers.entries()) {
    const twin = other.layers[index];
    const [diffId, twinDiffId] = [left?.diffIds[index], right?.diffIds[index]];
    if (twin === undefined || diffId === undefined || twinDiffId === undefined || !left || !right)
      return;
    const first = { content, diffId, budget: left.budget };
    await compareLayers(
      first,
      { content: twin, diffId: twinDiffId, budget: right.budget },
      index + 1,
      found,
    );
    if (found.grave !== null) return;
  }
}

function describeManifests(): ImageDifference {
  return createDifference({
    kind: 'manifest',
    changesWhatRuns: false,
    text: 'configuration and layers are equal; the manifests differ in annotations or media types',
  });
}
