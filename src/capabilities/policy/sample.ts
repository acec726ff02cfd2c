import { Failure } from '../../core/failure.ts';
import { type Facts, makePartialList, PartialList, UnknownFact } from './facts.ts';

/**
 * Findings from the bundled sample of advisories, or from data of unknown origin, are incomplete:
 * what they name is a problem, what they do not name is unknown. So the sample never satisfies an
 * enforcing gate.
 */
export function removeSample(facts: Facts, sampleCounts: boolean): Facts {
  const { findings, advisories } = facts;
  if (findings === undefined || findings instanceof UnknownFact || findings instanceof PartialList)
    return facts;
  const source =
    advisories === undefined || advisories instanceof UnknownFact ? null : advisories.source;
  if (source === 'imported' || (sampleCounts && source === 'sample')) return facts;
  const what = source === 'sample' ? 'is the bundled sample' : 'is of unknown origin';
  const failure = new Failure(
    'FACT_UNKNOWN',
    `the advisory data ${what}, which cannot show that a vulnerability is absent`,
    'Get advisories: waybill advisories update. Without a network: waybill advisories import.',
  );
  return { ...facts, findings: makePartialList(findings, failure) };
}
