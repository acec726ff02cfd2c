import { ANYWHERE, type GraphQuestions, readOptions } from '../../../capabilities/graph/index.ts';
import {
  encodeAnswer,
  findQuestion,
  type PolicyTrialQuestion,
  type QuestionEntry,
} from '../../../capabilities/graph/questions/index.ts';
import { type Policy, parsePolicy } from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { attempt, orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { type TrialGraph, tryPolicy } from '../../compose/try-policy.ts';

export interface TrialPorts {
  readonly graph: GraphQuestions & TrialGraph;
  /** The policy to compare with; null if none is in force. */
  readonly inForce: () => Promise<Policy | null>;
  readonly now: () => Instant;
}

/** Tries the text of a policy. The answer is JSON. Rejects with a Failure. */
export async function answerTrial(
  { graph, inForce, now }: TrialPorts,
  question: PolicyTrialQuestion,
  policy: Uint8Array,
): Promise<object> {
  const candidate = orThrow(parsePolicy(orThrow(decodeUtf8(policy))));
  const { gate, place, asOf } = question;
  const trial = {
    gate: gate ?? 'admission',
    candidate,
    inForce: await readInForce(inForce),
    now: asOf ?? now(),
  };
  const tried = await tryPolicy(graph, trial, readOptions(question), place ?? ANYWHERE);
  return encodeAnswer(findTrial(), orThrow(tried));
}

/** A fault of our own policy is none of the policy that somebody sent. */
async function readInForce(inForce: TrialPorts['inForce']): Promise<Policy | null> {
  const read = await attempt(inForce);
  if (read.ok) return read.value;
  const { code, message, remedy } = read.failure;
  // mutant own-policy-blamed-on-the-request by questions/questions: condition -> true
  if (code !== 'POLICY_INVALID') throw read.failure;
  throw new Failure('CONFIG_INVALID', `the policy in force cannot be read: ${message}`, remedy);
}

function findTrial(): QuestionEntry {
  const entry = findQuestion('what-if');
  if (entry !== undefined) return entry;
  throw new Failure('INTERNAL', 'the questions lack what-if', 'Report this.');
}
