import { formatSigstoreSigner } from './sigstore-signer.ts';
import type { RepositoryPattern, TrustedSigner, TrustRule } from './trust-rule.ts';

/**
 * Two grants of the same: nobody could say which rule applies, and the end of one would change
 * nothing. Rules that follow each other in time do not overlap. Null where there is none.
 */
export function findOverlap(rules: readonly TrustRule[]): string | null {
  const grants = rules.map((rule) => ({ rule, signers: new Set(rule.signers.map(formatSigner)) }));
  for (const [at, { rule, signers }] of grants.entries()) {
    const twice = findRepetition(rule, signers);
    if (twice !== null) return `the rule ${rule.id} names ${twice} twice`;
    for (const other of grants.slice(0, at)) {
      const shared = findShared(other, { rule, signers });
      if (shared !== null) return shared;
    }
  }
  return null;
}

interface Grant {
  readonly rule: TrustRule;
  readonly signers: ReadonlySet<string>;
}

function findShared(one: Grant, other: Grant): string | null {
  const signer = [...one.signers].find((text) => other.signers.has(text));
  const kind = one.rule.statements.find((statement) => other.rule.statements.includes(statement));
  if (signer === undefined || kind === undefined) return null;
  // mutant rules-that-follow-each-other by trust-windows: condition -> false
  if (!meetInTime(one.rule, other.rule)) return null;
  for (const pattern of one.rule.repositories) {
    // mutant rules-of-other-repositories by trust-windows: argument -> () => true
    if (!other.rule.repositories.some((second) => meet(pattern, second))) continue;
    const where = `${pattern.path}${pattern.kind === 'below' ? '/*' : ''}`;
    return (
      `the rules ${one.rule.id} and ${other.rule.id} both let ${signer} state ${kind} ` +
      `about ${where}`
    );
  }
  return null;
}

function findRepetition(rule: TrustRule, signers: ReadonlySet<string>): string | null {
  if (signers.size < rule.signers.length) return 'a signer';
  if (new Set(rule.statements).size < rule.statements.length) return 'a statement';
  const { repositories } = rule;
  const nested = repositories.find((one, at) =>
    repositories.some((other, below) => below < at && meet(one, other)),
  );
  return nested === undefined ? null : `the repositories of ${nested.path}`;
}

function formatSigner(signer: TrustedSigner): string {
  if (signer.kind === 'certificate') return signer.thumbprint;
  if (signer.kind !== 'subject') return formatSigstoreSigner(signer);
  const parts = [...signer.identity].map(([type, value]) => JSON.stringify(`${type}=${value}`));
  return `${parts.sort().join()} of ${signer.trustStore}`;
}

function meet(one: RepositoryPattern, other: RepositoryPattern): boolean {
  if (one.kind === 'exact' && other.kind === 'exact') return one.path === other.path;
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(inner: RepositoryPattern, outer: RepositoryPattern): boolean {
  if (outer.kind !== 'below') return false;
  return (
    inner.path.startsWith(`${outer.path}/`) || (inner.kind === 'below' && inner.path === outer.path)
  );
}

function meetInTime(one: TrustRule, other: TrustRule): boolean {
  const [start, end] = [one, other].map(({ since, until }) => [
    since ?? -Infinity,
    until ?? Infinity,
  ]);
  return Math.max(start?.[0] ?? 0, end?.[0] ?? 0) < Math.min(start?.[1] ?? 0, end?.[1] ?? 0);
}
