import type { JsonValue } from '../../core/json.ts';
import { PlainTexts } from './texts.ts';

/**
 * The named members of one object, by their number in `JsonRows`: of a plain text only the place is
 * kept, so that a text that nobody asks for is never built. It changes with the next object.
 */
export class JsonRow {
  readonly #texts: PlainTexts;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #values: (JsonValue | undefined)[];

  constructor(texts: PlainTexts, columns: number) {
    this.#texts = texts;
    this.#starts = new Int32Array(columns).fill(-1);
    this.#ends = new Int32Array(columns);
    this.#values = new Array<JsonValue | undefined>(columns).fill(undefined);
  }

  clear(): void {
    const values = this.#values;
    for (let column = 0; column < values.length; column++) {
      this.#starts[column] = -1;
      if (values[column] !== undefined) values[column] = undefined;
    }
  }

  setPlace(column: number, start: number, end: number): void {
    this.#starts[column] = start;
    this.#ends[column] = end;
  }

  setValue(column: number, value: JsonValue): void {
    this.#values[column] = value;
  }

  isAbsent(column: number): boolean {
    return (this.#starts[column] ?? -1) < 0 && this.#values[column] === undefined;
  }

  isText(column: number): boolean {
    return (this.#starts[column] ?? -1) >= 0 || typeof this.#values[column] === 'string';
  }

  /** Undefined for what is no text. */
  text(column: number): string | undefined {
    const start = this.#starts[column] ?? -1;
    if (start >= 0) return this.#texts.build(start, this.#ends[column] ?? start);
    const value = this.#values[column];
    return typeof value === 'string' ? value : undefined;
  }

  value(column: number): JsonValue | undefined {
    return this.text(column) ?? this.#values[column];
  }

  /** Whether it is this text, of ASCII. */
  is(column: number, text: string): boolean {
    const start = this.#starts[column] ?? -1;
    if (start < 0) return this.#values[column] === text;
    const length = (this.#ends[column] ?? start) - start;
    return length === text.length && this.#texts.startsWith(start, text);
  }

  /** Whether it is a text that begins with this one, of ASCII. */
  startsWith(column: number, text: string): boolean {
    const start = this.#starts[column] ?? -1;
    // Behind the text is a quote, which no such text contains.
    if (start >= 0) return this.#texts.startsWith(start, text);
    const value = this.#values[column];
    return typeof value === 'string' && value.startsWith(text);
  }

  /** Where a plain text begins; -1 for all others. */
  start(column: number): number {
    return this.#starts[column] ?? -1;
  }

  /** Where such a text ends. */
  end(column: number): number {
    return this.#ends[column] ?? 0;
  }
}

/** One text of each of many rows; what is no text is empty. */
export class KeptTexts {
  readonly #texts: PlainTexts;
  /** Where each begins and ends. */
  #places = new Int32Array(1_024);
  /** Those that are not plain, by their number. */
  readonly #others = new Map<number, string>();
  length = 0;

  constructor(bytes: Uint8Array) {
    this.#texts = new PlainTexts(bytes);
  }

  add(row: JsonRow, column: number): void {
    const at = 2 * this.length;
    if (at === this.#places.length) {
      const larger = new Int32Array(2 * at);
      larger.set(this.#places);
      this.#places = larger;
    }
    const start = row.start(column);
    if (start < 0) this.#others.set(this.length, row.text(column) ?? '');
    else {
      this.#places[at] = start;
      this.#places[at + 1] = row.end(column);
    }
    this.length += 1;
  }

  get(number: number): string {
    const other = this.#others.size === 0 ? undefined : this.#others.get(number);
    if (other !== undefined) return other;
    return this.#texts.build(this.#places[2 * number] ?? 0, this.#places[2 * number + 1] ?? 0);
  }
}
