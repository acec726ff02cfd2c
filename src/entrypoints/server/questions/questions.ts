import { isAhead, type LogStamp } from '../../../capabilities/evidence/index.ts';
import type { GraphQuestions } from '../../../capabilities/graph/index.ts';
import {
  encodeAnswer,
  findQuestion,
  listFields,
  type PolicyTrialQuestion,
  QUESTIONS,
  type QuestionEntry,
  readQuestion,
} from '../../../capabilities/graph/questions/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { orThrow } from '../../../core/result.ts';

type Query = Readonly<Record<string, string>>;

export interface AskedAnswer {
  /** The answer as its published JSON. */
  readonly json: object;
  /**
   * The exit code of the same question on the command line: 3 means that something could not be
   * judged. Null for what-if.
   */
  readonly exitCode: 0 | 1 | 3 | null;
  /** An entry of the log with a time that is yet to come: times of the answer may be wrong. */
  readonly ahead?: LogStamp | null;
}

export type QuestionHandler = (
  question: string,
  query: Query,
  body?: Uint8Array,
) => Promise<AskedAnswer>;

export interface QuestionPorts {
  readonly graph: GraphQuestions;
  /** Tries the policy of a request. The answer is JSON. Rejects with a Failure. */
  readonly tryPolicy: (question: PolicyTrialQuestion, policy: Uint8Array) => Promise<object>;
  /** The entry of the log with the latest time; absent: it is not asked for. */
  readonly readLatest?: () => Promise<LogStamp | null>;
  readonly now?: () => Instant;
}

/**
 * The questions of `waybill ask`, by the same names. What-if takes the policy as the body of a
 * POST.
 */
export function createQuestionHandler(ports: QuestionPorts): QuestionHandler {
  const { graph, tryPolicy } = ports;
  let trying = false;
  return async (name, query, body) => {
    const entry = requireKnown(name, query);
    // `image` is the old name of a subject, from when it could not be a release.
    const text = (field: string): string | undefined =>
      getOwn(query, field) ?? (field === 'subject' ? query['image'] : undefined);
    const question = await readQuestion(entry, { text, label: (field) => field });
    if (question.name !== 'what-if') {
      const answer = orThrow(await graph.ask(question));
      return {
        json: await encodeAnswer(entry, answer),
        // By the view of the command line, so that both say the same.
        exitCode: (await entry.loadView()).pickExitCode?.(answer) ?? 0,
        ahead: await findAhead(ports),
      };
    }
    // It looks at everything that runs. Only one at a time, so that threads stay free for
    // admissions.
    // mutant what-if-one-at-a-time: remove
    if (trying)
      throw new Failure(
        'STORE_LOCKED',
        'another what-if question is in progress',
        'Try again when it has ended.',
      );
    trying = true;
    try {
      const json = await tryPolicy(question, requirePolicy(body));
      return { json, exitCode: null, ahead: await findAhead(ports) };
    } finally {
      trying = false;
    }
  };
}

async function findAhead({ readLatest, now }: QuestionPorts): Promise<LogStamp | null> {
  const latest = (await readLatest?.()) ?? null;
  // mutant answer-of-a-clock-ahead by questions/questions: condition -> false
  if (latest !== null && now !== undefined && isAhead(latest, now())) return latest;
  return null;
}

/** A parameter that a question does not have is refused, never ignored. */
function requireKnown(name: string, query: Query): QuestionEntry {
  const entry = findQuestion(name);
  if (entry === undefined) {
    const remedy = `Ask ${QUESTIONS.map((question) => question.name).join(', ')}.`;
    throw new Failure('NOT_FOUND', `there is no question ${name}`, remedy);
  }
  const taken = listQueryFields(entry);
  const unknown = Object.keys(query).find((field) => !taken.includes(field));
  // mutant question-parameter-unknown: remove
  if (unknown !== undefined) {
    throw new Failure('USAGE', `${name} has no parameter ${unknown}`, `Use ${taken.join(', ')}.`);
  }
  const twice = Object.entries(query).find(([, value]) => typeof value !== 'string');
  // mutant question-parameter-twice: remove
  if (twice !== undefined)
    throw new Failure('USAGE', `${twice[0]} is given more than once`, 'Write it once.');
  return entry;
}

function listQueryFields({ parameters }: QuestionEntry): readonly string[] {
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    if (parameter.type === 'policy') return [];
    const fields = listFields(name, parameter).map((field) => field.name);
    return name === 'subject' ? ['image', ...fields] : fields;
  });
}

/** The policy of the request, before anything reads it. */
function requirePolicy(body?: Uint8Array): Uint8Array {
  if (body === undefined || body.length === 0) {
    throw new Failure(
      'USAGE',
      'there is no policy to try',
      'POST the policy document as the body.',
    );
  }
  // mutant what-if-policy-limit: remove
  if (body.length > LIMITS.configBytesMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the policy has more than ${LIMITS.configBytesMax} bytes`,
      'Shorten it.',
    );
  }
  return body;
}
