import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';

/** The rows of an answer by a text that is the same for the same row. */
export type AnswerRows = Readonly<Record<string, AnswerRow>>;

export interface AnswerRow {
  /** The list that it is in: `releases`, `releases/deployments`. */
  readonly list: string;
  /** What the row says, without its lists. */
  readonly says: Readonly<Record<string, string>>;
  /** What the row that it is in says. */
  readonly within: Readonly<Record<string, string>> | null;
}

/** What changes by itself, and is no news. */
const VOLATILE: ReadonlySet<string> = new Set([
  ...['evidence', 'until', 'lastAt', 'updatedAt', 'scannedAt', 'recordedAt', 'verifiedAt'],
  ...['document', 'next', 'layer', 'scannedSince', 'rule'],
]);

/** The rows of all lists of an answer, those within others too; bounded. */
export function collectRows(answer: JsonObject, known: Map<string, AnswerRow> = new Map()): void {
  addLists(answer, '', null, known);
}

function addLists(
  object: JsonObject,
  path: string,
  within: AnswerRow['within'],
  known: Map<string, AnswerRow>,
): void {
  for (const [name, value] of Object.entries(object)) {
    if (VOLATILE.has(name) || !Array.isArray(value)) continue;
    const list = path === '' ? name : `${path}/${name}`;
    for (const item of value as readonly JsonValue[]) {
      if (!isJsonObject(item)) continue;
      const says = readTexts(item, '');
      // mutant standing-rows-without-a-bound by answer-rows: condition -> false
      if (known.size >= LIMITS.standingRowsMax) return;
      const row = { list, says, within };
      known.set(JSON.stringify([list, says, within]), row);
      addLists(item, list, says, known);
    }
  }
}

/** Its texts, those of objects within it, and lists of texts as one. Numbers are no news. */
function readTexts(object: JsonObject, prefix: string): Record<string, string> {
  const texts: [string, string][] = [];
  for (const [name, value] of Object.entries(object)) {
    if (VOLATILE.has(name)) continue;
    const member = `${prefix}${name}`;
    if (typeof value === 'string') texts.push([member, value]);
    else if (typeof value === 'boolean') texts.push([member, `${value}`]);
    else if (isJsonObject(value)) texts.push(...Object.entries(readTexts(value, `${member}.`)));
    else if (Array.isArray(value)) {
      const words = (value as readonly JsonValue[]).filter((one) => typeof one === 'string');
      if (words.length > 0) texts.push([member, words.join(', ')]);
    }
  }
  return Object.fromEntries(texts);
}

export interface RowChange {
  readonly change: 'added' | 'removed';
  readonly row: AnswerRow;
}

/** What is in one answer and not in the other. */
export function compareRows(before: AnswerRows, after: AnswerRows): readonly RowChange[] {
  const list = (from: AnswerRows, to: AnswerRows, change: RowChange['change']) =>
    Object.entries(from)
      .filter(([key]) => !Object.hasOwn(to, key))
      .map(([, row]) => ({ change, row }));
  return [...list(after, before, 'added'), ...list(before, after, 'removed')];
}

/** A row on one line, for people. */
export function describeChange({ change, row }: RowChange): string {
  const words = [row.says, row.within ?? {}].flatMap((texts) =>
    SHOWN.flatMap((member) => (Object.hasOwn(texts, member) ? (texts[member as never] ?? []) : [])),
  );
  const shown = words.length > 0 ? words : Object.values(row.says).slice(0, 4);
  return `${change === 'added' ? '+' : '-'} ${row.list}: ${shown.join(' ').slice(0, 300)}`;
}

const SHOWN = [
  ...['name', 'version', 'purl', 'advisory', 'severity', 'decision', 'status', 'reason', 'change'],
  ...['cluster', 'namespace', 'workload.kind', 'workload.name', 'reference', 'owner', 'endsAt'],
];
