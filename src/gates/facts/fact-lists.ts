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

/** Each element once, compared by everything that it says. */
export function removeDuplicates<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** What mends a document that nobody attached. */
export const ATTACH = 'Attach the document, signed by an identity that the trust document names.';

export function createMissingFailure(why: string, remedy: string): Failure {
  return new Failure('FACT_UNKNOWN', why, remedy);
}

function findGap<T>(list: FactList<T>): Failure | null {
  if ('failure' in list) return list.failure;
  return 'rest' in list ? list.rest.failure : null;
}
