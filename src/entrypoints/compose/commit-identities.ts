import {
  type GitsignTrust,
  NO_IDENTITIES,
  readSigstoreSigner,
  type TrustedSigstoreSigner,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { loadRoots } from './trust.ts';

/** The trusted root that an identity of the command line is under. */
const ROOT = 'public';

/**
 * Whose identities of sigstore may sign commits: each `IDENTITY=ISSUER` of the command line, else
 * `commitIdentities` of the configuration.
 */
export async function loadCommitIdentities(
  config: Config,
  named: readonly string[],
): Promise<Result<GitsignTrust>> {
  const stated = named.length > 0 ? named.map(splitIdentity) : config.commitIdentities;
  if (stated.length === 0) return failed(NO_IDENTITIES);
  const identities: TrustedSigstoreSigner[] = [];
  for (const one of stated) {
    const signer = readSigstoreSigner(one);
    if (!signer.ok) return signer;
    // mutant commit-identity-that-is-a-key by cli-commits: condition -> false
    if (signer.value.kind === 'sigstore-key')
      return failed(
        new Failure('CONFIG_INVALID', 'commitIdentities names a public key', 'Name an identity.'),
      );
    identities.push(signer.value);
  }
  const names = identities.flatMap(({ trustedRoot }) => trustedRoot ?? []);
  const roots = await loadRoots(config, [...new Set(names)]);
  return ok({ identities, trust: { roots, keys: [] }, now: toInstant(Date.now()) });
}

/** At the last `=` before an address: identities of workflows may have others. */
function splitIdentity(text: string) {
  const at = text.lastIndexOf('=https://');
  if (at < 1)
    throw new Failure(
      'USAGE',
      `${JSON.stringify(text.slice(0, 200))} is no identity with its issuer`,
      'Write it like alice@example.com=https://accounts.example.com.',
    );
  return { identity: text.slice(0, at), issuer: text.slice(at + 1), trustedRoot: ROOT };
}
