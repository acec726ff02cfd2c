import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AdvisoryDataInfo } from '../../../capabilities/advisories/index.ts';
import {
  type AllowedSigners,
  parseAllowedSigners,
  parseCertificates,
  parseTrust,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, failed, ok, orThrow, type Result } from '../../../core/result.ts';
import { toFileFailure } from '../../../system/files/errno.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { probeDatabase } from '../../compose/graph.ts';
import { askKeyRevocations } from '../../compose/key-revocations.ts';
import { listKeys } from '../../compose/key-stores.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { loadNotation } from '../../compose/trust.ts';
import type { Config } from '../../config/config.ts';
import { findTreeFile } from '../../config/tree-file.ts';
import { readDocument } from '../../config/trust.ts';
import { type GitSettings, readGitSettings } from './git-settings.ts';
import type { CertificateState, FileState, HookState, Observations } from './observations.ts';
import { reachRegistries } from './reach.ts';

export interface GatherOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: () => Promise<Config>;
  readonly online: boolean;
  readonly now: Instant;
  readonly signal: AbortSignal;
}

/** Gathers all observations, changes nothing, and uses the network only if `online` is set. */
export async function gatherObservations({
  cwd,
  env,
  config: load,
  online,
  now,
  signal,
}: GatherOptions): Promise<Observations> {
  const config = await attempt(async () => load());
  const git = await readGitSettings(cwd, env);
  const withConfig = <T>(look: (known: Config) => Promise<Result<T>>): Promise<Result<T>> =>
    config.ok
      ? attempt(() => look(config.value)).then((looked) => (looked.ok ? looked.value : looked))
      : Promise.resolve(failNotRead());
  const policy = await withConfig(loadPolicy);
  const advisories = await withConfig(readAdvisoryInfo);
  const home = await withConfig(async (known) => look(known.home));
  const database = await withConfig(probeDatabase);
  const keys = await withConfig(listKeys);
  return {
    now,
    node: process.versions.node,
    git,
    allowedSigners: allowedSigners(git, config),
    hooks: await attempt(async () => readHooks(git)),
    config,
    treeFile: findTreeFile(cwd),
    policy,
    trust: await withConfig(async (known) => {
      const text = readDocument(known.trust);
      return text.ok ? parseTrust(text.value) : text;
    }),
    notation: await withConfig(loadNotation),
    keys,
    keyRevocations:
      online && config.ok && keys.ok
        ? await askKeyRevocations(keys.value, config.value, { now, signal })
        : null,
    keyFiles: await withConfig(async (known) => keyFiles(known.keys, env)),
    advisories,
    database,
    serverCertificates: await withConfig(async (known) =>
      serverCertificates(join(known.home, 'tls')),
    ),
    home,
    recorded: listRecordedTimes(config, { advisories, home, database }),
    reached:
      online && config.ok && policy.ok
        ? await reachRegistries(policy.value, config.value, signal)
        : online
          ? []
          : null,
  };
}

function failNotRead(): Result<never> {
  const why = 'not checked, because the configuration does not load';
  return failed(
    new Failure(
      'FILE_UNREADABLE',
      why,
      'correct the configuration or the WAYBILL_ variables, then: waybill doctor',
    ),
  );
}

async function readAdvisoryInfo(config: Config): Promise<Result<AdvisoryDataInfo>> {
  const { index, close } = await openAdvisories(config);
  try {
    return ok(index.info());
  } finally {
    close();
  }
}

function allowedSigners(
  git: Result<GitSettings>,
  config: Result<Config>,
): Result<AllowedSigners> | null {
  const named =
    (config.ok ? config.value.allowedSigners : null) ??
    (git.ok ? git.value.allowedSignersFile : null);
  if (named === null) return null;
  try {
    const path = resolve(git.ok ? (git.value.topLevel ?? '') : '', named);
    return parseAllowedSigners(
      Buffer.from(readSmallFile(path, LIMITS.configBytesMax)).toString('utf8'),
    );
  } catch (thrown) {
    return failed(toFileFailure(named, thrown));
  }
}

const HOOKS = ['pre-commit', 'pre-push'] as const;

function readHooks(git: Result<GitSettings>): readonly HookState[] {
  const folder = git.ok ? git.value.hooksFolder : null;
  if (folder === null) return [];
  return HOOKS.map((name) => {
    const text = readIfThere(join(folder, name));
    return {
      name,
      text,
      vanished: text === null ? [] : listNamedPaths(text).filter((path) => !isThere(path)),
    };
  });
}

function readIfThere(path: string): string | null {
  try {
    return Buffer.from(readSmallFile(path, LIMITS.configBytesMax)).toString('utf8');
  } catch (thrown) {
    const failure = toFileFailure(path, thrown);
    if (failure.code === 'FILE_NOT_FOUND') return null;
    throw failure;
  }
}

/** Absolute paths in shell quotes, as our hooks name their Node and their program. */
function listNamedPaths(text: string): readonly string[] {
  return [
    ...text.matchAll(
      /(?:'((?:\/|[A-Za-z]:[\\/])[^'\n]{0,4000})'|"((?:\/|[A-Za-z]:[\\/])[^"\n$`]{0,4000})")/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? '');
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Keys, and the file with the passphrase that opens them. */
function keyFiles(folder: string, env: GatherOptions['env']): Result<readonly FileState[]> {
  const names = listFiles(folder).filter((name) => name.endsWith('.key'));
  const passphrase = env['WAYBILL_KEY_PASSPHRASE_FILE'] ?? '';
  const paths = names.map((name) => join(folder, name));
  // mutant passphrase-that-others-read by e2e/set-up: condition -> false
  if (passphrase !== '') paths.push(resolve(passphrase));
  return ok(paths.flatMap((path) => orThrow(look(path)) ?? []));
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    const failure = toFileFailure(folder, thrown);
    if (failure.code === 'FILE_NOT_FOUND') return [];
    throw failure;
  }
}

function look(path: string): Result<FileState | null> {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return ok(null);
    const stats = statSync(path);
    const isOurs = process.getuid === undefined || stats.uid === process.getuid();
    const mode = process.platform === 'win32' ? null : stats.mode & 0o777;
    return ok({ path, mode, isOurs, changedAt: toInstant(Math.trunc(stats.mtimeMs)) });
  } catch (thrown) {
    return failed(toFileFailure(path, thrown));
  }
}

function serverCertificates(folder: string): Result<readonly CertificateState[]> {
  const looks = ['ca.crt', 'tls.crt'].flatMap((name): readonly CertificateState[] => {
    const text = readIfThere(join(folder, name));
    if (text === null) return [];
    const [leaf] = orThrow(parseCertificates(Buffer.from(text)));
    return leaf === undefined ? [] : [{ path: join(folder, name), validUntil: leaf.notAfter }];
  });
  return ok(looks);
}

/**
 * Times that were recorded: a clock that is behind them leads to wrong decisions about age and
 * expiry.
 */
function listRecordedTimes(
  config: Result<Config>,
  { advisories, home, database }: Pick<Observations, 'advisories' | 'home' | 'database'>,
): Observations['recorded'] {
  const files = config.ok
    ? [config.value.file, config.value.policy, config.value.trust, config.value.database]
    : [];
  const changed = files.flatMap((path) => {
    const looked = path === null ? null : look(path);
    return looked?.ok === true && looked.value !== null
      ? [{ what: path ?? '', at: looked.value.changedAt }]
      : [];
  });
  const imported = advisories.ok ? advisories.value.importedAt : null;
  // mutant clock-behind-the-log by gather: value -> null
  const logged = database.ok ? database.value.latest : null;
  return [
    ...changed,
    ...(home.ok && home.value !== null
      ? [{ what: home.value.path, at: home.value.changedAt }]
      : []),
    ...(logged === null
      ? []
      : [{ what: `entry ${logged.position} of the log`, at: logged.recordedAt }]),
    ...(imported === null ? [] : [{ what: 'the import of the advisories', at: imported }]),
  ];
}
