/** The IDs in the first column of a table: `| N18 | …` and `|attack G3|…`. */
export function idsOfTable(markdown: string): string[] {
  const rows = markdown.matchAll(/^\| ?((?:attack )?[A-Z]{1,2}[0-9]{1,2}) ?\|/gm);
  return [...rows].flatMap(([, id]) => (id === undefined ? [] : [qualified(id)]));
}

const LETTERS = '(?:GS|[DBPOGIXNSA])';
const MENTION = new RegExp(
  '(?<![A-Za-z0-9#§.])(attack ' +
    `)?(${LETTERS})([0-9]{1,2})(?:[–-](?:${LETTERS})?([0-9]{1,2}))?(?![A-Za-z0-9])`,
  'g',
);

/**
 * The IDs that a title names, with ranges expanded. `G1`–`G9` are requirements unless `attack`
 * precedes them. From G10 on there are only attacks (docs/reference/contracts.md).
 *
 * @example idsIn('N29–N31, attack G3: …') // ['N29', 'N30', 'N31', 'attack G3']
 */
export function idsIn(title: string): string[] {
  const found = [...title.matchAll(MENTION)].flatMap(
    ([, attack = '', letters = '', first = '', last = first]) =>
      range(Number(first), Number(last)).map((number) => qualified(`${attack}${letters}${number}`)),
  );
  return [...new Set(found)];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(1, last - first + 1) }, (_, step) => first + step);
}

/** One spelling for one ID: attacks on gates always say so. */
function qualified(id: string): string {
  return /^G[0-9]{2}$/.test(id) ? `attack ${id}` : id;
}
