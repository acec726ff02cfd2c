import type { Environment } from '../../../system/processes/child-environment.ts';
import type { Check } from '../set-up/check.ts';
import { checkCommitSigning } from '../set-up/check-repository.ts';
import { readGitSettings } from '../set-up/git-settings.ts';

/**
 * Whether commits that are made in a folder are signed, as `waybill doctor` says it. Null where the
 * folder is in no work tree, or git does not answer.
 */
export async function askCommitSigning(
  folder: string,
  env: Environment,
): Promise<Pick<Check, 'status' | 'message' | 'fix'> | null> {
  const settings = await readGitSettings(folder, env);
  if (!settings.ok || settings.value.topLevel === null) return null;
  const { status, message, fix } = checkCommitSigning(settings.value);
  return { status, message, fix };
}
