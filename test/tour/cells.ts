/** How far a step got, best last. */
export const STANDINGS = ['no', 'partial', 'full'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Cell {
  readonly standing: Standing;
  /** Why it is not `full`; empty where it is. */
  readonly why: string;
}

export const STEPS = ['init', 'scan', 'release', 'admission'] as const;
export type TourStep = (typeof STEPS)[number];

/** A row of the table: the steps that it has. */
export interface TourRow {
  readonly kind: 'repository' | 'image';
  readonly name: string;
  readonly cells: Readonly<Partial<Record<TourStep, Cell>>>;
}

export const FULL: Cell = { standing: 'full', why: '' };

/** The table of README, in Markdown. */
export function formatTable(rows: readonly TourRow[]): string {
  const lines = rows.map(({ name, cells }) => {
    const words = STEPS.map((step) => formatCell(cells[step]));
    return `| ${[name, ...words].join(' | ')} |`;
  });
  return `${['| what | init | scan | release | admission |', '|---|---|---|---|---|', ...lines].join('\n')}\n`;
}

function formatCell(cell: Cell | undefined): string {
  if (cell === undefined) return '–';
  return cell.standing === 'full' ? 'full' : `${cell.standing}: ${cell.why.replaceAll('|', '\\|')}`;
}

/** What is worse than it was; a row or a step that is missing is worse. */
export function listLosses(before: readonly TourRow[], now: readonly TourRow[]): readonly string[] {
  return before.flatMap(({ name, cells }) => {
    const row = now.find((one) => one.name === name);
    return STEPS.flatMap((step) => {
      const old = cells[step];
      if (old === undefined) return [];
      const next = row?.cells[step];
      if (next !== undefined && rank(next) >= rank(old)) return [];
      const found = next === undefined ? 'missing' : `${next.standing} (${next.why})`;
      return [`${name}: ${step} was ${old.standing} and is ${found}`];
    });
  });
}

function rank({ standing }: Cell): number {
  return STANDINGS.indexOf(standing);
}
