import type { ProcessResult } from './processes.ts';

/**
 * Reads a gate's verdict from its output: `allow`, or `deny: RULE, RULE`. Every image or commit of
 * one call counts.
 */
export function verdictIn({ stdout, stderr, code }: ProcessResult): string {
  const text = `${stdout}\n${stderr}`;
  const decisions = [...text.matchAll(/^(allow|deny|undetermined) {2}/gm)].map(
    ([, word]) => word ?? '',
  );
  if (decisions.length === 0)
    return `no verdict, exit code ${code}: ${text.trim().slice(0, 2_000)}`;
  const decision = ['deny', 'undetermined', 'allow'].find((word) => decisions.includes(word)) ?? '';
  const agrees = code === (decision === 'allow' ? 0 : decision === 'deny' ? 1 : 3);
  const rules = brokenIn({ stdout, stderr });
  return `${decision}${rules === '' ? '' : `: ${rules}`}${agrees ? '' : `, but exit code ${code}`}`;
}

/** The rules that refuse, sorted. */
export function brokenIn({ stdout, stderr }: Pick<ProcessResult, 'stdout' | 'stderr'>): string {
  const lines = `${stdout}\n${stderr}`.matchAll(/^ {2}(?:broken|undetermined) +(\S+) \(deny\)/gm);
  return [...new Set([...lines].map(([, rule]) => rule ?? ''))].sort().join(', ');
}

/**
 * Returns `yes` when the command had the expected exit code and its output matches every pattern.
 * Otherwise it returns what is missing.
 */
export function shows(
  { stdout, stderr, code }: ProcessResult,
  expected: number,
  ...patterns: readonly RegExp[]
): string {
  const text = `${stdout}\n${stderr}`;
  const missing = patterns.filter((pattern) => !pattern.test(text)).map(String);
  if (code !== expected) return `exit code ${code}: ${text.trim().slice(0, 2_000)}`;
  return missing.length === 0
    ? 'yes'
    : `without ${missing.join(', ')}: ${text.trim().slice(0, 2_000)}`;
}

/** Reads the rows of the tables in an output, by the names in their heads. */
export function rowsIn(output: string): readonly Readonly<Record<string, string>>[] {
  let head: readonly string[] = [];
  const rows: Record<string, string>[] = [];
  for (const line of output.split('\n')) {
    const cells = line.trim().split(/ {2,}/);
    if (cells.length > 2 && cells.every((cell) => !/[a-z]/.test(cell))) head = cells;
    else if (cells.length === head.length)
      rows.push(Object.fromEntries(cells.map((cell, at) => [head[at] ?? '', cell])));
  }
  return rows;
}
