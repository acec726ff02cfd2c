import { type FactList, makePartialList } from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';

/** Lists of facts that may lack elements: the reason for what is missing is kept (foundation 1). */

export function toFactList<T>(items: readonly T[], gap: Failure | null): FactList<T> {
  return gap === null ? items : makePartialList(items, gap);
}

export function joinFactLists<T>(lists: readonly FactList<T>[]): FactList<T> {
  const open = lists.map(findGap).find((gap) => gap !== null);
  return toFactList(lists.flatMap(takeItems), open ?? null);
}

export function takeItems<T>(list: FactList<T>): readonly T[] {
  if ('failure' in list) return [];
  return 'rest' in list ? list.items : list;
}

export function replaceItems<T>(list: FactList<T>, items: readonly T[]): FactList<T> {
  return toFactList(items, findGap(list));
}

/**
 * Each element once, compared by everything that it says. Only elements of one `name` are compared,
 * so that the texts of all of them are not in memory at once.
 */
export function removeDuplicates<T extends object>(
  items: readonly T[],
  name: (item: T) => string,
): readonly T[] {
  const named = new Map<string, T | Map<string, T>>();
  return items.filter((item) => {
    const key = name(item);
    const same = named.get(key);
    if (same === undefined) {
      named.set(key, item);
      return true;
    }
    const texts = same instanceof Map ? same : new Map([[JSON.stringify(same), same]]);
    if (texts !== same) named.set(key, texts);
    const text = JSON.stringify(item);
    if (texts.has(text)) return false;
    texts.set(text, item);
    return true;
  });
}

export function createMissingFailure(why: string, remedy: string): Failure {
  return new Failure('FACT_UNKNOWN', why, remedy);
}

function findGap<T>(list: FactList<T>): Failure | null {
  if ('failure' in list) return list.failure;
  return 'rest' in list ? list.rest.failure : null;
}
