import type { JsonValue } from '../../core/json.ts';
import { JsonRow } from './row.ts';
import type { PlainTexts } from './texts.ts';

/** Members of objects by their name; it may contain itself. */
export interface NamedMembers {
  readonly [name: string]: JsonMembers;
}

/**
 * The members of a document that are built as values: all, or those of each object that are named
 * here. Of a list, it says so for each item.
 */
export type JsonMembers = 'all' | JsonItems | JsonMark | JsonRows | NamedMembers;

/** A text that matters only where it begins so; a plain text that does not is read as empty. */
export class JsonMark {
  readonly bytes: Uint8Array;

  constructor(mark: string) {
    this.bytes = Buffer.from(mark);
  }
}

/** A list whose items are given to `take`, one by one, instead of being kept: it is then empty. */
export class JsonItems {
  readonly members: 'all' | NamedMembers;
  readonly take: (item: JsonValue) => void;

  constructor(members: JsonItems['members'], take: JsonItems['take']) {
    this.members = members;
    this.take = take;
  }
}

/**
 * A list whose objects are given to `take` one by one as a row, without being built: the columns
 * are the named members, in this order. Of an item that is no object, it gets null.
 */
export class JsonRows {
  readonly columns: readonly (readonly [name: string, members: JsonMembers])[];
  readonly take: (row: JsonRow | null) => void;

  constructor(columns: JsonRows['columns'], take: JsonRows['take']) {
    this.columns = columns;
    this.take = take;
  }
}

/** A name that occurs in the document, with where it occurred first. */
export interface Key {
  readonly id: number;
  readonly text: string;
  readonly start: number;
  readonly length: number;
  /** What followed it the last time: most objects of a list have the same names in one order. */
  next: Key | null;
}

/** What to do with the members of an object, by the number of the name. */
export class Choice {
  readonly keepsAll: boolean;
  /** Of the items of a list; null where they are kept. */
  readonly take: JsonItems['take'] | null;
  /** The objects of a list as rows; null where they are built. */
  readonly rows: RowChoice | null;
  /** What a text must begin with to be built. */
  readonly mark: Uint8Array | null;
  readonly items: Choice;
  readonly #members: ReadonlyMap<string, JsonMembers>;
  readonly #byKey: (Choice | null | undefined)[] = [];
  readonly #choices: Map<JsonMembers, Choice>;

  constructor(members: JsonMembers, choices: Map<JsonMembers, Choice>) {
    const own = members instanceof JsonItems ? members.members : members;
    this.keepsAll = own === 'all';
    const isNamed = own !== 'all' && !(own instanceof JsonMark) && !(own instanceof JsonRows);
    this.#members = new Map(isNamed ? Object.entries(own) : []);
    this.mark = own instanceof JsonMark ? own.bytes : null;
    this.#choices = choices.set(members, this);
    this.take = members instanceof JsonItems ? members.take : null;
    this.rows = own instanceof JsonRows ? new RowChoice(own, choices) : null;
    this.items = own === members ? this : (choices.get(own) ?? new Choice(own, choices));
  }

  /** Null: the member is only checked. */
  find(key: Key): Choice | null {
    if (this.keepsAll) return this.items;
    const known = this.#byKey[key.id];
    return known === undefined ? this.#learn(key) : known;
  }

  #learn({ id, text }: Key): Choice | null {
    const members = this.#members.get(text);
    const found = members === undefined ? null : choose(members, this.#choices);
    if (found !== null) this.#byKey[id] = found;
    return found;
  }
}

function choose(members: JsonMembers, choices: Map<JsonMembers, Choice>): Choice {
  return choices.get(members) ?? new Choice(members, choices);
}

/** Which members of an object belong to a row. */
export class RowChoice {
  readonly take: JsonRows['take'];
  /** How a member is read that is no plain text, by column. */
  readonly choices: readonly Choice[];
  readonly #columns: ReadonlyMap<string, number>;
  readonly #byKey: number[] = [];
  /** Of the object that was read last. */
  row: JsonRow | null = null;

  constructor({ columns, take }: JsonRows, choices: Map<JsonMembers, Choice>) {
    this.take = take;
    this.choices = columns.map(([, members]) => choose(members, choices));
    this.#columns = new Map(columns.map(([name], column) => [name, column]));
  }

  /** The row to fill; the same for every object. */
  open(texts: PlainTexts): JsonRow {
    if (this.row === null) this.row = new JsonRow(texts, this.choices.length);
    else this.row.clear();
    return this.row;
  }

  /** The column of a member; -1 if it has none. */
  find({ id, text }: Key): number {
    const known = this.#byKey[id];
    if (known !== undefined) return known;
    const column = this.#columns.get(text);
    // A document may have very many names that nobody asks for.
    if (column !== undefined) this.#byKey[id] = column;
    return column ?? -1;
  }
}
