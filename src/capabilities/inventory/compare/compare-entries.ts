import { formatInstant, toInstant } from '../../../core/instant.ts';
import { createDifference, type ImageDifference, shortenText } from './difference.ts';
import type { LayerEntry } from './layer-entries.ts';

/** Metadata that no container sees: times, and names beside numeric IDs. */
const HARMLESS = new Set(['mtime', 'atime', 'ctime', 'user', 'group', 'LIBARCHIVE.creationtime']);

/** All ways in which two entries of one name differ; those that change what runs come first. */
export function compareEntries(
  one: LayerEntry,
  other: LayerEntry,
  layer: number,
): readonly ImageDifference[] {
  const found = [...compareKindAndLink(one, other, layer), ...compareMetadata(one, other, layer)];
  const content = compareContent(one, other, layer);
  return content === null ? found : [content, ...found];
}

function compareKindAndLink(
  one: LayerEntry,
  other: LayerEntry,
  layer: number,
): readonly ImageDifference[] {
  const buildDifference = (field: string, values: readonly [string, string]): ImageDifference =>
    createDifference({
      kind: 'metadata',
      layer,
      path: one.name,
      field,
      values,
      text: formatSentence(one, layer, field, values),
    });
  if (one.kind !== other.kind) return [buildDifference('type', [one.kind, other.kind])];
  return one.link === other.link ? [] : [buildDifference('link', [one.link, other.link])];
}

function compareMetadata(
  one: LayerEntry,
  other: LayerEntry,
  layer: number,
): readonly ImageDifference[] {
  const fields = new Set([...one.metadata.keys(), ...other.metadata.keys()]);
  const unequal = [...fields].filter(
    (field) => one.metadata.get(field) !== other.metadata.get(field),
  );
  return unequal.map((field) => {
    const [first, second] = [one.metadata.get(field) ?? null, other.metadata.get(field) ?? null];
    const values = [formatValue(field, first), formatValue(field, second)] as const;
    return createDifference({
      kind: 'metadata',
      changesWhatRuns: !HARMLESS.has(field),
      layer,
      path: one.name,
      field: shortenText(field),
      values,
      text: formatSentence(one, layer, field, [values[0] ?? 'absent', values[1] ?? 'absent']),
    });
  });
}

function formatSentence(
  { name }: LayerEntry,
  layer: number,
  field: string,
  [first, second]: readonly [string, string],
): string {
  return (
    `layer ${layer}: ${shortenText(name)} has the ${shortenText(field)} ${shortenText(first)} ` +
    `in the first and ${shortenText(second)} in the second`
  );
}

/** Times also in the form that people read. */
function formatValue(field: string, value: string | null): string | null {
  const seconds = Number(value);
  if (
    field !== 'mtime' ||
    value === null ||
    !/^\d{1,11}(\.\d+)?$/.test(value) ||
    seconds > 253_402_300_799
  )
    return value;
  return `${value} (${formatInstant(toInstant(Math.floor(seconds) * 1000))})`;
}

function compareContent(one: LayerEntry, other: LayerEntry, layer: number): ImageDifference | null {
  if (one.kind !== other.kind || one.digest === other.digest) return null;
  const values = [
    `${one.digest}, ${one.size} bytes`,
    `${other.digest}, ${other.size} bytes`,
  ] as const;
  const where =
    one.content === null || other.content === null
      ? null
      : describePlace(one.content, other.content);
  const text =
    `layer ${layer}: ${shortenText(one.name)} differs in content: ` +
    `${where ?? `${values[0]} in the first and ${values[1]} in the second`}`;
  return createDifference({
    kind: 'content',
    layer,
    path: one.name,
    field: 'content',
    values,
    text,
  });
}

/** The first different line of two texts, or the first different byte. */
function describePlace(one: Buffer, other: Buffer): string {
  const at = findFirstUnequal(one, other);
  if (!isText(one) || !isText(other))
    return `from byte ${at + 1} on (${one.length} and ${other.length} bytes)`;
  const line = one.subarray(0, at).toString('latin1').split('\n').length;
  return (
    `line ${line} is ${quoteLine(one, at)} in the first and ${quoteLine(other, at)} in the ` +
    'second'
  );
}

function findFirstUnequal(one: Buffer, other: Buffer): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return length;
}

function isText(bytes: Buffer): boolean {
  return !bytes.subarray(0, 8_000).includes(0);
}

/** For a long line, the part around the byte. */
function quoteLine(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return 'missing';
  const start = Math.max(bytes.lastIndexOf(10, at - 1) + 1, at - 40);
  const end = bytes.indexOf(10, at);
  return JSON.stringify(
    shortenText(bytes.toString('utf8', at === 0 ? 0 : start, end === -1 ? bytes.length : end)),
  );
}
