import { ok, type Result } from '../../core/result.ts';
import {
  type Advisory,
  type AdvisoryIndex,
  type AdvisoryMatch,
  isInForce,
  matchAdvisory,
  measureMatching,
} from '../advisories/index.ts';
import type { PackageAddress } from '../ecosystems/index.ts';
import type { MatchMeter } from './match-meter.ts';

export interface RecordMatch {
  readonly record: Advisory;
  readonly match: AdvisoryMatch;
}

export interface MatchedRecords {
  readonly said: readonly RecordMatch[];
  /** The meter was spent before all records were matched. */
  readonly isCut: boolean;
}

/** The records in force that name the package, and what each says about the version. */
export async function matchRecords(
  address: PackageAddress,
  index: AdvisoryIndex,
  meter?: MatchMeter,
): Promise<Result<MatchedRecords>> {
  const said: RecordMatch[] = [];
  for (const ecosystem of address.ecosystems) {
    const found = await index.find(ecosystem, address.name);
    // mutant failed-lookup-is-not-no-finding: branch -> continue;
    if (!found.ok) return found;
    for (const record of found.value.filter(isInForce)) {
      // mutant package-matched-without-an-end by match-meter: condition -> false
      if (meter !== undefined && meter.left <= 0) {
        meter.isSpent = true;
        return ok({ said, isCut: true });
      }
      if (meter !== undefined) meter.left -= measureMatching(address, record);
      said.push({ record, match: matchAdvisory(address, record) });
      await index.breathe?.();
    }
  }
  return ok({ said, isCut: false });
}
