import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../../capabilities/policy/index.ts';
import { ok, type Result } from '../../core/result.ts';
import { isBelow } from '../../system/files/is-below.ts';
import type { Config } from '../config/config.ts';
import { loadPolicy } from './policy.ts';

/** The principals that may sign commits of others, and the source that names them. */
export interface MergeSigners {
  readonly principals: readonly string[];
  /** The policy that was read; null if there is none. */
  readonly policy: string | null;
  /**
   * The policy is in the work tree that is verified: anyone who can change it there can name a
   * signer.
   */
  readonly isWithin: boolean;
}

/**
 * `mergeSigners` of the policy in force, and those of the options. There is no policy only if none
 * is configured and the default path has none; a policy that is configured and absent, or broken,
 * is a failure.
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
