import { formatInstant, type Instant, toInstant } from '../../../core/instant.ts';
import { formatPackageVersion, parsePackagePurl } from '../../../core/package-purl.ts';
import type { Finding } from '../scan.ts';
import type { VexClaim, VexClaims, VexOpinions, VexTarget } from './vex-claims.ts';
import type { FindingVex, VexRemark, VexSource } from './vex-remark.ts';
import { excludes } from './vex-statement.ts';

export type { VexSource } from './vex-remark.ts';

/** The findings of a scan as VEX leaves them, and what somebody should look at. */
export interface VexJudgement {
  /** All of them: one that is excluded stays, with who says so. */
  readonly findings: readonly Finding[];
  /** By component and id, each once. */
  readonly remarks: readonly VexRemark[];
}

/** Beyond this many, a document is about something else. */
const REMARKS_MAX = 1_000;

/**
 * Applies statements to findings. `target` gives the places by which a statement may name the
 * image.
 */
export function judgeFindings(
  found: readonly Finding[],
  claims: VexClaims<VexSource>,
  { now, ...target }: Omit<VexTarget, 'purl'> & { readonly now: Instant },
): VexJudgement {
  const remarks = new Map<string, VexRemark>();
  const findings = found.map((finding): Finding => {
    const names = [finding.id, ...finding.aliases];
    const opinions = claims.examine(names, { ...target, purl: finding.component }, now);
    for (const remark of listRemarks(finding, opinions, now))
      if (remarks.size < REMARKS_MAX) remarks.set(JSON.stringify(remark), remark);
    const { last } = opinions;
    if (last === null) return finding;
    const vex = describe(last);
    return excludes(last.statement)
      ? { ...finding, status: 'not_affected', vex }
      : { ...finding, vex };
  });
  return { findings, remarks: [...remarks.values()] };
}

function describe({ statement, source }: VexClaim<VexSource>): FindingVex {
  const { status, justification, origin, at } = statement;
  const { format, author } = origin;
  return { status, justification, ...source, format, author, at: at === 0 ? null : toInstant(at) };
}

function listRemarks(
  finding: Finding,
  { last, about, elsewhere }: VexOpinions<VexSource>,
  now: Instant,
): readonly VexRemark[] {
  const remark = (
    kind: VexRemark['kind'],
    { source }: VexClaim<VexSource>,
    why: string,
  ): VexRemark => ({ kind, id: finding.id, component: finding.component, why, ...source });
  const remarks = about
    .filter(({ statement }) => statement.at > now)
    .map((claim) => remark('future', claim, 'it is dated in the future, and does not count yet'));
  for (const claim of elsewhere)
    remarks.push(remark('stale', claim, explainVersion(finding, claim)));
  if (last === null) return remarks;
  // mutant vex-that-contradicts-unsaid by judge-findings: condition -> true
  for (const claim of about) {
    const isOther = excludes(claim.statement) !== excludes(last.statement);
    if (claim.statement.at <= now && isOther)
      remarks.push(remark('contradiction', claim, explainContradiction(claim, last)));
  }
  if (!excludes(last.statement)) return remarks;
  if (last.statement.justification === 'component_not_present')
    remarks.push(remark('contradiction', last, 'it says that the component is absent; it is here'));
  const { modified } = finding;
  // mutant vex-older-than-the-advisory-unsaid by judge-findings: condition -> false
  if (modified !== undefined && modified !== null && last.statement.at < modified)
    remarks.push(
      remark('stale', last, `an advisory changed after it, at ${formatInstant(modified)}`),
    );
  return remarks;
}

function explainContradiction(one: VexClaim<VexSource>, last: VexClaim<VexSource>): string {
  const { by, document } = last.source;
  return (
    `it says ${one.statement.status}${formatMoment(one)}, but ${by} says ` +
    `${last.statement.status}${formatMoment(last)} in ${document}, which counts`
  );
}

function formatMoment({ statement: { at } }: VexClaim<VexSource>): string {
  return at === 0 ? ' without a date' : ` at ${formatInstant(toInstant(at))}`;
}

function explainVersion({ name, version }: Finding, claim: VexClaim<VexSource>): string {
  const purls = (claim.statement.products ?? []).flatMap(({ purl }) => purl ?? []);
  const versions = new Set(
    purls.flatMap((purl) => {
      const parts = parsePackagePurl(purl);
      return parts.ok && parts.value.name === name ? formatPackageVersion(parts.value) : [];
    }),
  );
  const meant = [...versions].slice(0, 3).join(', ') || 'other versions';
  return `it is about ${name} ${meant}; ${version} is here`;
}
