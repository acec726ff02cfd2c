import { type CommitSigners, NO_KEYRING } from '../../capabilities/signing/index.ts';
import { loadCommitTrust } from '../config/commit-trust.ts';
import type { Config } from '../config/config.ts';
import type { Call } from './command.ts';
import { makePrintable } from './io.ts';

type Repository = Parameters<typeof loadCommitTrust>[0]['repository'];
type SignerOptions = {
  readonly allowedSigners?: string | undefined;
  readonly keyring: readonly string[];
};

/**
 * Who may sign the commits that a gate judges. Prints a note if this comes from the judged tree.
 */
export async function loadCommitSigners(
  call: Call<SignerOptions>,
  config: Config,
  repository: Repository,
): Promise<CommitSigners> {
  const { allowedSigners: file = null, keyring: keyrings } = call.options;
  const namesRing = keyrings.length > 0 || config.keyrings.length > 0;
  const trust = await loadCommitTrust({ file, keyrings, config, repository, cwd: call.io.cwd });
  if (!trust.ok) return { ssh: trust, openpgp: namesRing ? trust : NO_KEYRING };
  const { allowed, keyrings: rings } = trust.value;
  for (const { file: path, isWithin, from } of [...(allowed === null ? [] : [allowed]), ...rings])
    if (isWithin && from !== 'option')
      call.io.err(
        `note: ${makePrintable(path)} is part of what is judged: anyone who can ` +
          'change it there can sign\n',
      );
  return trust.value.signers;
}
