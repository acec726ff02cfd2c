import { type CommitSigners, NO_KEYRING, NO_ROOTS } from '../../capabilities/signing/index.ts';
import { loadCommitIdentities } from '../compose/commit-identities.ts';
import { loadCommitTrust } from '../config/commit-trust.ts';
import type { Config } from '../config/config.ts';
import type { Call } from './command.ts';
import { makePrintable } from './io.ts';

type Repository = Parameters<typeof loadCommitTrust>[0]['repository'];
type SignerOptions = {
  readonly allowedSigners?: string | undefined;
  readonly keyring: readonly string[];
  readonly commitRoot: readonly string[];
  readonly commitIdentity: readonly string[];
};

/**
 * Who may sign the commits that a gate judges. Prints a note if this comes from the judged tree.
 */
export async function loadCommitSigners(
  call: Call<SignerOptions>,
  config: Config,
  repository: Repository,
): Promise<CommitSigners> {
  const { allowedSigners: file = null, keyring: keyrings, commitRoot: roots } = call.options;
  const namesRing = keyrings.length + config.keyrings.length > 0;
  const namesRoot = roots.length + config.commitRoots.length > 0;
  const gitsign = await loadCommitIdentities(config, call.options.commitIdentity);
  const trust = await loadCommitTrust({
    ...{ file, keyrings, roots, config, repository, cwd: call.io.cwd },
    hasIdentities: gitsign.ok,
  });
  if (!trust.ok)
    return {
      ssh: trust,
      openpgp: namesRing ? trust : NO_KEYRING,
      x509: namesRoot ? trust : NO_ROOTS,
      gitsign,
    };
  const { allowed, keyrings: rings, roots: authorities } = trust.value;
  for (const { file: path, isWithin, from } of [
    ...(allowed === null ? [] : [allowed]),
    ...rings,
    ...authorities,
  ])
    if (isWithin && from !== 'option')
      call.io.err(
        `note: ${makePrintable(path)} is part of what is judged: anyone who can ` +
          'change it there can sign\n',
      );
  return { ...trust.value.signers, gitsign };
}
