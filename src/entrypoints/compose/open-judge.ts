import type { Evaluation } from '../../capabilities/policy/index.ts';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import { toInstant } from '../../core/instant.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { type DecisionEvent, type DocumentsInForce, VerdictDesk } from '../../gates/desk/index.ts';
import type { Config } from '../config/config.ts';
import { openAdvisories } from './advisories.ts';
import { loadPolicy } from './policy.ts';
import { createUnknownRelease } from './release-facts.ts';
import { loadTrust } from './trust.ts';

/** What one command judges by: read once, closed at the end. */
export interface Judge {
  readonly inForce: DocumentsInForce;
  readonly close: () => void;
}

export async function openJudge(config: Config): Promise<Result<Judge>> {
  const policy = await loadPolicy(config);
  if (!policy.ok) return policy;
  const trust = await loadTrust(config);
  if (!trust.ok) return failed(trust.failure);
  const { index, close } = await openAdvisories(config);
  const inForce = {
    policy: policy.value,
    trust: trust.value,
    advisories: index,
    advisoriesRevision: index.info().version,
  };
  return ok({ inForce, close });
}

/** A desk that decides by one judge, over one source; `decided` hears every evaluation. */
export function createDesk(
  source: ArtifactSource,
  judge: Judge,
  decided: (decided: DecisionEvent) => void = () => undefined,
): VerdictDesk {
  return new VerdictDesk({
    source,
    inForce: async () => ok(judge.inForce),
    release: async () => createUnknownRelease(),
    now: () => toInstant(Date.now()),
    deadline: (ms) => AbortSignal.timeout(ms),
    decided,
    counted: { verified: () => undefined, cached: () => undefined },
  });
}

export type { Evaluation };
