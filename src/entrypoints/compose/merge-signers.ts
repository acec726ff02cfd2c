import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../../capabilities/policy/index.ts';
import { ok, type Result } from '../../core/result.ts';
import { isBelow } from '../../system/files/is-below.ts';
import type { Config } from '../config/config.ts';
import { loadPolicy } from './policy.ts';

/** The principals that may sign what others wrote, and who says so. */
export interface MergeSigners {
  readonly principals: readonly string[];
  /** The policy that was read; null where there is none. */
  readonly policy: string | null;
  /** The policy lies in the work tree that is verified: who may change it there may name one. */
  readonly isWithin: boolean;
}

/**
 * `mergeSigners` of the policy in force, and those that were named by hand. Only that nobody wrote
 * a policy where the default one lies is no policy; one that is named and absent, or broken, is a
 * failure.
 */
export async function loadMergeSigners(
  config: Config,
  named: readonly string[],
  topLevel: string | null,
): Promise<Result<MergeSigners>> {
  const policy = await loadPolicy(config);
  const isUnwritten = !policy.ok && policy.failure.code === 'FILE_NOT_FOUND' && isDefault(config);
  if (isUnwritten) return ok({ principals: named, policy: null, isWithin: false });
  if (!policy.ok) return policy;
  const principals = [...new Set([...listNamedSigners(policy.value), ...named])];
  const isWithin =
    topLevel !== null && isBelow(realpathSync(config.policy), realpathSync(topLevel));
  return ok({ principals, policy: config.policy, isWithin });
}

function isDefault({ policy, home }: Config): boolean {
  return policy === join(home, 'policy.yaml');
}

function listNamedSigners({ parameters }: Policy): readonly string[] {
  const named = parameters.values['mergeSigners'];
  return Array.isArray(named) ? (named as readonly string[]) : [];
}
