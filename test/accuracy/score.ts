/** How matches of one ecosystem agree with an oracle. */
export interface Score {
  readonly ecosystem: string;
  /** Package versions, or labels, that were compared. */
  readonly asked: number;
  /** Whether a matcher reads the ecosystem. */
  readonly isMatched: boolean;
  readonly found: number;
  /** What the oracle has and we do not, each on one line. */
  readonly missed: readonly string[];
  /** What we have and the oracle does not. */
  readonly extra: readonly string[];
  /** Those that were looked up, and are right: named-extras.ts. */
  readonly named?: readonly string[];
}

const SHOWN = 5;

export function formatTable(scores: readonly Score[]): string {
  const rows = scores.map(({ ecosystem, asked, isMatched, found, missed, extra, named = [] }) => [
    ecosystem,
    String(asked),
    String(found),
    String(missed.length),
    String(extra.length),
    String(named.length),
    isMatched ? formatShare(found, missed.length) : 'not matched',
    formatShare(found, extra.length),
  ]);
  const all = [
    ['ECOSYSTEM', 'ASKED', 'FOUND', 'MISSED', 'EXTRA', 'NAMED', 'RECALL', 'PRECISION'],
    ...rows,
  ];
  const widths = (all[0] ?? []).map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
  const details = scores.flatMap(({ missed, extra }) => [
    ...missed.slice(0, SHOWN).map((one) => `  missed: ${one}`),
    ...extra.slice(0, SHOWN).map((one) => `  extra:  ${one}`),
  ]);
  return `${[...lines.map((line) => line.trimEnd()), ...details].join('\n')}\n`;
}

function formatShare(right: number, wrong: number): string {
  return right + wrong === 0 ? '-' : `${((100 * right) / (right + wrong)).toFixed(1)} %`;
}
