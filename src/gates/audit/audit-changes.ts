import type { DecisionEvidence } from '../../capabilities/evidence/index.ts';
import type { Policy } from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { FAILURES } from '../../core/failure.ts';
import { formatInstant, type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import type { Decision, RuleOutcome, RuleResult } from '../../core/verdict.ts';

/** What an audit decided by, apart from policy and facts. It is stored with the decision. */
export type Basis = NonNullable<DecisionEvidence['basis']>;

/** What changed since the last audit, and why. */
export type Change =
  | {
      readonly kind: 'decision';
      readonly from: Decision;
      readonly to: Decision;
      readonly causes: readonly string[];
    }
  | {
      readonly kind: 'rule';
      readonly rule: string;
      readonly from: RuleOutcome | 'not asked';
      readonly to: RuleOutcome | 'not asked';
      readonly causes: readonly string[];
    }
  | {
      readonly kind: 'finding';
      readonly id: string;
      readonly component: string;
      readonly severity: string;
      readonly isNew: boolean;
      /** The severity at the last audit; null for a finding that was unknown then. */
      readonly was: string | null;
    }
  | { readonly kind: 'tag'; readonly from: Digest | null; readonly to: Digest };

export interface CurrentJudgement {
  readonly results: readonly RuleResult[];
  readonly decision: Decision;
  readonly basis: Basis;
  readonly policy: Policy;
  readonly now: Instant;
}

/** What changed since `last`, each with its causes as far as the two audits show them. */
export function listChangesSince(last: DecisionEvidence, now: CurrentJudgement): readonly Change[] {
  const findings = listFindingChanges(last.basis, now);
  const rules = listRuleChanges(last, now, findings);
  const tag = findTagChange(last.basis, now.basis);
  const to = now.decision;
  const causes = [...new Set(rules.flatMap((one) => (one.kind === 'rule' ? one.causes : [])))];
  const decided: Change[] =
    last.decision === to ? [] : [{ kind: 'decision', from: last.decision, to, causes }];
  return [...decided, ...rules, ...findings, ...(tag === null ? [] : [tag])];
}

function listRuleChanges(
  last: DecisionEvidence,
  now: CurrentJudgement,
  findings: readonly Change[],
): readonly Change[] {
  const before = readOutcomes(last.record);
  const today = new Map(now.results.map((one) => [one.rule, one]));
  return [...new Set([...before.keys(), ...today.keys()])].flatMap((rule): Change[] => {
    const [then, result] = [before.get(rule), today.get(rule)];
    if (then?.outcome === result?.outcome) return [];
    const causes = findCauses({ rule, then, result, last, now, findings });
    return [
      {
        kind: 'rule',
        rule,
        from: then?.outcome ?? 'not asked',
        to: result?.outcome ?? 'not asked',
        causes,
      },
    ];
  });
}

interface PastOutcome {
  readonly outcome: RuleOutcome;
  readonly reason: string;
}

function readOutcomes(record: JsonValue): ReadonlyMap<string, PastOutcome> {
  const results =
    isJsonObject(record) && Array.isArray(record['results'])
      ? (record['results'] as readonly JsonValue[])
      : [];
  return new Map(
    results.flatMap((one) => {
      if (!isJsonObject(one) || typeof one['rule'] !== 'string') return [];
      return [
        [
          one['rule'],
          { outcome: one['outcome'] as RuleOutcome, reason: String(one['reason']) },
        ] as const,
      ];
    }),
  );
}

interface RuleChange {
  readonly rule: string;
  readonly then: PastOutcome | undefined;
  readonly result: RuleResult | undefined;
  readonly last: DecisionEvidence;
  readonly now: CurrentJudgement;
  readonly findings: readonly Change[];
}

const CAUSES_MAX = 10;

function findCauses(asked: RuleChange): readonly string[] {
  const { rule, then, result, last, now, findings } = asked;
  const reads = listReads(now.policy, rule);
  const touches = (...names: readonly string[]) =>
    reads === null || names.some((name) => reads.has(name));
  const causes: string[] = [];
  if (isFailure(result?.reason))
    causes.push(`the evidence could not be read, so it ${result?.message ?? 'is unknown'}`);
  else if (isFailure(then?.reason))
    causes.push('what was unknown at the last audit is known again');
  if (touches('findings')) causes.push(...findings.map(describeFinding));
  if (last.policy !== now.policy.digest) causes.push(describePolicyChange(last, now.policy));
  if (
    last.basis !== undefined &&
    last.basis.trust.digest !== now.basis.trust.digest &&
    touches('signatures', 'artifacts', 'sbom', 'scan', 'provenance', 'findings', 'components')
  )
    causes.push(
      `trust changed: revision ${last.basis.trust.revision} then, ${now.basis.trust.revision} now`,
    );
  if (touches('advisories') && last.basis?.advisories.version !== now.basis.advisories.version)
    causes.push(describeAdvisories(now.basis));
  const lapsed = findLapse(last.record, now.now);
  if (lapsed !== null && touches('now', 'signatures', 'artifacts', 'scan', 'sbom', 'advisories'))
    causes.push(`time passed: the last decision held until ${formatInstant(lapsed)}`);
  if (causes.length === 0) causes.push('the evidence that is attached to the image has changed');
  return causes.slice(0, CAUSES_MAX);
}

/** Whether it is a code of the catalogue of failures, and not an outcome of a rule. */
function isFailure(reason: string | undefined): boolean {
  return reason !== undefined && Object.hasOwn(FAILURES, reason);
}

/**
 * The facts that the rule reads. Null for an id that is no rule of this policy: then any fact may
 * be the cause.
 */
function listReads({ rules }: Policy, id: string): ReadonlySet<string> | null {
  const rule = rules.find((one) => one.id === id);
  return rule === undefined ? null : new Set(rule.require.reads);
}

function describeFinding(change: Change): string {
  if (change.kind !== 'finding') return '';
  const { id, component, severity, isNew, was } = change;
  if (!isNew) return `${id} in ${component} does not apply any more`;
  return was === null
    ? `new: ${id} (${severity}) in ${component}`
    : `${id} in ${component} was ${was} and is ${severity}`;
}

function describePolicyChange({ record }: DecisionEvidence, { name, revision }: Policy): string {
  const policy = isJsonObject(record) && isJsonObject(record['policy']) ? record['policy'] : {};
  return (
    `policy changed: ${String(policy['name'])} revision ${String(policy['revision'])} then, ` +
    `${name} revision ${revision} now`
  );
}

function describeAdvisories({ advisories }: Basis): string {
  const { updatedAt } = advisories;
  return updatedAt === null
    ? 'the advisory data has changed'
    : `the advisory data is now of ${formatInstant(updatedAt)}`;
}

/** When the last decision stopped holding by time alone; null while it holds. */
function findLapse(record: JsonValue, now: Instant): Instant | null {
  const text = isJsonObject(record) ? record['validUntil'] : null;
  const until = typeof text === 'string' ? parseInstant(text) : null;
  return until?.ok === true && until.value <= now ? until.value : null;
}

/**
 * Compares findings only where both audits knew them: a finding that could not be looked up has not
 * gone away.
 */
function listFindingChanges(
  last: Basis | undefined,
  { basis, results }: CurrentJudgement,
): readonly Change[] {
  if (last === undefined) return [];
  const formatKey = ({ id, component }: Basis['findings'][number]) => `${id} ${component}`;
  const then = new Map(last.findings.map((one) => [formatKey(one), one.severity]));
  const today = new Set(basis.findings.map(formatKey));
  const came = basis.findings.flatMap((one): Change[] => {
    const was = then.get(formatKey(one)) ?? null;
    return was === one.severity ? [] : [{ kind: 'finding', ...one, isNew: true, was }];
  });
  if (results.some(({ reason }) => isFailure(reason))) return came;
  const gone = last.findings.filter((one) => !today.has(formatKey(one)));
  return [
    ...came,
    ...gone.map((one): Change => ({ kind: 'finding', ...one, isNew: false, was: one.severity })),
  ];
}

function findTagChange(last: Basis | undefined, { tagDigest: to }: Basis): Change | null {
  const from = last?.tagDigest ?? null;
  return to === null || from === null || from === to ? null : { kind: 'tag', from, to };
}
