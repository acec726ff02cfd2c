import type { RecordFields } from '../../capabilities/evidence/index.ts';
import { formatCount } from '../../core/count.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import type { RuntimeEvent } from './runtime-event.ts';

/** Which events are recorded one by one, and which are recorded as a group. */
export interface SortedEvents {
  readonly kept: readonly RuntimeEvent[];
  readonly floods: readonly Flood[];
  /** Events that occur more than once in the input. */
  readonly replays: number;
}

/** Events of one rule that were too many to record: the first of them, and their number. */
export interface Flood {
  readonly first: RuntimeEvent;
  readonly events: number;
  readonly id: string;
  readonly lastAt: Instant | null;
}

interface Group {
  readonly first: RuntimeEvent;
  kept: number;
  left: number;
  chain: Digest;
  last: Instant | null;
}

/**
 * Takes events one after the other and keeps no more of one rule and place than people can read.
 * The rest is counted by rule and place; if even those groups are too many, by rule; and finally
 * all together. No event is lost without being counted.
 */
export class EventSorter {
  readonly #seen = new Set<string>();
  readonly #kept: RuntimeEvent[] = [];
  readonly #groups = new Map<string, Group>();
  #replays = 0;

  add(event: RuntimeEvent): void {
    if (this.#seen.has(event.id)) {
      this.#replays += 1;
      return;
    }
    this.#seen.add(event.id);
    const { rule, namespace, pod, container, host } = event;
    const isFull = this.#kept.length >= LIMITS.runtimeEventsKeptTotalMax;
    const group = isFull
      ? this.#widenGroup(event)
      : this.#findGroup(JSON.stringify([rule, namespace, pod, container, host]), event);
    if (isFull || group.kept >= LIMITS.runtimeEventsKeptMax) countEvent(group, event);
    else {
      group.kept += 1;
      this.#kept.push(event);
    }
  }

  done(): SortedEvents {
    const floods = [...this.#groups.values()].flatMap(({ first, left, chain, last }) =>
      left === 0 ? [] : [{ first, events: left, id: `falco:${chain}`, lastAt: last }],
    );
    return { kept: this.#kept, floods, replays: this.#replays };
  }

  /** Above the limit of groups, the place is left out; if there are as many rules, the rule too. */
  #widenGroup(event: RuntimeEvent): Group {
    const key = JSON.stringify([event.rule]);
    const bare = {
      ...event,
      namespace: null,
      pod: null,
      container: null,
      process: null,
      host: null,
    };
    const placeless = { ...bare, image: { reference: null, digest: null } };
    if (this.#groups.has(key) || this.#groups.size < 2 * LIMITS.runtimeEventsKeptTotalMax)
      return this.#findGroup(key, placeless);
    return this.#findGroup('[]', { ...placeless, rule: 'several rules' });
  }

  #findGroup(key: string, first: RuntimeEvent): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: Group = { first, kept: 0, left: 0, chain: sha256(key), last: null };
    this.#groups.set(key, group);
    return group;
  }
}

/** The same flood sent again is the same flood: its id is computed from the ids of its events. */
function countEvent(group: Group, { id, at }: RuntimeEvent): void {
  group.left += 1;
  group.chain = sha256(`${group.chain} ${id}`);
  group.last = at === null ? group.last : (Math.max(at, group.last ?? at) as Instant);
}

/** One record for everything that a flood left out. */
export function toFloodRecord(
  fields: RecordFields<'violation'>,
  { events, id, lastAt }: Flood,
): RecordFields<'violation'> {
  const detail = toOneLine(
    `${formatCount(events, 'more event')} like this one: ${fields.detail}`,
    16_000,
  );
  return { ...fields, id, detail, events, ...(lastAt === null ? {} : { lastAt }) };
}
