import type { JsonValue } from '../../core/json.ts';

/** Members of objects by their name; it may contain itself. */
export interface NamedMembers {
  readonly [name: string]: JsonMembers;
}

/**
 * The members of a document that are built as values: all, or those of each object that are named
 * here. Of a list, it says so for each item.
 */
export type JsonMembers = 'all' | JsonItems | JsonMark | NamedMembers;

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
  /** What a text must begin with to be built. */
  readonly mark: Uint8Array | null;
  readonly items: Choice;
  readonly #members: ReadonlyMap<string, JsonMembers>;
  readonly #byKey: (Choice | null | undefined)[] = [];
  readonly #choices: Map<JsonMembers, Choice>;

  constructor(members: JsonMembers, choices: Map<JsonMembers, Choice>) {
    const own = members instanceof JsonItems ? members.members : members;
    this.keepsAll = own === 'all';
    const named = own === 'all' || own instanceof JsonMark ? [] : Object.entries(own);
    this.#members = new Map(named);
    this.mark = own instanceof JsonMark ? own.bytes : null;
    this.#choices = choices.set(members, this);
    this.take = members instanceof JsonItems ? members.take : null;
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
    const found =
      members === undefined
        ? null
        : (this.#choices.get(members) ?? new Choice(members, this.#choices));
    if (found !== null) this.#byKey[id] = found;
    return found;
  }
}
