import { type FactList, partialList } from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';

/** Lists of facts that may lack elements: what is left out is carried along, never forgotten (foundation 1). */

export function wholeOrPartial<T>(items: readonly T[], gap: Failure | null): FactList<T> {
  return gap === null ? items : partialList(items, gap);
}

export function joined<T>(lists: readonly FactList<T>[]): FactList<T> {
  const open = lists.map(gapIn).find((gap) => gap !== null);
  return wholeOrPartial(lists.flatMap(itemsOf), open ?? null);
}

export function itemsOf<T>(list: FactList<T>): readonly T[] {
  if ('failure' in list) return [];
  return 'rest' in list ? list.items : list;
}

export function withItems<T>(list: FactList<T>, items: readonly T[]): FactList<T> {
  return wholeOrPartial(items, gapIn(list));
}

/** Each once, by everything that it says. */
export function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

export function missing(why: string): Failure {
  return new Failure('FACT_UNKNOWN', why, 'Attach the document, signed by an identity that the trust document names.');
}

function gapIn<T>(list: FactList<T>): Failure | null {
  if ('failure' in list) return list.failure;
  return 'rest' in list ? list.rest.failure : null;
}
