import { type ReleaseFact, type Unknown, unknownFact } from '../capabilities/policy/index.ts';
import { Failure } from '../core/failure.ts';

/** Without a knowledge graph nobody knows which release an image belongs to. */
export function releaseUnknown(): ReleaseFact | Unknown {
  const remedy = 'Import the release: waybill release, or waybill graph import.';
  return unknownFact(
    new Failure('FACT_UNKNOWN', 'no knowledge graph says which release this image belongs to', remedy),
  );
}
