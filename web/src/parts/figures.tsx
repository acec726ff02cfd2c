import type { ReactNode } from 'react';

export interface Figure {
  readonly count: number;
  readonly more?: boolean;
  readonly noun: string;
  readonly kind?: 'bad' | 'open' | 'good';
}

/** The counts of an answer, large. */
export function Figures({ list }: { readonly list: readonly Figure[] }) {
  return (
    <dl className="figures">
      {list.map(({ count, more, noun, kind }) => (
        <div key={noun} className={count === 0 ? 'zero' : (kind ?? '')}>
          <dt>{noun}</dt>
          <dd>
            {count}
            {more === true ? '+' : ''}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface BarsProps {
  readonly title: string;
  /** The rows are in an order of their own, such as that of time. */
  readonly isOrdered?: boolean;
  readonly rows: readonly {
    readonly key: string;
    readonly label: ReactNode;
    readonly count: number;
  }[];
}

const BARS_SHOWN = 8;
const DAYS_SHOWN = 31;

/** How an answer is spread, for people who look rather than read. The numbers stand beside it. */
export function Bars({ title, rows, isOrdered = false }: BarsProps) {
  const sorted = isOrdered ? rows : rows.toSorted((one, other) => other.count - one.count);
  const shown = isOrdered ? DAYS_SHOWN : BARS_SHOWN;
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const rest = sorted.slice(shown).reduce((sum, { count }) => sum + count, 0);
  if (rows.length === 0) return null;
  return (
    <section className="bars">
      <h2>{title}</h2>
      <ul>
        {sorted.slice(0, shown).map(({ key, label, count }) => (
          <li key={key}>
            <span className="label">{label}</span>
            <span className="bar" aria-hidden="true">
              <span style={{ inlineSize: `${(100 * count) / most}%` }} />
            </span>
            <span className="count">{count}</span>
          </li>
        ))}
        {rest > 0 && (
          <li>
            <span className="label quiet">{sorted.length - shown} others</span>
            <span className="bar" aria-hidden="true" />
            <span className="count">{rest}</span>
          </li>
        )}
      </ul>
    </section>
  );
}
