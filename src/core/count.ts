/**
 * A number with its noun: `1 component`, `2 components`, `0 libraries`.
 *
 * @example formatCount(1, 'library', 'libraries') // '1 library'
 */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
