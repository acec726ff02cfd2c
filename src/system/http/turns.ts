import { AsyncLocalStorage } from 'node:async_hooks';
import { Failure } from '../../core/failure.ts';
import { outOfTime } from './transport.ts';

/** For whom work is done: a source, and the group that it is one of. */
export interface Lane {
  readonly name: string;
  readonly group: string;
}

/** What no lane was named for. */
const NO_LANE: Lane = { name: '', group: '' };
const current = new AsyncLocalStorage<Lane>();

/** Everything that this work waits for takes its turns in this lane. */
export function runInLane<T>(lane: Lane, work: () => T): T {
  return current.run(lane, work);
}

export function findLane(): Lane {
  return current.getStore() ?? NO_LANE;
}

export interface TurnLimits {
  /** Turns at once. */
  readonly count: number;
  /** Of these, for one lane and for one group; absent: all. */
  readonly laneMax?: number;
  readonly groupMax?: number;
  /** Who may wait in one group; absent: any number. */
  readonly waitingMax?: number;
}

interface WaitingLane {
  readonly lane: Lane;
  readonly next: Set<() => void>;
}

/**
 * A limited number at once. Groups are served in turn, and the lanes of each: one with very many
 * requests delays its own. Within a lane, the first comes first. Who waits leaves when their time
 * is over.
 */
export class Turns {
  readonly #limits: TurnLimits;
  /** By group, and there by lane. */
  readonly #waiting = new Map<string, Map<string, WaitingLane>>();
  readonly #ofLane = new Map<string, number>();
  readonly #ofGroup = new Map<string, number>();
  readonly #waitingOfGroup = new Map<string, number>();
  #taken = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Gives what ends the turn; DEADLINE_EXCEEDED, or LIMIT_EXCEEDED if too many wait. */
  async take(signal: AbortSignal): Promise<() => void> {
    const free = this.takeFree(signal);
    if (free !== null) return free;
    const lane = findLane();
    await this.#wait(lane, signal);
    return this.#end(lane);
  }

  /** The same without waiting; null if no turn is free. */
  takeFree(signal: AbortSignal): (() => void) | null {
    if (signal.aborted) throw outOfTime();
    const lane = findLane();
    if (!this.#isFree(lane)) return null;
    this.#count(lane, 1);
    return this.#end(lane);
  }

  #end(lane: Lane): () => void {
    return () => {
      this.#count(lane, -1);
      this.#serve();
    };
  }

  #wait(lane: Lane, signal: AbortSignal): Promise<void> {
    const { waitingMax = Number.POSITIVE_INFINITY } = this.#limits;
    // mutant too-many-wait-for-a-turn by turns: condition -> false
    if ((this.#waitingOfGroup.get(lane.group) ?? 0) >= waitingMax)
      return Promise.reject(createCrowdFailure(waitingMax));
    return new Promise((resolve, reject) => {
      const lanes = this.#waiting.get(lane.group) ?? new Map<string, WaitingLane>();
      const own = lanes.get(lane.name) ?? { lane, next: new Set() };
      const end = () => {
        signal.removeEventListener('abort', leave);
        own.next.delete(go);
        if (own.next.size === 0) lanes.delete(lane.name);
        if (lanes.size === 0) this.#waiting.delete(lane.group);
        add(this.#waitingOfGroup, lane.group, -1);
      };
      const go = () => {
        end();
        this.#count(lane, 1);
        resolve();
      };
      const leave = () => {
        end();
        reject(outOfTime());
      };
      signal.addEventListener('abort', leave, { once: true });
      own.next.add(go);
      lanes.set(lane.name, own);
      this.#waiting.set(lane.group, lanes);
      add(this.#waitingOfGroup, lane.group, 1);
    });
  }

  /** The group that is served goes to the end, and so does its lane. */
  #serve(): void {
    for (const [name, lanes] of this.#waiting) {
      for (const [of, own] of lanes) {
        if (!this.#isFree(own.lane)) continue;
        const [go] = own.next;
        // mutant lanes-are-served-in-turn by turns: remove
        toEnd(lanes, of);
        // mutant groups-are-served-in-turn by turns: remove
        toEnd(this.#waiting, name);
        go?.();
        return;
      }
    }
  }

  #isFree({ name, group }: Lane): boolean {
    const { count, laneMax = count, groupMax = count } = this.#limits;
    const isOver =
      (this.#ofLane.get(name) ?? 0) >= laneMax || (this.#ofGroup.get(group) ?? 0) >= groupMax;
    // mutant one-lane-takes-all-turns by turns: condition -> false
    if (isOver) return false;
    return this.#taken < count;
  }

  #count({ name, group }: Lane, change: number): void {
    this.#taken += change;
    add(this.#ofLane, name, change);
    add(this.#ofGroup, group, change);
  }
}

function toEnd<T>(map: Map<string, T>, key: string): void {
  if (map.size < 2) return;
  const value = map.get(key);
  map.delete(key);
  if (value !== undefined) map.set(key, value);
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function createCrowdFailure(waitingMax: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `${waitingMax} others wait for a turn`,
    'Ask again in a moment, and about fewer images at once.',
  );
}
