import { toInstant } from '../../core/instant.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { type DeskPorts, type DocumentsInForce, VerdictDesk } from '../../gates/desk/index.ts';
import type { Config } from '../config/config.ts';
import { openAdvisories } from './advisories.ts';
import { loadPolicy } from './policy.ts';
import { openRego } from './rego.ts';
import { loadTrust } from './trust.ts';

/** What a verdict is based on: read once, closed at the end. */
export interface Judge {
  readonly inForce: DocumentsInForce;
  readonly close: () => void;
}

/**
 * Policy, trust and advisories as they are on the disk now, for a command or a server. A server
 * opens the index as it is: it catches up elsewhere, because a review must not wait for that.
 */
export async function openJudge(config: Config, open = openAdvisories): Promise<Result<Judge>> {
  const policy = await loadPolicy(config);
  if (!policy.ok) return policy;
  const trust = await loadTrust(config);
  if (!trust.ok) return failed(trust.failure);
  const { index, close } = await open(config);
  const inForce = {
    policy: policy.value,
    trust: trust.value,
    advisories: index,
    advisoriesRevision: index.info().version,
    rego: openRego(config),
  };
  return ok({ inForce, close });
}

const NOBODY: Pick<DeskPorts, 'decided' | 'counted'> = {
  decided: () => undefined,
  counted: { verified: () => undefined, cached: () => undefined },
};

/**
 * The desk that decides at admission, for a command or a server. Without `decided` and `counted`,
 * its work is not reported.
 */
export function createDesk(
  ports: Pick<DeskPorts, 'source' | 'inForce' | 'graph'> &
    Partial<Omit<DeskPorts, 'source' | 'inForce' | 'graph' | 'now'>>,
): VerdictDesk {
  return new VerdictDesk({
    ...NOBODY,
    deadline: (ms) => AbortSignal.timeout(ms),
    ...ports,
    now: () => toInstant(Date.now()),
  });
}
