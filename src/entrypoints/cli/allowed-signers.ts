import type { AllowedSigners } from '../../capabilities/signing/index.ts';
import { ok, type Result } from '../../core/result.ts';
import { loadCommitTrust } from '../config/commit-trust.ts';
import type { Config } from '../config/config.ts';
import type { Call } from './command.ts';
import { makePrintable } from './io.ts';

type Repository = Parameters<typeof loadCommitTrust>[0]['repository'];

/**
 * Who may sign the commits that a gate judges. Prints a note if this comes from the judged tree.
 */
export async function loadAllowedSigners(
  call: Call<{ readonly allowedSigners?: string | undefined }>,
  config: Config,
  repository: Repository,
): Promise<Result<AllowedSigners>> {
  const file = call.options.allowedSigners ?? null;
  const trust = await loadCommitTrust({ file, config, repository, cwd: call.io.cwd });
  if (!trust.ok) return trust;
  if (trust.value.isWithin && trust.value.from !== 'option')
    call.io.err(
      `note: ${makePrintable(trust.value.file)} is part of what is judged: anyone who can ` +
        'change it there can sign\n',
    );
  return ok(trust.value.signers);
}
