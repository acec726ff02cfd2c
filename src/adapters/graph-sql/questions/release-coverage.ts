import type { ExposureGap } from '../../../capabilities/graph/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { explainOpen, type JudgedLookup, Lookups } from './feed-coverage.ts';
import { readLookedUp, readReleaseLookups, type SetLookup } from './not-covered.ts';
import { readReleaseAnswers } from './release-answers.ts';
import type { Scope } from './scope.ts';

/** What is looked up in one place, over all releases that were examined. */
interface Tally {
  readonly sets: Map<number, SetLookup>;
  readonly releases: Set<number>;
}

/** Where the components of releases are looked up, and whether that proves anything. */
export class ReleaseCoverage {
  readonly #scope: Scope;
  readonly #named: ReadonlySet<string> | null;
  readonly #lookups: Lookups;
  readonly #tallies = new Map<number, Tally>();
  readonly #open = new Map<number, readonly SetLookup[]>();
  #judged: ReadonlyMap<number, JudgedLookup> = new Map();

  /** `named`: the ecosystems of the packages that advisories name (explainOpen). */
  constructor(scope: Scope, named: ReadonlySet<string> | null) {
    this.#scope = scope;
    this.#named = named;
    this.#lookups = new Lookups(scope);
  }

  /** Those of these releases with components that are not covered. */
  async examine(releases: readonly number[]): Promise<readonly number[]> {
    const places = await readReleaseLookups(this.#scope, releases);
    const ids = new Set([...places.values()].flatMap((all) => all.map(({ lookup }) => lookup)));
    this.#judged = await this.#lookups.judge(ids);
    for (const [release, all] of places) {
      for (const place of all) this.#count(release, place);
      const open = all.filter(({ lookup }) => this.#explain(lookup) !== null);
      if (open.length > 0) this.#open.set(release, open);
    }
    return releases.filter((release) => this.#open.has(release));
  }

  /** Where looking up components of an examined release proves nothing. */
  listOpen(release: number): readonly SetLookup[] {
    return this.#open.get(release) ?? [];
  }

  /** One row for each place, however many releases there are. */
  async summarise(): Promise<readonly ExposureGap[]> {
    const rows: ExposureGap[] = [];
    for (const [lookup, { sets, releases }] of this.#tallies) {
      const reason = this.#explain(lookup);
      if (reason === null) continue;
      const some = [...sets.values()].slice(0, LIMITS.notCoveredExamplesMax);
      const { purls } = await readLookedUp(this.#scope, some, LIMITS.notCoveredExamplesMax);
      rows.push({
        ecosystem: this.#judged.get(lookup)?.label ?? '',
        reason,
        components: [...sets.values()].reduce((sum, { components }) => sum + components, 0),
        purls,
        releases: releases.size,
        examples: await this.#nameSome(releases),
      });
    }
    return rows
      .sort(
        (one, other) =>
          other.components - one.components || (one.ecosystem < other.ecosystem ? -1 : 1),
      )
      .slice(0, LIMITS.notCoveredMax);
  }

  get updatedAt(): Instant | null {
    return this.#lookups.date(this.#tallies.keys());
  }

  #count(release: number, place: SetLookup): void {
    const tally = this.#tallies.get(place.lookup) ?? { sets: new Map(), releases: new Set() };
    tally.sets.set(place.set, place);
    tally.releases.add(release);
    this.#tallies.set(place.lookup, tally);
  }

  async #nameSome(releases: Iterable<number>): Promise<ExposureGap['examples']> {
    const some = [...releases].slice(0, LIMITS.notCoveredExamplesMax);
    const answers = await readReleaseAnswers(this.#scope, some);
    return some.flatMap((id) => {
      const answer = answers.get(id);
      return answer === undefined ? [] : [{ name: answer.name, version: answer.version }];
    });
  }

  #explain(id: number): ExposureGap['reason'] | null {
    const lookup = this.#judged.get(id);
    return lookup === undefined ? 'no-matcher' : explainOpen(lookup, this.#named);
  }
}
