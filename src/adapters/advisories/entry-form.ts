import type { AffectedPackage, SeverityVector } from '../../capabilities/advisories/index.ts';
import { getOwn } from '../../core/own.ts';

/**
 * A package of an advisory as the index keeps it: `[ranges, versions, severities, of]` without the
 * empty lists at its end, its ecosystem and name being columns. `of` has the vulnerability of each
 * severity, or an empty text for all of them; an earlier Waybill passes over it. A range is a list
 * of texts: the first letter of its type, then each event behind a letter of its kind. An index of
 * schema 2 has the whole object. One text is often a quarter of that, and most of the file are
 * these texts.
 */
type Entry = readonly [
  ranges?: readonly (readonly string[])[],
  versions?: readonly string[],
  severities?: readonly string[],
  of?: readonly string[],
];

type Range = AffectedPackage['ranges'][number];

const TYPES = { S: 'SEMVER', E: 'ECOSYSTEM', G: 'GIT' } as const satisfies Record<
  string,
  Range['type']
>;
const KINDS = { i: 'introduced', f: 'fixed', a: 'last_affected', l: 'limit' } as const;
const LETTERS = { introduced: 'i', fixed: 'f', last_affected: 'a', limit: 'l' } as const;

/** The entries of one record mostly have the same lists: then the text is the one before. */
let formatted: { readonly of: AffectedPackage; readonly text: string } | null = null;

export function formatEntry(entry: AffectedPackage): string {
  if (formatted !== null && hasSameLists(entry, formatted.of)) return formatted.text;
  const text = formatLists(entry);
  formatted = { of: entry, text };
  return text;
}

function hasSameLists(one: AffectedPackage, other: AffectedPackage): boolean {
  return (
    one.ranges === other.ranges &&
    one.versions === other.versions &&
    one.severities === other.severities
  );
}

function formatLists({ ranges, versions, severities }: AffectedPackage): string {
  const written = formatRanges(ranges);
  if (severities.length > 0) {
    const stated = severities.flatMap(({ type, vector }) => [type, vector]);
    const of = severities.map((one) => one.of ?? '');
    const isOfOne = of.some((name) => name !== '');
    const others: Others = isOfOne ? [versions, stated, of] : [versions, stated];
    return `[${written},${JSON.stringify(others).slice(1)}`;
  }
  return versions.length > 0 ? `[${written},${JSON.stringify(versions)}]` : `[${written}]`;
}

/** The members of an entry behind its ranges. */
type Others = Entry extends readonly [unknown?, ...infer Rest] ? Rest : never;

/** A text of which JSON escapes nothing: nearly every version. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** What JSON.stringify writes of them: there are hundreds of thousands, and it takes longer. */
function formatRanges(ranges: AffectedPackage['ranges']): string {
  let text = '[';
  for (let at = 0; at < ranges.length; at++) {
    const { type, events } = ranges[at] as Range;
    text += `${at === 0 ? '' : ','}["${type.charAt(0)}"`;
    for (let i = 0; i < events.length; i++) {
      const { kind, version } = events[i] as Range['events'][number];
      const letter = LETTERS[kind];
      text += PLAIN.test(version)
        ? `,"${letter}${version}"`
        : `,${JSON.stringify(letter + version)}`;
    }
    text += ']';
  }
  return `${text}]`;
}

/** Reads the body of a row; throws a SyntaxError for what this Waybill does not write. */
export function parseEntries(
  body: string,
  ecosystem: string,
  name: string,
): readonly AffectedPackage[] {
  const entries = JSON.parse(body) as readonly (Entry | AffectedPackage)[];
  return entries.map((entry) =>
    isWhole(entry) ? entry : { ecosystem, name, ...parseEntry(entry) },
  );
}

function isWhole(entry: Entry | AffectedPackage): entry is AffectedPackage {
  return !Array.isArray(entry);
}

function parseEntry([ranges = [], versions = [], stated = [], names = []]: Entry) {
  const severities: SeverityVector[] = [];
  for (let at = 0; at + 1 < stated.length; at += 2) {
    const of = names[at / 2] ?? '';
    severities.push({
      type: stated[at] as SeverityVector['type'],
      vector: stated[at + 1] ?? '',
      ...(of === '' ? {} : { of }),
    });
  }
  return { ranges: ranges.map(parseRange), versions, severities };
}

function parseRange([letter, ...events]: readonly string[]): Range {
  return {
    type: look(TYPES, letter ?? ''),
    events: events.map((event) => ({
      kind: look(KINDS, event.charAt(0)),
      version: event.slice(1),
    })),
  };
}

function look<T extends string>(table: Readonly<Record<string, T>>, letter: string): T {
  const found = getOwn(table, letter);
  // mutant entry-of-an-unknown-letter by renew-schema: condition -> false
  if (found === undefined) throw new SyntaxError('an entry of an unknown form');
  return found;
}

export interface PackageBody {
  readonly name: string;
  readonly body: string;
}

/** Entries by package, each once. */
export function listBodies(entries: readonly AffectedPackage[]): readonly PackageBody[] {
  const places = new Map<string, number>();
  const bodies: PackageBody[] = [];
  const groups = new Map<string, Set<string>>();
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] as AffectedPackage;
    const { name } = entry;
    const text = formatEntry(entry);
    const place = entries.length === 1 ? undefined : places.get(name);
    if (place === undefined) {
      if (entries.length > 1) places.set(name, bodies.length);
      bodies.push({ name, body: `[${text}]` });
      continue;
    }
    const first = bodies[place] as PackageBody;
    const group = groups.get(name) ?? new Set([first.body.slice(1, -1)]);
    groups.set(name, group.add(text));
  }
  for (const [name, group] of groups)
    bodies[places.get(name) ?? 0] = { name, body: `[${[...group].join(',')}]` };
  return bodies;
}
