import type {
  AffectedMatcher,
  MatchSubject,
  SetMember,
} from '../../../capabilities/graph/index.ts';

/** Where advisories are looked up for components of one kind. */
export interface Lookup {
  readonly key: string;
  readonly label: string;
  readonly isMatched: boolean;
  readonly ecosystems: readonly string[];
}

/** Memory is bounded: beyond this many versions, a lookup is found again. */
const REMEMBERED_MAX = 50_000;

/**
 * The lookups of versions by identity. A purl has one for ever, and most members of a set are those
 * of sets before.
 */
export class LookupCache {
  readonly #matcher: AffectedMatcher;
  readonly #byIdentity = new Map<string, Lookup>();
  /** By key: as many as there are kinds of components. */
  readonly #lookups = new Map<string, Lookup>();

  constructor(matcher: AffectedMatcher) {
    this.#matcher = matcher;
  }

  find({ identity, component }: SetMember): Lookup {
    const known = this.#byIdentity.get(identity);
    if (known !== undefined) return known;
    const found = findLookup(this.#matcher, component);
    const lookup = this.#lookups.get(found.key) ?? found;
    if (this.#byIdentity.size >= REMEMBERED_MAX) {
      this.#byIdentity.clear();
      this.#lookups.clear();
    }
    this.#lookups.set(lookup.key, lookup);
    this.#byIdentity.set(identity, lookup);
    return lookup;
  }
}

function findLookup(matcher: AffectedMatcher, subject: MatchSubject): Lookup {
  const named = matcher.listKeys(subject).map(({ ecosystem }) => ecosystem);
  const isMatched = named.length > 0;
  const { label, ecosystems } = isMatched
    ? { label: named[0] ?? '', ecosystems: named.length < 2 ? named : [...new Set(named)] }
    : matcher.describeUnmatched(subject);
  return createLookup(isMatched, label, ecosystems);
}

export function createLookup(
  isMatched: boolean,
  label: string,
  ecosystems: readonly string[],
): Lookup {
  const key = [isMatched ? 'matched' : 'unmatched', label, ...ecosystems].join('\n');
  return { key, label, isMatched, ecosystems };
}
