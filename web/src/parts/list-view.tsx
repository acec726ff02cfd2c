import type { ReactNode } from 'react';
import type { Fields } from '../api/ask.ts';
import { type PagedName, usePages } from '../api/pages.ts';
import type { Answers } from '../generated/answers.ts';
import { Tools } from './export.tsx';
import { More } from './more.tsx';
import { Answered } from './states.tsx';
import { type Column, listTexts, Table } from './table.tsx';

interface ListViewProps<N extends PagedName, R> {
  readonly name: N;
  readonly fields: Fields;
  readonly title: string;
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  readonly rows: (page: Answers[N]) => readonly R[];
  readonly none: string;
  /** What the first page says beside its rows. */
  readonly note?: (first: Answers[N]) => ReactNode;
}

/** A question whose answer is one table, page after page. */
export function ListView<N extends PagedName, R>({
  name,
  fields,
  title,
  note,
  ...table
}: ListViewProps<N, R>) {
  const loaded = usePages(name, fields);
  return (
    <>
      <h1>{title}</h1>
      <Answered loaded={loaded}>
        {(pages) => {
          const rows = pages.all.flatMap(table.rows);
          return (
            <>
              <Tools name={name} fields={fields} table={() => listTexts(table.columns, rows)} />
              {pages.exitCode === 3 && (
                <p className="missing">
                  Not everything is known: what is not listed may be so too.
                </p>
              )}
              {note?.(pages.first)}
              <Table
                caption={table.caption}
                columns={table.columns}
                rows={rows}
                none={pages.exitCode === 3 ? 'Nothing is known.' : table.none}
              />
              <More pages={pages} />
            </>
          );
        }}
      </Answered>
    </>
  );
}
