import { attempt } from '../../../core/result.ts';
import { type Evaluation, evaluate } from '../evaluate.ts';
import type { Policy } from '../policy.ts';
import type { Question } from '../question.ts';
import { buildRegoModule, buildRegoQuery } from './build-query.ts';
import { createEngineFailure } from './judge-rego.ts';
import type { RegoEngine } from './port.ts';
import { readRegoAnswers } from './read-answers.ts';

/**
 * Evaluates the rules of both languages with the same facts, into one verdict and one record. Where
 * the engine fails, each rule in Rego is undetermined, with the cause.
 */
export async function evaluateAll(
  policy: Policy,
  question: Question,
  engine: RegoEngine | null,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const rules = policy.rego?.rules.filter((rule) => rule.gates[question.gate] !== undefined) ?? [];
  if (policy.rego === null || rules.length === 0) return evaluate(policy, question);
  const { bundle } = policy.rego;
  const asked = await attempt(async () => {
    if (engine === null) throw createEngineFailure();
    const module = buildRegoModule(rules);
    const reads = await engine.listReads(bundle, module, signal);
    if (!reads.ok) throw reads.failure;
    const query = buildRegoQuery(policy, question, module, reads.value);
    const answer = await engine.evaluate(bundle, query, signal);
    if (!answer.ok) throw answer.failure;
    const answers = readRegoAnswers(answer.value, rules);
    if (!answers.ok) throw answers.failure;
    return answers.value;
  });
  return evaluate(policy, { ...question, rego: asked });
}
