import type { Difference } from '../../../capabilities/graph/index.ts';

/** What a pair of values means. */
export function toChange(
  from: string | null,
  to: string | null,
): Pick<Difference, 'change' | 'from' | 'to'> {
  const change = from === null ? 'added' : to === null ? 'removed' : 'changed';
  return { change, from, to };
}
