import { setTimeout as pause } from 'node:timers/promises';
import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput, Receipt } from '../../capabilities/evidence/index.ts';
import type { ArtifactTarget } from '../../capabilities/registry/index.ts';
import type { SigningKey } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import { type RescanOutcome, rescanImage } from '../../phases/build/index.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';
import { version } from './version.ts';

/** What scans of published images are made with; the same for a command and for a server. */
export interface RescanMeans {
  readonly key: SigningKey;
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  readonly append: (
    inputs: readonly EvidenceInput[],
    at: Instant,
  ) => Promise<Result<readonly Receipt[]>>;
}

/** A scan against a handful of samples would look like a fresh one. */
export function requireImportedAdvisories(advisories: AdvisoryIndex): void {
  // mutant rescan-by-the-sample by rescan: condition -> true
  if (advisories.info().source === 'imported') return;
  throw new Failure(
    'FACT_UNKNOWN',
    'no advisories are imported, and a scan by the bundled sample proves nothing',
    'Get advisories first: waybill advisories update, or waybill advisories import FILE.',
  );
}

/**
 * Scans images again and records each scan as soon as it is attached, one after the other. If
 * recording fails, the failure says that the scan is attached.
 */
export function createRescanner({ key, trust, advisories, append }: RescanMeans) {
  const tool = { name: 'waybill', version: version() };
  const now = (): Instant => toInstant(Date.now());
  const ports = { key, trust, advisories, tool, now, reading: readWithinBudget, pause };
  let recording: Promise<unknown> = Promise.resolve();
  return async (
    reference: ImageReference,
    target: ArtifactTarget,
    signal: AbortSignal,
  ): Promise<Result<RescanOutcome>> => {
    const outcome = await rescanImage(reference, { ...ports, target }, { signal });
    if (!outcome.ok) return outcome;
    const recorded = recording.then(() => append(outcome.value.evidence, outcome.value.scannedAt));
    recording = recorded.catch(() => undefined);
    const stored = await recorded;
    if (stored.ok) return ok(outcome.value);
    const { code, message, remedy } = stored.failure;
    const what = `the scan is attached, but it could not be recorded: ${message}`;
    return failed(new Failure(code, what, remedy, { cause: stored.failure }));
  };
}
