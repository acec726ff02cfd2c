import { isAbsolute, resolve } from 'node:path';
import {
  type AllowedSigners,
  addRevokedKeys,
  parseAllowedSigners,
} from '../../capabilities/signing/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, fail, ok, type Result } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { isBelow } from '../../system/files/is-below.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import type { Config } from './config.ts';

/** Who may sign commits here, and which setting says so. It is shown with every verdict. */
export interface CommitTrust {
  readonly signers: AllowedSigners;
  readonly file: string;
  readonly from: 'option' | 'waybill.yaml' | 'git';
  /** The file is in the work tree that is verified: anyone who can change it there can sign. */
  readonly isWithin: boolean;
  readonly revokedBy: readonly string[];
}

/** What is needed from a git repository; src/adapters/git implements it. */
export interface ConfiguredRepository {
  readonly topLevel: string | null;
  readSettings(
    name: string,
    type?: 'path' | 'bool',
  ): Promise<Result<readonly { readonly scope: string; readonly value: string }[]>>;
}

export interface CommitTrustOptions {
  /** --allowed-signers, or null. */
  readonly file: string | null;
  readonly config: Pick<Config, 'allowedSigners' | 'file'>;
  readonly repository: ConfiguredRepository;
  readonly cwd: string;
}

/**
 * The file of allowed signers: the option, else `allowedSigners` of the configuration, else git's
 * `gpg.ssh.allowedSignersFile`. The last counts only in the settings of the user or the machine: a
 * repository does not choose whom we trust. Keys in git's `gpg.ssh.revocationFile` are always
 * removed, whichever settings name the file.
 */
export async function loadCommitTrust(asked: CommitTrustOptions): Promise<Result<CommitTrust>> {
  const chosen = await chooseFile(asked);
  if (!chosen.ok) return chosen;
  const { file, from } = chosen.value;
  const bytes = await attempt(() => readFileBounded(file, LIMITS.configBytesMax));
  if (!bytes.ok) return bytes;
  const text = decodeUtf8(bytes.value);
  if (!text.ok) return text;
  const listed = parseAllowedSigners(text.value);
  if (!listed.ok) return listed;
  const { topLevel } = asked.repository;
  const isWithin = topLevel !== null && isBelow(file, topLevel);
  return revokeKeys(asked, { signers: listed.value, file, from, isWithin, revokedBy: [] });
}

type ChosenFile = Pick<CommitTrust, 'file' | 'from'>;

async function chooseFile({
  file,
  config,
  repository,
  cwd,
}: CommitTrustOptions): Promise<Result<ChosenFile>> {
  if (file !== null) return ok({ file: resolve(cwd, file), from: 'option' });
  if (config.allowedSigners !== null)
    return ok({ file: config.allowedSigners, from: 'waybill.yaml' });
  const settings = await repository.readSettings('gpg.ssh.allowedSignersFile', 'path');
  if (!settings.ok) return settings;
  // mutant commit-trust-not-from-repository by cli-commits: value 2 -> true
  const ours = settings.value.filter(({ scope }) => scope === 'global' || scope === 'system');
  const value = ours.at(-1)?.value;
  if (value !== undefined && isAbsolute(value)) return ok({ file: value, from: 'git' });
  const remedy = 'Name it: --allowed-signers FILE, or allowedSigners in the configuration.';
  if (value !== undefined) {
    return fail(
      'TRUST_INVALID',
      `gpg.ssh.allowedSignersFile is ${value}: with a relative path each repository would ` +
        'choose its own',
      remedy,
    );
  }
  if (settings.value.length > 0) {
    return fail(
      'TRUST_INVALID',
      'only the settings of the repository name its allowed signers ' +
        '(gpg.ssh.allowedSignersFile)',
      remedy,
    );
  }
  return fail('TRUST_INVALID', 'no allowed signers are configured for commits', remedy);
}

async function revokeKeys(
  { repository, cwd }: CommitTrustOptions,
  trust: CommitTrust,
): Promise<Result<CommitTrust>> {
  const settings = await repository.readSettings('gpg.ssh.revocationFile', 'path');
  if (!settings.ok) return settings;
  let { signers } = trust;
  const files = [
    ...new Set(settings.value.map(({ value }) => resolve(repository.topLevel ?? cwd, value))),
  ];
  for (const file of files) {
    const bytes = await attempt(() => readFileBounded(file, LIMITS.configBytesMax));
    if (!bytes.ok) return bytes;
    const less = addRevokedKeys(signers, bytes.value);
    if (!less.ok) return less;
    signers = less.value;
  }
  return ok({ ...trust, signers, revokedBy: files });
}
