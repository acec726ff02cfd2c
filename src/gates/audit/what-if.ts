import { parseRecord } from '../../capabilities/evidence/index.ts';
import type {
  JudgedSubject,
  JudgedSubjects,
  LastDecision,
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
  /** The facts of this digest that the gate recorded, or FACT_UNKNOWN. */
  readonly facts: (digest: Digest, gate: Gate) => Promise<Result<Facts>>;
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
  let seen: SeenPlaces = NOTHING_ASKED;
  do {
    const page: Result<JudgedSubjects> = await ports.judged(after);
    if (!page.ok) return page;
    const { subjects, next, ...places } = page.value;
    if (after === null) seen = places;
    for (const subject of subjects) {
      const tried = await trial.try(subject);
      if (!tried.ok) return failed(tried.failure);
    }
    after = next;
  } while (after !== null && trial.examined < LIMITS.whatIfSubjectsMax);
  // mutant what-if-list-not-whole: argument 2 -> false
  return ok({ ...trial.outcome(after !== null), ...seen });
}

/** How far it is known what runs; it stands on the first page. */
type SeenPlaces = Omit<JudgedSubjects, 'subjects' | 'next'>;

const NOTHING_ASKED: SeenPlaces = {
  ...{ undigested: [], undigestedMore: false },
  ...{ observed: null, silent: [], silentMore: false },
};

const DECISIONS_KEPT_MAX = 1_000;

/** Facts to try a policy on, and the decision that recorded them. */
interface FoundFacts {
  readonly facts: Result<Facts>;
  readonly decided: LastDecision | null;
}

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
    const { facts, decided } = await this.#findFacts(subject);
    const { inForce } = this.#question;
    const { decision, rules } = this.#judge(this.#question.candidate, facts, subject);
    const recorded = await this.#readRecorded(subject.last ?? decided);
    if (!recorded.ok) return failed(recorded.failure);
    const before =
      !facts.ok || inForce === null ? recorded.value : this.#decideToday(inForce, facts, subject);
    // mutant what-if-never-recorded: condition -> $ || !facts.ok
    if (before === decision) this.#unchanged[decision] += 1;
    else this.#lists[decision].push(toRow(subject, decided, { before, after: decision, rules }));
    return ok(null);
  }

  outcome(more: boolean): Omit<WhatIf, keyof SeenPlaces> {
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

  /**
   * The facts of the gate's own decision or, where it recorded none, of another gate that judged
   * the image: the newest that can be read.
   */
  async #findFacts({ last, others }: JudgedSubject): Promise<FoundFacts> {
    const decisions = last === null ? others : [last, ...others];
    // mutant what-if-own-gate-alone: value -> last === null ? [] : [last]
    for (const decided of decisions) {
      const facts = await this.#readFacts(decided);
      if (facts.ok) return { facts, decided };
    }
    const [decided = null] = decisions;
    return { facts: failed(createUnrecordedFailure(decided === null)), decided };
  }

  async #readFacts({ facts: digest, gate }: LastDecision): Promise<Result<Facts>> {
    if (digest === null) return failed(createUnrecordedFailure(false));
    const known = this.#facts.get(digest);
    if (known !== undefined) return known;
    const facts = await this.#ports.facts(digest, gate);
    const oldest = this.#facts.keys().next();
    if (this.#facts.size >= DECISIONS_KEPT_MAX && oldest.done !== true)
      this.#facts.delete(oldest.value);
    this.#facts.set(digest, facts);
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

  async #readRecorded(last: LastDecision | null): Promise<Result<PriorDecision>> {
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
  { image, running, releases }: JudgedSubject,
  decided: LastDecision | null,
  result: Pick<WhatIfRow, 'before' | 'after' | 'rules'>,
): WhatIfRow {
  const { facts = null, decidedAt = null, document: record = null, gate = null } = decided ?? {};
  return { image, running, releases, ...result, facts, decidedAt, decidedBy: gate, record };
}

function createUnrecordedFailure(never: boolean): Failure {
  const why = never
    ? 'no gate has decided about this image yet, so no facts were recorded'
    : 'its facts were not recorded';
  const remedy = 'Judge what was released and what runs, which records the facts: waybill audit.';
  return new Failure('FACT_UNKNOWN', why, remedy);
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
