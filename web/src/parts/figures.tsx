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
  readonly rows: readonly {
    readonly key: string;
    readonly label: ReactNode;
    readonly count: number;
  }[];
}

const BARS_SHOWN = 8;

/** How an answer is spread, for people who look rather than read. The numbers stand beside it. */
export function Bars({ title, rows }: BarsProps) {
  const sorted = rows.toSorted((one, other) => other.count - one.count);
  const most = Math.max(1, sorted[0]?.count ?? 1);
  const rest = sorted.slice(BARS_SHOWN).reduce((sum, { count }) => sum + count, 0);
  if (rows.length === 0) return null;
  return (
    <section className="bars">
      <h2>{title}</h2>
      <ul>
        {sorted.slice(0, BARS_SHOWN).map(({ key, label, count }) => (
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
            <span className="label quiet">{sorted.length - BARS_SHOWN} others</span>
            <span className="bar" aria-hidden="true" />
            <span className="count">{rest}</span>
          </li>
        )}
      </ul>
    </section>
  );
}
