import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { makePrintable } from '../io.ts';
import { paintCell } from './cell.ts';

/** A table as it fits on a terminal. */
export interface FittedTable {
  readonly text: string;
  /** The columns for which there was no room. */
  readonly hidden: readonly string[];
}

export interface FitOptions {
  /** In columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** Whether the terminal shows OSC 8 links. */
  readonly links: boolean;
}

/**
 * Columns that give way first where there is no room, and the order in which they do; the others
 * become narrower.
 */
const GIVES_WAY = [
  ['RATED BY'],
  ['EVIDENCE', 'RECORD', 'VERIFICATION', 'DOCUMENT', 'LAYER', 'BUILDER', 'FEED'],
  ['PURL', 'COMMITTER', 'RECORDED', 'JUSTIFICATION', 'DECISION', 'REGION', 'CREATED'],
  ['LICENCE', 'RELEASED', 'OWNER', 'REGISTRY', 'ECOSYSTEM', 'PLACE', 'SUBJECT', 'HOW', 'LAST'],
].flat();

/** Columns that are lines below their row. */
const BELOW = new Set(['TITLE', 'PATH OF DEPENDENCIES', 'LINK']);
const GAP = 2;
const CELL_LINES_MAX = 3;
/** A column that is narrower cannot be read. */
const COLUMN_WIDTH_MIN = 16;
/** Below it not even a part of a word is shown. */
const CUT_WIDTH_MIN = 4;
/** Where columns would be narrower, each row is shown as lines of name and value. */
const TABLE_CAP_MIN = 8;
const DIGEST = /\b(sha(?:256|512):[0-9a-f]{12})[0-9a-f]{52,116}\b/g;

interface Column {
  readonly at: number;
  readonly name: string;
  readonly natural: number;
}

/**
 * Fits a table into the width of a terminal: digests are shortened, wide columns are wrapped, and
 * the least important columns are left out. Where words would be cut into pieces even so, each row
 * becomes a list of its values.
 */
export function fitTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { width, colour, links }: FitOptions,
): FittedTable {
  const whole = rows.map((row) => row.map(makePrintable));
  const below = header.flatMap((name, at) => (BELOW.has(name) ? [at] : []));
  // Where ids are links, an address says nothing new.
  const shownBelow = below.filter((at) => !links || header[at] !== 'LINK');
  const all = measureColumns(header, whole).filter(({ at }) => !below.includes(at));
  const fits = sum(all) + GAP * (all.length - 1) <= width;
  const cells = fits ? whole : whole.map((row) => row.map(shortenDigests));
  const { columns, cap, hidden } = chooseColumns(
    fits ? all : measureColumns(header, cells),
    below,
    width,
  );
  if (cap < TABLE_CAP_MIN && columns.length > 1) {
    const shape = { columns: all, below: shownBelow, header, width, colour, links };
    return { text: cells.map((row) => layOutRecord(row, shape)).join('\n'), hidden: [] };
  }
  const widths = columns.map(({ natural }) => Math.min(natural, cap));
  const shape = { columns, widths, colour, links };
  const lines = [layOutRow(header, shape)];
  for (const row of cells) {
    lines.push(layOutRow(row, { ...shape, header }));
    for (const at of shownBelow) lines.push(...layOutBelow(row[at] ?? '', width, colour));
  }
  return { text: lines.join(''), hidden };
}

function measureColumns(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly Column[] {
  return header.map((name, at) => ({
    at,
    name,
    natural: rows.reduce((most, row) => Math.max(most, stringWidth(row[at] ?? '')), name.length),
  }));
}

/** The columns that are shown, and the widest that one of them may be. */
function chooseColumns(
  measured: readonly Column[],
  below: readonly number[],
  width: number,
): {
  readonly columns: readonly Column[];
  readonly cap: number;
  readonly hidden: readonly string[];
} {
  let columns = measured.filter(({ at }) => !below.includes(at));
  const hidden: string[] = [];
  for (;;) {
    const cap = findCap(columns, width - GAP * (columns.length - 1));
    const named = GIVES_WAY.find((name) => columns.some((column) => column.name === name));
    const least = named ?? (cap < CUT_WIDTH_MIN ? columns.at(-1)?.name : undefined);
    if (cap >= COLUMN_WIDTH_MIN || least === undefined || columns.length < 3)
      return { columns, cap: Math.max(cap, CUT_WIDTH_MIN), hidden };
    columns = columns.filter(({ name }) => name !== least);
    hidden.push(least);
  }
}

/** The greatest width to which all wide columns are cut so that the table fits. */
function findCap(columns: readonly Column[], width: number): number {
  if (sum(columns) <= width) return Number.MAX_SAFE_INTEGER;
  let cap = width;
  while (cap > 0 && columns.reduce((all, { natural }) => all + Math.min(natural, cap), 0) > width)
    cap--;
  return cap;
}

interface RowShape {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
  readonly colour: boolean;
  readonly links: boolean;
  /** Undefined for the header itself, which has no colours of values. */
  readonly header?: readonly string[];
}

/** A row takes as many lines as its highest cell. */
function layOutRow(row: readonly string[], shape: RowShape): string {
  const { columns, widths, colour, links } = shape;
  const wrapped = columns.map(({ at }, place) => wrapCell(row[at] ?? '', widths[place] ?? 0));
  const height = wrapped.reduce((most, lines) => Math.max(most, lines.length), 1);
  let text = '';
  for (let line = 0; line < height; line++) {
    const shown = columns.map(({ at, name }, place) => {
      const cell = wrapped[place]?.[line] ?? '';
      const isLast = place === columns.length - 1;
      const room = ' '.repeat(isLast ? 0 : Math.max(0, (widths[place] ?? 0) - stringWidth(cell)));
      if (shape.header === undefined || cell === '') return cell + room;
      return paintCell({ name, whole: row[at] ?? '', shown: cell }, { colour, links }) + room;
    });
    text += `${shown.join(' '.repeat(GAP)).trimEnd()}\n`;
  }
  return text;
}

interface RecordShape {
  readonly columns: readonly Column[];
  readonly below: readonly number[];
  readonly header: readonly string[];
  readonly width: number;
  readonly colour: boolean;
  readonly links: boolean;
}

/** Each value that is there on lines of its own, beside its name. */
function layOutRecord(
  row: readonly string[],
  { columns, below, header, width, colour, links }: RecordShape,
): string {
  const longest = columns.reduce((most, { name }) => Math.max(most, stringWidth(name)), 0);
  const room = Math.min(longest, Math.floor(width / 2));
  const lines = columns.flatMap(({ at, name }) => {
    const whole = row[at] ?? '';
    if (whole === '' || whole === '-') return [];
    return wrapCell(whole, width - room - GAP).map((shown, line) => {
      const lead = (line === 0 ? name.slice(0, room) : '').padEnd(room + GAP);
      return `${lead}${paintCell({ name, whole, shown }, { colour, links })}`.trimEnd();
    });
  });
  const rest = below.flatMap((at) => layOutBelow(row[at] ?? '', width, colour));
  const shown = `${lines.map((line) => `${line}\n`).join('')}${rest.join('')}`;
  return shown === '' ? `${header[0] ?? ''}  -\n` : shown;
}

function layOutBelow(cell: string, width: number, colour: boolean): readonly string[] {
  if (cell === '' || cell === '-') return [];
  return wrapCell(cell, Math.max(20, width - 4)).map(
    (line) =>
      `    ${paintCell({ name: 'BELOW', whole: cell, shown: line }, { colour, links: false })}\n`,
  );
}

function wrapCell(text: string, width: number): readonly string[] {
  if (text.length <= width && stringWidth(text) <= width) return [text];
  // Longer text is cut in any case; to wrap it would take time.
  const start = text.slice(0, width * (CELL_LINES_MAX + 1));
  const lines = wrapAnsi(start, width, { hard: true }).split('\n');
  if (lines.length <= CELL_LINES_MAX && start.length === text.length) return lines;
  const kept = lines.slice(0, CELL_LINES_MAX);
  const last = kept.at(-1) ?? '';
  const room = stringWidth(last) < width ? last : Array.from(last).slice(0, -1).join('');
  return [...kept.slice(0, -1), `${stringWidth(room) < width ? room : room.slice(0, -1)}…`];
}

function shortenDigests(cell: string): string {
  return cell.includes(':') ? cell.replace(DIGEST, '$1…') : cell;
}

function sum(columns: readonly Column[]): number {
  return columns.reduce((all, { natural }) => all + natural, 0);
}
