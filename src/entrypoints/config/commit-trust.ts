import { isAbsolute, resolve } from 'node:path';
import {
  type AllowedSigners,
  addRevokedKeys,
  type Certificate,
  type CommitSigners,
  joinKeyrings,
  type Keyring,
  NO_KEYRING,
  NO_ROOTS,
  parseAllowedSigners,
  parseCertificates,
  parseKeyring,
} from '../../capabilities/signing/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, fail, ok, type Result } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { isBelow } from '../../system/files/is-below.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import type { Config } from './config.ts';

/** Who may sign commits here, and which settings say so. It is shown with every verdict. */
export interface CommitTrust {
  readonly signers: CommitSigners;
  /** Null where no file of allowed signers is named, but a keyring. */
  readonly allowed: AllowedFile | null;
  readonly keyrings: readonly KeyringFile[];
  readonly roots: readonly RootsFile[];
}

/** A file of root certificates that the user designated. */
export type RootsFile = Omit<KeyringFile, 'skipped'>;

/** A file of OpenPGP keys that the user designated. */
export interface KeyringFile {
  readonly file: string;
  readonly from: 'option' | 'waybill.yaml';
  readonly keys: number;
  readonly skipped: readonly string[];
  /** The file is in the work tree that is verified. */
  readonly isWithin: boolean;
}

export interface AllowedFile {
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
  /** Each --keyring. */
  readonly keyrings: readonly string[];
  /** Each --commit-root. */
  readonly roots: readonly string[];
  /** Whether identities of sigstore are named beside them; absent: none. */
  readonly hasIdentities?: boolean;
  readonly config: Pick<Config, 'allowedSigners' | 'keyrings' | 'commitRoots' | 'file'>;
  readonly repository: ConfiguredRepository;
  readonly cwd: string;
}

/**
 * Whom we trust by each format of signatures. It fails where nobody is named, and where a named
 * file cannot be read.
 */
export async function loadCommitTrust(asked: CommitTrustOptions): Promise<Result<CommitTrust>> {
  const rings = await loadKeyrings(asked);
  if (!rings.ok) return rings;
  const chosen = await chooseFile(asked);
  const roots = await loadRoots(asked);
  if (!roots.ok) return roots;
  const isAnyNamed =
    rings.value.length + roots.value.told.length > 0 || asked.hasIdentities === true;
  if (!chosen.ok && !isAnyNamed) return chosen;
  const openpgp =
    rings.value.length === 0 ? NO_KEYRING : ok(joinKeyrings(rings.value.map(({ ring }) => ring)));
  const { certificates, told } = roots.value;
  const x509 = told.length === 0 ? NO_ROOTS : ok(certificates);
  const files = { keyrings: rings.value.map((one) => one.told), roots: told };
  if (!chosen.ok) return ok({ signers: { ssh: chosen, openpgp, x509 }, allowed: null, ...files });
  const allowed = await loadAllowedFile(asked, chosen.value);
  if (!allowed.ok) return allowed;
  const ssh = ok(allowed.value.signers);
  return ok({ signers: { ssh, openpgp, x509 }, allowed: allowed.value, ...files });
}

interface LoadedRing {
  readonly ring: Keyring;
  readonly told: KeyringFile;
}

/** The keyrings of the options, else those of the configuration; no other ring is looked at. */
async function loadKeyrings({
  keyrings,
  config,
  repository: { topLevel },
  cwd,
}: CommitTrustOptions): Promise<Result<readonly LoadedRing[]>> {
  const from = keyrings.length > 0 ? 'option' : 'waybill.yaml';
  const files = from === 'option' ? keyrings.map((file) => resolve(cwd, file)) : config.keyrings;
  if (files.length > LIMITS.keyringsMax)
    return fail('LIMIT_EXCEEDED', `over ${LIMITS.keyringsMax} keyrings`, 'Join them in one file.');
  const loaded: LoadedRing[] = [];
  for (const file of files) {
    const bytes = await attempt(() => readFileBounded(file, LIMITS.keyringBytesMax));
    if (!bytes.ok) return bytes;
    const ring = parseKeyring(bytes.value);
    if (!ring.ok)
      return fail(ring.failure.code, `${file}: ${ring.failure.message}`, ring.failure.remedy);
    const { size: keys, skipped } = ring.value;
    const isWithin = topLevel !== null && isBelow(file, topLevel);
    loaded.push({ ring: ring.value, told: { file, from, keys, skipped, isWithin } });
  }
  return ok(loaded);
}

interface LoadedRoots {
  readonly certificates: readonly Certificate[];
  readonly told: readonly RootsFile[];
}

/** The roots of the options, else those of the configuration; never those of the system. */
async function loadRoots({
  roots,
  config,
  repository: { topLevel },
  cwd,
}: CommitTrustOptions): Promise<Result<LoadedRoots>> {
  const from = roots.length > 0 ? 'option' : 'waybill.yaml';
  const files = from === 'option' ? roots.map((file) => resolve(cwd, file)) : config.commitRoots;
  if (files.length > LIMITS.keyringsMax)
    return fail('LIMIT_EXCEEDED', `over ${LIMITS.keyringsMax} files of roots`, 'Join them.');
  const certificates: Certificate[] = [];
  const told: RootsFile[] = [];
  for (const file of files) {
    const bytes = await attempt(() => readFileBounded(file, LIMITS.configBytesMax));
    if (!bytes.ok) return bytes;
    const read = parseCertificates(bytes.value);
    if (!read.ok)
      return fail(read.failure.code, `${file}: ${read.failure.message}`, read.failure.remedy);
    certificates.push(...read.value);
    const isWithin = topLevel !== null && isBelow(file, topLevel);
    told.push({ file, from, keys: read.value.length, isWithin });
  }
  return ok({ certificates, told });
}

/**
 * The file of allowed signers: the option, else `allowedSigners` of the configuration, else git's
 * `gpg.ssh.allowedSignersFile`. The last counts only in the settings of the user or the machine: a
 * repository does not choose whom we trust. Keys in git's `gpg.ssh.revocationFile` are always
 * removed, whichever settings name the file.
 */
async function loadAllowedFile(
  asked: CommitTrustOptions,
  { file, from }: ChosenFile,
): Promise<Result<AllowedFile>> {
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

type ChosenFile = Pick<AllowedFile, 'file' | 'from'>;

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
  trust: AllowedFile,
): Promise<Result<AllowedFile>> {
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
