import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAbsent } from '../../../system/files/errno.ts';
import { writeDurably } from '../../../system/files/write-file.ts';

/** Marks that are remembered of one place; the oldest go first. */
const MARKS_MAX = 200_000;

/** What was collected before, by place. */
export class CollectState {
  readonly #path: string;
  readonly #marks: Map<string, Set<string>>;

  private constructor(path: string, marks: Map<string, Set<string>>) {
    this.#path = path;
    this.#marks = marks;
  }

  /** A file that cannot be read is begun anew: the log takes no document twice. */
  static open(home: string): CollectState {
    const path = join(home, 'collected.json');
    return new CollectState(path, readMarks(path));
  }

  has(place: string, mark: string): boolean {
    return this.#marks.get(place)?.has(mark) === true;
  }

  add(place: string, mark: string): void {
    const marks = this.#marks.get(place) ?? new Set();
    marks.add(mark);
    const [oldest] = marks;
    if (marks.size > MARKS_MAX && oldest !== undefined) marks.delete(oldest);
    this.#marks.set(place, marks);
  }

  async write(): Promise<void> {
    const places = [...this.#marks].map(([place, marks]) => [place, [...marks]]);
    await writeDurably(this.#path, [Buffer.from(JSON.stringify(places))], { mode: 0o600 });
  }
}

function readMarks(path: string): Map<string, Set<string>> {
  try {
    const places = JSON.parse(readFileSync(path, 'utf8')) as [string, string[]][];
    return new Map(places.map(([place, marks]) => [place, new Set(marks)]));
  } catch (thrown) {
    if (isAbsent(thrown) || thrown instanceof SyntaxError || thrown instanceof TypeError)
      return new Map();
    throw thrown;
  }
}
