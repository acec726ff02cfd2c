import { type Instant, parseInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { isCve } from '../alias-groups.ts';
import type { EpssScore, ThreatData } from './threat.ts';

const HEADER = 'cve,epss,percentile';

/** Whether a file begins as the scores of FIRST do. */
export function isEpss(start: string): boolean {
  return start.startsWith('#model_version:') || start.startsWith(`${HEADER}\n`);
}

/**
 * The scores of the Exploit Prediction Scoring System, as FIRST publishes them each day: a comment
 * (`#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z`), a header and one row for each
 * CVE. A row that cannot be read refuses the file: it may be cut off.
 */
export function readEpss(text: string): Result<ThreatData> {
  const lines = text.split('\n', LIMITS.threatEntriesMax + 4);
  const [first = ''] = lines;
  const rows = first.startsWith('#') ? lines.slice(1) : lines;
  if (rows[0]?.trim() !== HEADER) return malformed(`the header is not ${HEADER}`);
  // mutant epss-cut-off by read-threats: remove
  if (rows.at(-1)?.trim() !== '') return malformed('it does not end with a line end');
  const entries: EpssScore[] = [];
  for (const row of rows.slice(1, -1)) {
    const entry = readRow(row.trim());
    // mutant epss-row-passed-over by read-threats: branch -> continue;
    if (entry === null) return malformed(`row ${entries.length + 1} is not a CVE and two numbers`);
    entries.push(entry);
  }
  if (entries.length === 0) return malformed('it scores nothing');
  if (entries.length > LIMITS.threatEntriesMax) return malformed('it has too many rows');
  return ok({ kind: 'epss', entries, ...readComment(first) });
}

function readComment(line: string): {
  readonly version: string | null;
  readonly at: Instant | null;
} {
  const find = (name: string): string | null =>
    line
      .replace(/^#/, '')
      .split(',')
      .map((part) => part.trim())
      .find((part) => part.startsWith(`${name}:`))
      ?.slice(name.length + 1) ?? null;
  const at = line.startsWith('#') ? parseDate(find('score_date') ?? '') : null;
  const version = line.startsWith('#') ? find('model_version')?.slice(0, 100) || null : null;
  return { version, at };
}

/** FIRST has written a day, `Z` and `+0000`. */
function parseDate(text: string): Instant | null {
  const full = text.length === 10 ? `${text}T00:00:00Z` : text.replace(/\+00:?00$/, 'Z');
  const at = parseInstant(full);
  return at.ok ? at.value : null;
}

function readRow(row: string): EpssScore | null {
  const [cve = '', score = '', percentile = '', ...rest] = row.split(',');
  if (rest.length > 0 || !isCve(cve)) return null;
  const [one, other] = [readShare(score), readShare(percentile)];
  return one === null || other === null
    ? null
    : { cve: cve.toUpperCase(), score: one, percentile: other };
}

/** A number from 0 to 1, also as `9.4e-4`. */
function readShare(text: string): number | null {
  if (!/^[0-9]{1,2}(?:[.][0-9]{1,25})?(?:[eE]-[0-9]{1,2})?$/.test(text)) return null;
  const share = Number(text);
  return share >= 0 && share <= 1 ? share : null;
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `not scores of EPSS: ${why}`, 'Take the file from its publisher again.');
}
