import { parseRecord } from '../../capabilities/evidence/index.ts';
import type {
  JudgedSubject,
  JudgedSubjects,
  PolicyTrial,
  TrialRow,
} from '../../capabilities/graph/index.ts';
import { evaluate, type Facts, type Policy } from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Decision, Gate, RuleResult } from '../../core/verdict.ts';

export interface WhatIfPorts {
  /** A page of what the gate can be asked about; it begins after the marker. */
  readonly judged: (after: string | null) => Promise<Result<JudgedSubjects>>;
  /** The recorded facts of this digest, or FACT_UNKNOWN. */
  readonly facts: (digest: Digest) => Promise<Result<Facts>>;
  readonly body: (digest: Digest) => Promise<Result<Uint8Array>>;
}

export interface WhatIfQuestion {
  readonly gate: Gate;
  /** The policy, taken as enforcing in every mode: the question is what it would refuse. */
  readonly candidate: Policy;
  /** The policy to compare with; null: the decisions that were recorded. */
  readonly inForce: Policy | null;
  readonly now: Instant;
}

export type WhatIfRow = TrialRow;
export type WhatIf = PolicyTrial;

/**
 * `admitted` in observe mode too: nothing was refused. `never-judged`: there is no earlier decision
 * about it.
 */
export type PriorDecision = TrialRow['before'];

/**
 * Tries a policy on the recorded facts, with `now` as the moment: what it would newly refuse, admit
 * and leave undetermined. An image without recorded facts is undetermined; it is never left out.
 */
export async function runWhatIf(
  ports: WhatIfPorts,
  question: WhatIfQuestion,
): Promise<Result<WhatIf>> {
  const trial = new Trial(ports, question);
  let after: string | null = null;
  do {
    const page: Result<JudgedSubjects> = await ports.judged(after);
    if (!page.ok) return page;
    for (const subject of page.value.subjects) {
      const tried = await trial.try(subject);
      if (!tried.ok) return failed(tried.failure);
    }
    after = page.value.next;
  } while (after !== null && trial.examined < LIMITS.whatIfSubjectsMax);
  // mutant what-if-list-not-whole: argument 2 -> false
  return ok(trial.outcome(after !== null));
}

const DECISIONS_KEPT_MAX = 1_000;

class Trial {
  readonly #ports: WhatIfPorts;
  readonly #question: WhatIfQuestion;
  readonly #lists: Record<Decision, WhatIfRow[]> = { deny: [], allow: [], undetermined: [] };
  readonly #unchanged: Record<Decision, number> = { deny: 0, allow: 0, undetermined: 0 };
  /** Facts of the images that were tried last: replicas of one workload share them. */
  readonly #facts = new Map<Digest, Result<Facts>>();
  examined = 0;

  constructor(ports: WhatIfPorts, question: WhatIfQuestion) {
    this.#ports = ports;
    this.#question = question;
  }

  async try(subject: JudgedSubject): Promise<Result<null>> {
    this.examined += 1;
    const facts = await this.#readFacts(subject);
    const { inForce } = this.#question;
    const { decision, rules } = this.#judge(this.#question.candidate, facts, subject);
    const recorded = await this.#readRecorded(subject);
    if (!recorded.ok) return failed(recorded.failure);
    const before =
      !facts.ok || inForce === null ? recorded.value : this.#decideToday(inForce, facts, subject);
    // mutant what-if-never-recorded: condition -> $ || !facts.ok
    if (before === decision) this.#unchanged[decision] += 1;
    else this.#lists[decision].push(toRow(subject, before, decision, rules));
    return ok(null);
  }

  outcome(more: boolean): WhatIf {
    const { gate, inForce } = this.#question;
    return {
      gate,
      comparedWith: inForce === null ? 'recorded-decisions' : 'policy-in-force',
      newlyDenied: this.#lists.deny,
      newlyAllowed: this.#lists.allow,
      newlyUndetermined: this.#lists.undetermined,
      unchanged: this.#unchanged,
      examined: this.examined,
      more,
    };
  }

  async #readFacts({ last }: JudgedSubject): Promise<Result<Facts>> {
    if (last === null || last.facts === null) return failed(createUnrecordedFailure(last === null));
    const known = this.#facts.get(last.facts);
    if (known !== undefined) return known;
    const facts = await this.#ports.facts(last.facts);
    const oldest = this.#facts.keys().next();
    if (this.#facts.size >= DECISIONS_KEPT_MAX && oldest.done !== true)
      this.#facts.delete(oldest.value);
    this.#facts.set(last.facts, facts);
    return facts;
  }

  #judge(policy: Policy, facts: Result<Facts>, subject: JudgedSubject) {
    if (!facts.ok) return { decision: 'undetermined' as const, rules: [toOpenRule(facts.failure)] };
    const { gate, now } = this.#question;
    const { verdict } = evaluate(policy, { gate, facts: addWorkload(facts.value, subject), now });
    return {
      decision: verdict.decision,
      rules: verdict.results.filter(createRuleFilter(verdict.decision)),
    };
  }

  /** A policy in observe mode refuses nothing, whatever it decides. */
  #decideToday(inForce: Policy, facts: Result<Facts>, subject: JudgedSubject): PriorDecision {
    if (inForce.modes[this.#question.gate] === 'observe') return 'allow';
    return this.#judge(inForce, facts, subject).decision;
  }

  async #readRecorded({ last }: JudgedSubject): Promise<Result<PriorDecision>> {
    if (last === null) return ok('never-judged');
    const body = await this.#ports.body(last.document);
    if (!body.ok) return failed(body.failure);
    const decision = parseRecord('decision', body.value);
    if (!decision.ok) return failed(decision.failure);
    const { record } = decision.value;
    const observed = isJsonObject(record) && record['mode'] === 'observe';
    // mutant what-if-only-observed: argument -> $branch2
    return ok(observed ? 'allow' : last.decision);
  }
}

/**
 * The facts were gathered for the image, perhaps for another workload. Where it runs is known from
 * the graph.
 */
function addWorkload(facts: Facts, { running }: JudgedSubject): Facts {
  if (running === null) return facts;
  const { cluster, namespace, workload } = running;
  return { ...facts, workload: { cluster, namespace, kind: workload.kind, name: workload.name } };
}

/** For an allowed image no rule is shown; for others the enforcing rules that do not hold. */
function createRuleFilter(decision: Decision): (result: RuleResult) => boolean {
  const outcome = decision === 'deny' ? 'broken' : 'undetermined';
  return (result) => decision !== 'allow' && result.action === 'deny' && result.outcome === outcome;
}

function toRow(
  { image, running, releases, last }: JudgedSubject,
  before: PriorDecision,
  after: Decision,
  rules: readonly RuleResult[],
): WhatIfRow {
  const { facts = null, decidedAt = null, document: record = null } = last ?? {};
  return { image, running, releases, before, after, rules, facts, decidedAt, record };
}

function createUnrecordedFailure(never: boolean): Failure {
  const why = never
    ? 'there is no decision about this image yet, so no facts were recorded'
    : 'its facts were not recorded';
  return new Failure(
    'FACT_UNKNOWN',
    why,
    'Ask the gate once (waybill gate admission), or deploy the image again.',
  );
}

function toOpenRule({ code, message, remedy }: Failure): RuleResult {
  return {
    rule: 'recorded-facts',
    action: 'deny',
    outcome: 'undetermined',
    reason: code,
    message,
    fix: remedy,
  };
}
