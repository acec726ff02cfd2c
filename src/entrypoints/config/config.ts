import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { JsonObject } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import type { DatabaseServer } from './database-server.ts';
import type { Settings } from './settings.ts';

/** The name of a configuration file that nobody names otherwise. */
export const CONFIG_FILE = 'waybill.yaml';

/** The keys of waybill.yaml, each with its meaning; docs/reference/commands.md shows them. */
export const SETTINGS: Readonly<Record<keyof Settings, string>> = {
  apiVersion: '`waybill.dev/v1`',
  kind: '`Config`',
  home: 'folder of the database, the advisory index, keys and trust',
  policy: 'policy document',
  trust: 'trust document',
  notation: 'folder with trustpolicy.json and truststore/, as notation keeps them',
  advisories: 'advisory index',
  allowedSigners: 'who may sign commits: a file as ssh-keygen and git read it (allowed_signers)',
  keyrings:
    'files of OpenPGP public keys that may sign commits and tags, as `gpg --export` writes them',
  commitRoots:
    'files of root certificates (PEM) whose certificates may sign commits and tags (gpgsm, smimesign)',
  commitIdentities:
    'identities of sigstore that may sign commits and tags (gitsign), each `{ identity, issuer, ' +
    'trustedRoot }` as in the trust document',
  database:
    'PostgreSQL database of log and graph, `postgres://USER@HOST:PORT/DATABASE`; without it, a ' +
    'file in the home',
  tenant: 'name of the tenant whose log and graph these are; without it, those of nobody else',
  cluster: 'name of the cluster whose admissions `waybill serve` decides',
  registries:
    'by host and port: `insecure: true` uses plain HTTP, `insecure: false` uses HTTPS even ' +
    'on loopback; `login: azure|aws|google` asks that cloud for credentials, `login: none` none',
  updates:
    'where advisories come from: `from` (a mirror), `every` (in `waybill serve`), `ageMax` (how ' +
    'old they may be while `waybill serve` is ready, else `off`), `ecosystems` and `targets` that ' +
    'are needed beside those of the graph, `ca` (certificates, PEM), `as` (for an artifact on ' +
    'disk: the repository whose trust counts); `exploitation: false` leaves out KEV and EPSS, ' +
    '`support: false` until when systems are supported',
  policies:
    'where the policy comes from: `from` (repositories of `waybill policy push`, the widest layer ' +
    'first), `every` (how often `waybill serve` pulls it)',
  rego:
    'rules in Rego: `bundle` (the file of a bundle of OPA, whose digest the policy names), ' +
    '`program` (`opa`, absent: the one on the PATH)',
  revocation:
    '`privateHosts`: hosts (with port) of revocation services that may be at private addresses; ' +
    '`offline: true` asks none, so that only what is cached counts',
  plugins:
    'by name of a plugin of notation: `environment`, the names of variables that it gets beside ' +
    'PATH and HOME',
};

export interface RegistrySettings {
  readonly insecure?: boolean;
  /** The cloud whose identity opens it; none: no cloud is asked. Absent: as its name says. */
  readonly login?: 'azure' | 'aws' | 'google' | 'none';
}

/** The effective configuration; every path is absolute. */
export interface Config {
  readonly home: string;
  readonly policy: string;
  readonly trust: string;
  /** A folder in the layout of notation: trustpolicy.json and truststore/. */
  readonly notation: string;
  readonly keys: string;
  readonly advisories: string;
  /** The file of log and graph, unless they are on a server. */
  readonly database: string;
  readonly server: DatabaseServer | null;
  /** The file of allowed signers that waybill.yaml names, or null. */
  readonly allowedSigners: string | null;
  /** The files of OpenPGP public keys that waybill.yaml names. */
  readonly keyrings: readonly string[];
  /** The files of root certificates that waybill.yaml names for commits. */
  readonly commitRoots: readonly string[];
  /** Identities of sigstore that waybill.yaml names for commits; not read yet. */
  readonly commitIdentities: readonly JsonObject[];
  /** Whose log and graph of the database these are; null: of nobody else. */
  readonly tenant: string | null;
  readonly cluster: string;
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  readonly updates: UpdateConfig;
  readonly policies: PolicyConfig;
  /** The bundle of rules in Rego, and what evaluates them: a path, or a name on the PATH. */
  readonly rego: { readonly bundle: string | null; readonly program: string };
  readonly revocation: {
    /** `host` or `host:port`. */
    readonly privateHosts: readonly string[];
    readonly offline: boolean;
  };
  /** By name of a plugin of notation. */
  readonly plugins: Readonly<Record<string, { readonly environment: readonly string[] }>>;
  /** The waybill.yaml that was read, or null. */
  readonly file: string | null;
}

/** Where advisories come from. */
export interface UpdateConfig {
  /** An export, or `oci://…`; null: OSV's export. */
  readonly from: string | null;
  /** How often a server updates itself, as a duration or `off`; null: never. */
  readonly every: string | null;
  /** How old they may be while a server is ready, as a duration or `off`; null: any age. */
  readonly ageMax: string | null;
  /** Ecosystems that are needed beside those of the graph. */
  readonly ecosystems: readonly string[];
  /** Targets whose ecosystems are needed; a path is absolute. */
  readonly targets: readonly string[];
  /** A file with certificates, PEM. */
  readonly ca: string | null;
  /** For an artifact on disk: the repository whose trust counts. */
  readonly as: string | null;
  /** Whether what is known of exploitation is updated with them. */
  readonly exploitation: boolean;
  /** Whether ends of support are updated with them. */
  readonly support: boolean;
}

/** Where the policy comes from. */
export interface PolicyConfig {
  /** Repositories, `oci:DIR` or `oci-archive:FILE`, the widest layer first; empty: a file. */
  readonly from: readonly string[];
  /** How often a server pulls it, as a duration or `off`; null: never. */
  readonly every: string | null;
}

export interface ConfigFlags {
  readonly config?: string;
  readonly home?: string;
  readonly policy?: string;
  readonly trust?: string;
  readonly notation?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Flag over WAYBILL_* over the user's waybill.yaml over the default; an unknown key is an error.
 * The user's file is the one that `--config` or WAYBILL_CONFIG names, else `waybill.yaml` in the
 * home. The current folder decides nothing (docs/adr/0031-whose-configuration-counts.md).
 */
export async function loadConfig(
  flags: ConfigFlags,
  env: Environment,
  cwd: string,
): Promise<Config> {
  const named = findNamedFile(flags, env, cwd);
  const file = named ?? findHomeFile(flags, env, cwd);
  // The reader loads a YAML parser, which a call without a file does not need.
  const settings = file === null ? null : (await import('./settings.ts')).readSettings(file);
  if (named === null && settings?.home !== undefined) refuseOtherHome(file ?? '');
  const base = file === null ? cwd : dirname(file);
  const path = (
    name: 'home' | 'policy' | 'trust' | 'notation' | 'advisories',
    fallback: string,
  ): string => {
    const flag = name === 'advisories' ? undefined : flags[name];
    if (flag !== undefined) return resolve(cwd, flag);
    const variable = getOwn(env, `WAYBILL_${name.toUpperCase()}`);
    if (variable !== undefined && variable !== '') return resolve(cwd, variable);
    return settings?.[name] === undefined ? fallback : resolve(base, settings[name]);
  };
  const home = path('home', chooseDefaultHome(env));
  return {
    home,
    policy: path('policy', join(home, 'policy.yaml')),
    trust: path('trust', join(home, 'trust.yaml')),
    notation: path('notation', join(home, 'notation')),
    keys: join(home, 'keys'),
    advisories: path('advisories', join(home, 'advisories.db')),
    database: join(home, 'waybill.db'),
    server: await findServer(settings, env, { cwd, base }),
    allowedSigners:
      settings?.allowedSigners === undefined ? null : resolve(base, settings.allowedSigners),
    keyrings: (settings?.keyrings ?? []).map((file) => resolve(base, file)),
    commitRoots: (settings?.commitRoots ?? []).map((file) => resolve(base, file)),
    commitIdentities: (settings?.commitIdentities ?? []) as readonly JsonObject[],
    tenant: env['WAYBILL_TENANT'] || (settings?.tenant ?? null),
    cluster: env['WAYBILL_CLUSTER'] || (settings?.cluster ?? 'default'),
    registries: (settings?.registries ?? {}) as Config['registries'],
    updates: readUpdates(settings, env, base),
    policies: {
      from: (settings?.policies?.from ?? []).map((one) => resolvePlace(one, base)),
      every: settings?.policies?.every ?? null,
    },
    rego: {
      bundle: settings?.rego?.bundle === undefined ? null : resolve(base, settings.rego.bundle),
      program: settings?.rego?.program === undefined ? 'opa' : resolve(base, settings.rego.program),
    },
    revocation: {
      privateHosts: settings?.revocation?.privateHosts ?? [],
      offline: settings?.revocation?.offline ?? false,
    },
    plugins: settings?.plugins ?? {},
    file,
  };
}

/** The reader of addresses is loaded where there is one. */
async function findServer(
  settings: Settings | null,
  env: Environment,
  { cwd, base }: { readonly cwd: string; readonly base: string },
): Promise<DatabaseServer | null> {
  const variable = env['WAYBILL_DATABASE'] || undefined;
  const address = variable ?? settings?.database;
  if (address === undefined) return null;
  const { parseDatabaseServer } = await import('./database-server.ts');
  return parseDatabaseServer(address, variable === undefined ? base : cwd);
}

/** An artifact on disk is named from the folder of the file. */
function resolvePlace(from: string, base: string): string {
  const [, scheme, path] = /^(oci|oci-archive):(?!\/\/)(.+)$/s.exec(from) ?? [];
  return path === undefined ? from : `${scheme}:${resolve(base, path)}`;
}

function readUpdates(settings: Settings | null, env: Environment, base: string): UpdateConfig {
  const {
    from,
    every,
    ageMax,
    ecosystems = [],
    targets = [],
    ca,
    as,
    exploitation = true,
    support = true,
  } = settings?.updates ?? {};
  return {
    from: env['WAYBILL_UPDATE_FROM'] || (from === undefined ? null : resolvePlace(from, base)),
    every: env['WAYBILL_UPDATE_INTERVAL'] || (every ?? null),
    ageMax: ageMax ?? null,
    ecosystems,
    // Only what is written as a path: `registry.example.com/a:1` is an image.
    targets: targets.map((target) =>
      /^\.{0,2}[\\/]|^\.{1,2}$/.test(target) ? resolve(base, target) : target,
    ),
    ca: ca === undefined ? null : resolve(base, ca),
    as: as ?? null,
    exploitation,
    support,
  };
}

/** Variables that Waybill reads; another WAYBILL_ name is a misspelling or somebody else's. */
export const VARIABLES = {
  WAYBILL_CONFIG: 'configuration file; without it, `waybill.yaml` in the home',
  WAYBILL_HOME: SETTINGS.home,
  WAYBILL_POLICY: SETTINGS.policy,
  WAYBILL_TRUST: SETTINGS.trust,
  WAYBILL_NOTATION: SETTINGS.notation,
  WAYBILL_ADVISORIES: SETTINGS.advisories,
  WAYBILL_DATABASE: SETTINGS.database,
  WAYBILL_TENANT: SETTINGS.tenant,
  WAYBILL_CLUSTER: SETTINGS.cluster,
  WAYBILL_UPDATE_FROM: 'where advisories are updated from, as `updates.from`',
  WAYBILL_UPDATE_INTERVAL: 'how often `waybill serve` updates them, as `updates.every`',
  WAYBILL_KEY_PASSPHRASE: 'passphrase of encrypted keys; better in a file',
  WAYBILL_KEY_PASSPHRASE_FILE: 'file with the passphrase of encrypted keys, in its first line',
  WAYBILL_PKCS11_MODULE: 'PKCS#11 library of a device, where the name of a key names none',
  WAYBILL_PKCS11_PIN_FILE: 'file with the PIN of PKCS#11 tokens, in its first line',
  WAYBILL_TOKEN: 'token that clients of `waybill serve` present',
  WAYBILL_RELEASE_REFERENCE: 'where `waybill release` publishes, in place of its argument',
  WAYBILL_RELEASE_IMAGE: '`--image` of `waybill release`',
  WAYBILL_RELEASE_NAME: '`--name` of `waybill release`',
  WAYBILL_RELEASE_VERSION: '`--version` of `waybill release`',
  WAYBILL_RELEASE_REPO: '`--repo` of `waybill release`',
  WAYBILL_RELEASE_COMMIT: '`--commit` of `waybill release`',
  WAYBILL_RELEASE_BUILDER: '`--builder` of `waybill release`',
  WAYBILL_RELEASE_BUILD_ID: '`--build-id` of `waybill release`',
  WAYBILL_RELEASE_OWNER: '`--owner` of `waybill release`',
  WAYBILL_RELEASE_KEY: '`--key` of `waybill release`',
  WAYBILL_RELEASE_KEYLESS: '`true` is `--keyless` of `waybill release`',
  WAYBILL_RELEASE_JOB_TOKEN: '`--job-token` of `waybill release`',
  WAYBILL_RELEASE_JOB_KEYS: '`--job-keys` of `waybill release`',
  WAYBILL_SMTP: 'mail server of `waybill serve`: smtp://USER@HOST:587 or smtps://USER@HOST:465',
  WAYBILL_SMTP_FROM: 'address that notices by mail come from',
  WAYBILL_SMTP_PASSWORD: 'password of the user of `WAYBILL_SMTP`',
  WAYBILL_DEBUG: '1 prints stacks of defects',
  WAYBILL_TEST_DATA: 'optional data of the tests',
  WAYBILL_PEERS: 'programs that the interoperability tests run',
} as const;

/**
 * Variables that look like ours and decide nothing, but for those by which Kubernetes tells a pod
 * of a service called `waybill`: `WAYBILL_PORT`, `WAYBILL_SERVICE_HOST`.
 */
export function findUnknownVariables(env: Environment): readonly string[] {
  return Object.keys(env).filter(
    (name) =>
      name.startsWith('WAYBILL_') && !Object.hasOwn(VARIABLES, name) && !OF_A_SERVICE.test(name),
  );
}

/** kubernetes.io/docs/concepts/services-networking/service/#environment-variables */
const OF_A_SERVICE =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)?)$/;

/** The file that the user names for this call or this shell, or null. */
export function findNamedFile(flags: ConfigFlags, env: Environment, cwd: string): string | null {
  if (flags.config !== undefined) return resolve(cwd, flags.config);
  const variable = env['WAYBILL_CONFIG'];
  return variable === undefined || variable === '' ? null : resolve(cwd, variable);
}

/** `waybill.yaml` in the home that an option, a variable or the default names, or null. */
function findHomeFile({ home }: ConfigFlags, env: Environment, cwd: string): string | null {
  const folder = resolve(cwd, home ?? (env['WAYBILL_HOME'] || chooseDefaultHome(env)));
  const file = join(folder, CONFIG_FILE);
  return existsSync(file) ? file : null;
}

/** The home was chosen before its file was read, so the file cannot move it. */
function refuseOtherHome(file: string): never {
  throw new Failure(
    'CONFIG_INVALID',
    `${file}: home: this file is in the home, and cannot name another one`,
    'Remove the line; name another home with --home or WAYBILL_HOME.',
  );
}

function chooseDefaultHome(env: Environment): string {
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? homedir(), 'waybill');
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'waybill');
}
