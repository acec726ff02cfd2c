import { type ReactNode, useState } from 'react';

export interface Column<R> {
  readonly title: string;
  /** What is sorted and exported. */
  readonly text: (row: R) => string;
  /** What is shown; absent: the text. */
  readonly show?: (row: R) => ReactNode;
}

interface TableProps<R> {
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly none?: string;
  /** Rows that are shown at once; the others on demand. */
  readonly shown?: number;
}

const SHOWN = 100;

/** A table that can be sorted by each column; in a narrow window each row is a block. */
export function Table<R>({ caption, columns, rows, none = 'none', shown = SHOWN }: TableProps<R>) {
  const [sort, setSort] = useState<{ at: number; down: boolean } | null>(null);
  const [limit, setLimit] = useState(shown);
  const column = sort === null ? undefined : columns[sort.at];
  const sorted =
    sort === null || column === undefined
      ? rows
      : rows.toSorted(
          (one, other) => compareTexts(column.text(one), column.text(other)) * (sort.down ? -1 : 1),
        );
  if (rows.length === 0) return <p className="quiet">{none}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section className="wide" tabIndex={0} aria-label={caption}>
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ title }, at) => (
                <th
                  key={title}
                  scope="col"
                  aria-sort={sort?.at !== at ? 'none' : sort.down ? 'descending' : 'ascending'}
                >
                  <button
                    type="button"
                    onClick={() => setSort({ at, down: sort?.at === at && !sort.down })}
                  >
                    {title}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, limit).map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own
              <tr key={at}>
                {columns.map((one) => (
                  <td key={one.title} data-title={one.title}>
                    {one.show === undefined ? one.text(row) || '–' : one.show(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > limit && (
        <button type="button" onClick={() => setLimit(limit + SHOWN)}>
          Show more of {rows.length}
        </button>
      )}
    </>
  );
}

function compareTexts(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** The same table as texts. */
export function listTexts<R>(columns: readonly Column<R>[], rows: readonly R[]) {
  return {
    headers: columns.map(({ title }) => title.toUpperCase()),
    rows: rows.map((row) => columns.map(({ text }) => text(row))),
  };
}
