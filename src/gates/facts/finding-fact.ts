import type { FindingFact } from '../../capabilities/policy/index.ts';
import type { Finding } from '../../capabilities/scanning/index.ts';

/** A finding as a fact. What is unknown of its exploitation is left out: there is no fact then. */
export function toFindingFact(finding: Finding): FindingFact {
  const { id, aliases, severity, status, component, name, version, fixed, kev, epss } = finding;
  const known = { id, aliases, severity, status, component, name, version, fixed };
  return {
    ...known,
    ...(kev === null || kev === undefined ? {} : { kev: kev.listed }),
    ...(epss === null || epss === undefined ? {} : { epss: epss.score }),
  };
}
