import type { DeclaredDependency, Fix, Step } from '../../capabilities/ecosystems/index.ts';
import type { Finding } from '../../capabilities/scanning/index.ts';
import { toOneLine } from '../../core/one-line.ts';
import { groupFindingsByPurl, type SourceAnalysis } from '../../gates/source/index.ts';
import type { AskedFixes } from './asked-fixes.ts';

/**
 * The findings of a tree that no planner named, neither as fixed nor as left: what stays, where it
 * is, and why nothing here changes it.
 */
export function listOpenFindings(
  reading: SourceAnalysis,
  fixes: readonly Fix[],
  asked: AskedFixes,
): readonly Step[] {
  const said = fixes.flatMap(({ steps, open }) => [...steps, ...open].map(({ what }) => what));
  const text = said.join('\n');
  const declared = Map.groupBy(reading.declared.dependencies, ({ purl }): string => purl ?? '');
  const isRelocked = fixes.some(({ commands }) => commands.length > 0);
  return [...groupFindingsByPurl(reading)].flatMap(([purl, findings]): readonly Step[] => {
    const { name = purl, version = '' } = findings[0] ?? {};
    // mutant fix-silent-about-a-finding by fix-applied: value -> []
    const open = findings.filter(
      (one) => asked.hasFinding(one) && !(text.includes(one.id) && text.includes(name)),
    );
    const [first, ...others] = open;
    if (first === undefined) return [];
    const own = declared.get(purl) ?? [];
    const place = findPlace(own, reading, purl);
    const why = explain(own, isRelocked);
    const what = `${name} ${version}: ${describeFindings([first, ...others])}; ${why}`;
    return [{ place, what: toOneLine(what, 1_000) }];
  });
}

function findPlace(
  [declared]: readonly DeclaredDependency[],
  { inventory }: SourceAnalysis,
  purl: string,
): string {
  if (declared !== undefined) return `${declared.place.file}:${declared.place.line}`;
  const component = inventory.components.find((one) => one.purl === purl);
  return toOneLine(component?.locations[0] ?? purl);
}

const NAMED_MAX = 10;

function describeFindings(findings: readonly Finding[]): string {
  const ids = [...new Set(findings.map(({ id }) => id))];
  const named = ids.slice(0, NAMED_MAX).join(', ');
  const rest = ids.length > NAMED_MAX ? ` and ${ids.length - NAMED_MAX} more` : '';
  const fixed = [...new Set(findings.flatMap((one) => one.fixed))].slice(0, NAMED_MAX);
  const unsure = findings.every(({ status }) => status === 'unknown')
    ? ', of which it is unknown whether they apply'
    : '';
  const versions = fixed.length > 0 ? ` (fixed in ${fixed.join(', ')})` : ' (no fix is known)';
  return `${named}${rest}${versions}${unsure}`;
}

function explain([declared]: readonly DeclaredDependency[], isRelocked: boolean): string {
  if (declared === undefined)
    return 'no file declares it that waybill fix can change: replace or remove it there';
  return isRelocked
    ? 'the lock has this version until it is written again'
    : 'waybill fix cannot change it there: set a fixed version, or change what needs it';
}

/** Why there may be more to fix than was found; null if everything was read and looked up. */
export function describeGap(reading: SourceAnalysis): Step | null {
  const { declared, inventory, report } = reading;
  const [problem] = declared.problems;
  const [other] = declared.notLookedAt;
  const [skip] = inventory.skips;
  const [missing] = report.notCovered;
  const why =
    problem?.cause.message ??
    (other === undefined ? null : `${other.kind} dependencies are not examined`) ??
    (inventory.outcome === 'complete' ? null : (skip?.cause.message ?? 'not all was read')) ??
    (report.outcome === 'complete' ? null : (missing?.why ?? 'not all was looked up'));
  if (why === null) return null;
  const place = problem?.location ?? other?.places[0] ?? skip?.location ?? missing?.place ?? '.';
  return { place: toOneLine(place), what: toOneLine(`there may be more to fix: ${why}`) };
}
