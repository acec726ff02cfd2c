import { formatInstant, instantOf } from '../../../core/instant.ts';
import { difference, type ImageDifference, shown } from './difference.ts';
import type { LayerEntry } from './layer-entries.ts';

/** Metadata that no container sees: times, and names that stand beside numbers. */
const HARMLESS = new Set(['mtime', 'atime', 'ctime', 'user', 'group', 'LIBARCHIVE.creationtime']);

/** All ways in which two entries of one name differ; what runs first. */
export function entryDifferences(one: LayerEntry, other: LayerEntry, layer: number): readonly ImageDifference[] {
  const found = [...plainDifferences(one, other, layer), ...metadataDifferences(one, other, layer)];
  const content = contentDifference(one, other, layer);
  return content === null ? found : [content, ...found];
}

function plainDifferences(one: LayerEntry, other: LayerEntry, layer: number): readonly ImageDifference[] {
  const told = (field: string, values: readonly [string, string]): ImageDifference =>
    difference({ kind: 'metadata', layer, path: one.name, field, values, text: sentence(one, layer, field, values) });
  if (one.kind !== other.kind) return [told('type', [one.kind, other.kind])];
  return one.link === other.link ? [] : [told('link', [one.link, other.link])];
}

function metadataDifferences(one: LayerEntry, other: LayerEntry, layer: number): readonly ImageDifference[] {
  const fields = new Set([...one.metadata.keys(), ...other.metadata.keys()]);
  const unequal = [...fields].filter((field) => one.metadata.get(field) !== other.metadata.get(field));
  return unequal.map((field) => {
    const [first, second] = [one.metadata.get(field) ?? null, other.metadata.get(field) ?? null];
    const values = [valueText(field, first), valueText(field, second)] as const;
    return difference({
      kind: 'metadata',
      changesWhatRuns: !HARMLESS.has(field),
      layer,
      path: one.name,
      field: shown(field),
      values,
      text: sentence(one, layer, field, [values[0] ?? 'absent', values[1] ?? 'absent']),
    });
  });
}

function sentence(
  { name }: LayerEntry,
  layer: number,
  field: string,
  [first, second]: readonly [string, string],
): string {
  return `layer ${layer}: ${shown(name)} has the ${shown(field)} ${shown(first)} in the first and ${shown(second)} in the second`;
}

/** Times as people read them, too. */
function valueText(field: string, value: string | null): string | null {
  const seconds = Number(value);
  if (field !== 'mtime' || value === null || !/^\d{1,11}(\.\d+)?$/.test(value) || seconds > 253_402_300_799)
    return value;
  return `${value} (${formatInstant(instantOf(Math.floor(seconds) * 1000))})`;
}

function contentDifference(one: LayerEntry, other: LayerEntry, layer: number): ImageDifference | null {
  if (one.kind !== other.kind || one.digest === other.digest) return null;
  const values = [`${one.digest}, ${one.size} bytes`, `${other.digest}, ${other.size} bytes`] as const;
  const where = one.content === null || other.content === null ? null : placeOf(one.content, other.content);
  const text = `layer ${layer}: ${shown(one.name)} differs in content: ${where ?? `${values[0]} in the first and ${values[1]} in the second`}`;
  return difference({ kind: 'content', layer, path: one.name, field: 'content', values, text });
}

/** The first line that differs of two texts, or the first byte. */
function placeOf(one: Buffer, other: Buffer): string {
  const at = firstUnequal(one, other);
  if (!isText(one) || !isText(other)) return `from byte ${at + 1} on (${one.length} and ${other.length} bytes)`;
  const line = one.subarray(0, at).toString('latin1').split('\n').length;
  return `line ${line} is ${lineAt(one, at)} in the first and ${lineAt(other, at)} in the second`;
}

function firstUnequal(one: Buffer, other: Buffer): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return length;
}

function isText(bytes: Buffer): boolean {
  return !bytes.subarray(0, 8_000).includes(0);
}

/** Of a long line the part around the byte. */
function lineAt(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return 'missing';
  const start = Math.max(bytes.lastIndexOf(10, at - 1) + 1, at - 40);
  const end = bytes.indexOf(10, at);
  return JSON.stringify(shown(bytes.toString('utf8', at === 0 ? 0 : start, end === -1 ? bytes.length : end)));
}
