import type { Act, Step, StepReport } from './step.ts';

const WIDTH = 110;
/** A wider table is cut. Its rows are never wrapped. */
const TABLE_WIDTH = 180;
const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;

/** Writes the story to one stream, as a terminal shows it. */
export class Narrator {
  #write: (text: string) => void;
  readonly #colour: boolean;

  constructor(write: (text: string) => void, colour: boolean) {
    this.#write = write;
    this.#colour = colour;
  }

  act(number: number, { name, says }: Act): void {
    const title = number === 0 ? name : `${number} ${name}`;
    this.#line('');
    this.#line(
      this.#paint('bold', `── ${title} ${'─'.repeat(Math.max(0, WIDTH - title.length - 4))}`),
    );
    for (const line of wrapped(says, WIDTH, '')) this.#line(this.#paint('dim', line));
  }

  step({ says }: Step): void {
    this.#line('');
    for (const line of wrapped(says, WIDTH, '')) this.#line(this.#paint('bold', line));
  }

  command(text: string): void {
    for (const line of wrapped(`$ ${shortened(text)}`, WIDTH, '      '))
      this.#line(`  ${this.#paint('cyan', line)}`);
  }

  output(lines: readonly string[]): void {
    for (const line of aligned(lines.map(shortened))) {
      if (isRow(line)) {
        this.#line(
          `    ${line.length > TABLE_WIDTH ? `${line.slice(0, TABLE_WIDTH - 1)}…` : line}`,
        );
        continue;
      }
      const indent = /^\s*/.exec(line)?.[0] ?? '';
      for (const part of wrapped(line, WIDTH, `${indent}  `)) this.#line(`    ${part}`);
    }
  }

  verdict({ ok, expected, actual, ms }: StepReport): void {
    const seconds = `${(ms / 1000).toFixed(1)} s`;
    if (ok) {
      this.#line(
        `  ${this.#paint('green', `✔ ${expected}`)} ${this.#paint('dim', `(${seconds})`)}`,
      );
      return;
    }
    this.#line(`  ${this.#paint('red', `✘ expected: ${expected}`)}`);
    this.#line(`  ${this.#paint('red', `  actual:   ${actual ?? 'nothing'}`)}`);
  }

  line(text: string): void {
    this.#line(text);
  }

  /** Writes nothing while the work runs. */
  async inSilence<T>(work: () => Promise<T>): Promise<T> {
    const write = this.#write;
    const silent = (): void => undefined;
    this.#write = silent;
    try {
      return await work();
    } finally {
      if (this.#write === silent) this.#write = write;
    }
  }

  /** Writes nothing more: steps that are being stopped have meaningless results. */
  end(): void {
    this.#write = () => undefined;
  }

  #line(text: string): void {
    this.#write(`${text}\n`);
  }

  #paint(style: keyof typeof COLOURS, text: string): string {
    return this.#colour ? `\u001b[${COLOURS[style]}m${text}\u001b[0m` : text;
  }
}

/** Shortens digests and commits to their first digits. `--json` prints them whole. */
function shortened(line: string): string {
  return line
    .replace(/\b(sha(?:256|512):[0-9a-f]{8})[0-9a-f]{56,}/g, '$1…')
    .replace(/\b([0-9a-f]{8})[0-9a-f]{32}(?:[0-9a-f]{24})?\b/g, '$1…')
    .replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:[.]\d+)?Z\b/g, '$1T$2Z')
    .replace(/(SHA256:[A-Za-z0-9+/]{8})[A-Za-z0-9+/]{35}/g, '$1…');
}

/** Aligns the rows of each table again, because their cells are shorter now. */
function aligned(lines: readonly string[]): readonly string[] {
  const rows = lines.map((line) => (isRow(line) ? line.split(/ {2,}/) : null));
  return rows.map((row, at) => {
    if (row === null) return lines[at] ?? '';
    const measureColumn = (column: number): number => {
      const table = tableAround(rows, at);
      return Math.max(...table.map((other) => other[column]?.length ?? 0));
    };
    return row
      .map((cell, column) => cell.padEnd(measureColumn(column)))
      .join('  ')
      .trimEnd();
  });
}

/** True for a row of a table or its head: cells with two blanks between them. */
function isRow(line: string): boolean {
  return /^(?:\S| {4,}[A-Z]+ ).* {2,}\S/.test(line);
}

/** The rows of the same table: those with the same number of cells, up to the next head. */
function tableAround(
  rows: readonly (readonly string[] | null)[],
  at: number,
): readonly (readonly string[])[] {
  const cells = rows[at]?.length;
  const isHead = (row: (typeof rows)[number] | undefined): boolean =>
    row?.every((cell) => !/[a-z]/.test(cell)) === true;
  const end = rows.findIndex((row, index) => index > at && (row?.length !== cells || isHead(row)));
  const before = rows.findLastIndex(
    (row, index) => index <= at && (row?.length !== cells || isHead(row)),
  );
  const start = isHead(rows[before]) && rows[before]?.length === cells ? before : before + 1;
  return rows.slice(start, end < 0 ? rows.length : end).filter((row) => row !== null);
}

/**
 * Wraps text between words into lines of at most `width` characters. All lines except the first
 * begin with `indent`.
 */
function wrapped(text: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S)(?=\s)/)) {
    if (line !== '' && line.length + word.length > width) {
      lines.push(line);
      line = indent + word.trimStart();
    } else line += word;
  }
  return [...lines, line];
}
