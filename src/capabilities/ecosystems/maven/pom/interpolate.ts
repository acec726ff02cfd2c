/** A value of a property, and where it is written; null for what Maven itself sets. */
export interface FoundProperty {
  readonly value: string;
  readonly place: { readonly file: string; readonly line: number } | null;
}

export type PropertyLookup = (name: string) => FoundProperty | null;

/** `text` is null where a property is not known, or where properties are a circle or too long. */
export interface FilledText {
  readonly text: string | null;
  readonly missing: string;
  /** Where the one property is set that the text consists of, if its value is plain. */
  readonly place: FoundProperty['place'];
}

const CHARACTERS_MAX = 4_096;
const DEPTH_MAX = 32;

/** Fills in `${name}`; each property is filled in once, so that they cannot grow without end. */
export class PropertyResolver {
  readonly #lookup: PropertyLookup;
  readonly #known = new Map<string, string | null>();

  constructor(lookup: PropertyLookup) {
    this.#lookup = lookup;
  }

  fill(text: string): FilledText {
    const missing = { name: '' };
    const filled = this.#fill(text, 0, missing);
    const only = /^\$\{([^${}]+)\}$/.exec(text)?.[1];
    const found = only === undefined ? null : this.#lookup(only);
    const place = found === null || found.value.includes('${') ? null : found.place;
    return { text: filled, missing: missing.name, place };
  }

  #fill(text: string, depth: number, missing: { name: string }): string | null {
    if (!text.includes('${')) return text;
    const pieces: string[] = [];
    let length = 0;
    let at = 0;
    for (const match of text.matchAll(/\$\{([^${}]*)\}/g)) {
      const value = this.#find(match[1] ?? '', depth, missing);
      if (value === null) return null;
      pieces.push(text.slice(at, match.index), value);
      length += match.index - at + value.length;
      // mutant pom-properties-that-grow by maven-source: condition -> false
      if (length > CHARACTERS_MAX) return null;
      at = match.index + match[0].length;
    }
    return pieces.join('') + text.slice(at);
  }

  #find(name: string, depth: number, missing: { name: string }): string | null {
    const known = this.#known.get(name);
    if (known !== undefined && known !== null) return known;
    const found = depth > DEPTH_MAX || known === null ? null : this.#lookup(name);
    this.#known.set(name, null);
    const value = found === null ? null : this.#fill(found.value, depth + 1, missing);
    this.#known.set(name, value);
    if (value === null && missing.name === '') missing.name = `\${${name.slice(0, 100)}}`;
    return value;
  }
}
