import {
  type GraphQuestions,
  type PlaceFilter,
  parseSelector,
  parseSubject,
  type QuestionOptions,
  type Subject,
} from '../../../capabilities/graph/index.ts';
import { type Policy, parsePolicy } from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import { GATES } from '../../../core/verdict.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { type TrialGraph, tryPolicy } from '../../compose/try-policy.ts';

type Query = Readonly<Record<string, string>>;
export type QuestionHandler = (
  question: string,
  query: Query,
  body?: Uint8Array,
) => Promise<object>;

const NARROWING = ['asOf', 'knownAt', 'signedBy', 'owner', 'since'] as const;
const PAGE = ['limit', 'after'] as const;
const PLACE = ['cluster', 'region', 'namespace'] as const;
const SUBJECT = ['image', 'subject'] as const;

/** What each question takes; a parameter that means nothing to it is refused, never ignored. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  releases: ['component', ...NARROWING, ...PAGE],
  exposure: ['vulnerability', ...NARROWING, ...PAGE],
  where: [...SUBJECT, ...PLACE, ...NARROWING, ...PAGE],
  why: [...SUBJECT, 'component', 'knownAt', 'signedBy'],
  findings: [...SUBJECT, 'knownAt', 'signedBy', ...PAGE],
  provenance: [...SUBJECT, ...NARROWING, ...PAGE],
  verdicts: [...SUBJECT, 'since', 'signedBy', 'asOf', 'knownAt', ...PAGE],
  violations: [...SUBJECT, ...PLACE, ...NARROWING, ...PAGE],
  'what-if': ['gate', ...PLACE, ...NARROWING],
};

export interface QuestionPorts {
  readonly graph: GraphQuestions & TrialGraph;
  /** What a policy is compared with; null where none is in force. */
  readonly inForce: () => Promise<Result<Policy> | null>;
  readonly now: () => Instant;
}

/**
 * The questions of `waybill ask`, by the same names. What-if takes the policy as the body of a
 * POST.
 */
export function createQuestionHandler(ports: QuestionPorts): QuestionHandler {
  const { graph } = ports;
  let trying = false;
  return async (question, query, body) => {
    requireKnown(question, query);
    const ask = readAsk(query);
    const component = () => orThrow(parseSelector(query['component'] ?? ''));
    switch (question) {
      case 'releases':
        return orThrow(await graph.releasesWith(component(), ask));
      case 'exposure':
        return orThrow(await graph.exposure(query['vulnerability'] ?? '', ask));
      case 'where':
        return orThrow(await graph.where(readOptionalSubject(query), ask, readPlace(query)));
      case 'why':
        return orThrow(await graph.why(readSubject(query), component(), ask));
      case 'findings':
        return orThrow(await graph.listFindings(readSubject(query), ask));
      case 'provenance':
        return orThrow(await graph.findProvenance(readSubject(query), ask));
      case 'verdicts':
        return orThrow(await graph.listVerdicts(readSubject(query), ask));
      case 'violations':
        return orThrow(
          await graph.listViolations(readOptionalSubject(query), ask, readPlace(query)),
        );
      default:
        // It looks at all that runs: one at a time, so that admissions find their threads free.
        if (trying)
          throw new Failure(
            'STORE_LOCKED',
            'another policy is being tried',
            'Try again when it is done.',
          );
        trying = true;
        return answerWhatIf(ports, query, ask, body).finally(() => (trying = false));
    }
  };
}

function requireKnown(question: string, query: Query): void {
  const taken = Object.hasOwn(TAKES, question) ? TAKES[question] : undefined;
  if (taken === undefined) {
    const remedy = `Ask ${Object.keys(TAKES).join(', ')}.`;
    throw new Failure('NOT_FOUND', `no question is called ${question}`, remedy);
  }
  const unknown = Object.keys(query).find((name) => !taken.includes(name));
  if (unknown !== undefined) {
    throw new Failure(
      'USAGE',
      `${question} takes no parameter ${unknown}`,
      `Use ${taken.join(', ')}.`,
    );
  }
  const twice = Object.entries(query).find(([, value]) => typeof value !== 'string');
  if (twice !== undefined)
    throw new Failure('USAGE', `${twice[0]} stands more than once`, 'Write it once.');
}

async function answerWhatIf(
  ports: QuestionPorts,
  query: Query,
  ask: QuestionOptions,
  body?: Uint8Array,
): Promise<object> {
  if (body === undefined || body.length === 0) {
    throw new Failure(
      'USAGE',
      'there is no policy to try',
      'POST the policy document as the body.',
    );
  }
  if (body.length > LIMITS.configBytesMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the policy has over ${LIMITS.configBytesMax} bytes`,
      'Shorten it.',
    );
  }
  const gate = GATES.find((known) => known === (query['gate'] ?? 'admission'));
  if (gate === undefined)
    throw new Failure('USAGE', 'there is no such gate', `Use ${GATES.join(', ')}.`);
  const candidate = orThrow(parsePolicy(orThrow(decodeUtf8(body))));
  const applies = await ports.inForce();
  const inForce = applies === null ? null : orThrow(applies);
  const now = ask.asOf ?? ports.now();
  return orThrow(
    await tryPolicy(ports.graph, { gate, candidate, inForce, now }, ask, readPlace(query)),
  );
}

function readSubject(query: Query): Subject {
  return orThrow(parseSubject(query['subject'] ?? query['image'] ?? ''));
}

function readOptionalSubject(query: Query): Subject | null {
  return query['subject'] === undefined && query['image'] === undefined ? null : readSubject(query);
}

function readPlace(query: Query): PlaceFilter {
  const { cluster = null, region = null, namespace = null } = query;
  return { cluster, region, namespace };
}

function readAsk(query: Query): QuestionOptions {
  const moment = (name: string) => {
    const text = query[name];
    return text === undefined ? null : orThrow(parseInstant(text));
  };
  const rowsMax = Number(query['limit'] ?? 100);
  if (!Number.isInteger(rowsMax) || rowsMax < 1 || rowsMax > LIMITS.pageRowsMax) {
    throw new Failure(
      'USAGE',
      'limit is no page size',
      `Write a number from 1 to ${LIMITS.pageRowsMax}.`,
    );
  }
  return {
    asOf: moment('asOf'),
    knownAt: moment('knownAt'),
    signedBy: query['signedBy'] ?? null,
    owner: query['owner'] ?? null,
    since: moment('since'),
    page: { rowsMax, after: query['after'] ?? null },
  };
}
