import { ok, type Result } from '../../core/result.ts';
import {
  type Advisory,
  type AdvisoryIndex,
  type AdvisoryMatch,
  isInForce,
  matchAdvisory,
  measureMatching,
  RECORD_STEPS,
} from '../advisories/index.ts';
import { listAddresses, type PackageAddress } from '../ecosystems/index.ts';
import type { MatchMeter } from './match-meter.ts';

export interface RecordMatch {
  /** The name under which the record has the package. */
  readonly address: PackageAddress;
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
  for (const one of listAddresses(address))
    for (const ecosystem of one.ecosystems) {
      const matched = await matchIn(ecosystem, one, { said, index, meter });
      if (!matched.ok) return matched;
      if (matched.value === 'cut') return ok({ said, isCut: true });
    }
  return ok({ said, isCut: false });
}

interface Matching {
  readonly said: RecordMatch[];
  readonly index: AdvisoryIndex;
  readonly meter: MatchMeter | undefined;
}

async function matchIn(
  ecosystem: string,
  address: PackageAddress,
  { said, index, meter }: Matching,
): Promise<Result<'whole' | 'cut'>> {
  const recordsMax = meter === undefined ? undefined : countReadable(meter.left);
  // mutant all-records-of-a-package-at-once by match-meter: argument 3 -> undefined
  const found = await index.find(ecosystem, address.name, recordsMax);
  // mutant failed-lookup-is-not-no-finding: branch -> return ok('whole');
  if (!found.ok) return found;
  for (const record of found.value) {
    // mutant package-matched-without-an-end by match-meter: condition -> false
    if (meter !== undefined && meter.left <= 0) {
      meter.isSpent = true;
      return ok('cut');
    }
    // mutant withdrawn-records-cost-nothing by match-meter: it -> if (isInForce(record)) { $ }
    if (meter !== undefined) meter.left -= RECORD_STEPS;
    if (!isInForce(record)) continue;
    const match = matchAdvisory(address, record);
    if (meter !== undefined) meter.left -= measureMatching(address, record, match);
    said.push({ address, record, match });
    await index.breathe?.();
  }
  return ok('whole');
}

/** How many records a lookup reads: with one more than these steps are enough for. */
function countReadable(stepsLeft: number): number {
  return Math.ceil(stepsLeft / RECORD_STEPS) + 1;
}
