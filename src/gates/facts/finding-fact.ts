import type { FindingFact } from '../../capabilities/policy/index.ts';
import type { Finding } from '../../capabilities/scanning/index.ts';
import type { RatingSource } from '../../core/severity.ts';

/** A finding as a fact. What is unknown of its exploitation is left out: there is no fact then. */
export function toFindingFact(finding: Finding): FindingFact {
  const { id, aliases, severity, status, component, name, version, fixed, kev, epss } = finding;
  const known = { id, aliases, severity, status, component, name, version, fixed };
  return {
    ...known,
    ...toRatingFacts(finding),
    ...(kev === null || kev === undefined ? {} : { kev: kev.listed }),
    ...(epss === null || epss === undefined ? {} : { epss: epss.score }),
  };
}

/** Whose the severity is; what nobody states is left out. */
export function toRatingFacts({
  score,
  vector,
  severitySource: source,
}: {
  readonly score: number | null;
  readonly vector: string | null;
  readonly severitySource?: RatingSource | null;
}): Pick<FindingFact, 'score' | 'vector' | 'severityBy'> {
  return {
    ...(score === null ? {} : { score }),
    ...(vector === null ? {} : { vector }),
    ...(source === null || source === undefined ? {} : { severityBy: source.by }),
  };
}
