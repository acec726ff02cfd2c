import { type Ask, type GraphQuestions, parseSelector } from '../../capabilities/graph/index.ts';
import { parseDigest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { parseInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

type Query = Readonly<Record<string, string>>;
export type Questions = (question: string, query: Query) => Promise<object>;

const KNOWN = [
  'component',
  'vulnerability',
  'image',
  'asOf',
  'knownAt',
  'signedBy',
  'owner',
  'since',
  'limit',
  'after',
];

/** The questions of `waybill ask`, by the same names. */
export function questionsOf(graph: GraphQuestions): Questions {
  return async (question, query) => {
    const unknown = Object.keys(query).find((name) => !KNOWN.includes(name));
    if (unknown !== undefined) throw new Failure('USAGE', `unknown parameter ${unknown}`, `Use ${KNOWN.join(', ')}.`);
    const ask = askOf(query);
    switch (question) {
      case 'releases':
        return orThrow(await graph.releasesWith(orThrow(parseSelector(query['component'] ?? '')), ask));
      case 'exposure':
        return orThrow(await graph.exposure(query['vulnerability'] ?? '', ask));
      case 'where':
        return orThrow(await graph.where(orThrow(parseDigest(query['image'] ?? '')), ask));
      case 'findings':
        return orThrow(await graph.findingsOf(orThrow(parseDigest(query['image'] ?? '')), ask));
      case 'provenance':
        return orThrow(await graph.provenanceOf(orThrow(parseDigest(query['image'] ?? '')), ask));
      case 'verdicts':
        return orThrow(await graph.verdictsOf(orThrow(parseDigest(query['image'] ?? '')), ask));
      default:
        throw new Failure(
          'NOT_FOUND',
          `no question is called ${question}`,
          'Ask releases, exposure, where, findings, provenance or verdicts.',
        );
    }
  };
}

function askOf(query: Query): Ask {
  const moment = (name: string) => {
    const text = query[name];
    return text === undefined ? null : orThrow(parseInstant(text));
  };
  const rowsMax = Number(query['limit'] ?? 100);
  if (!Number.isInteger(rowsMax) || rowsMax < 1 || rowsMax > LIMITS.pageRowsMax) {
    throw new Failure('USAGE', 'limit is no page size', `Write a number from 1 to ${LIMITS.pageRowsMax}.`);
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
