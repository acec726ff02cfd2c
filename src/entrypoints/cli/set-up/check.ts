/** The result of one check. `unknown`: it could not be checked, which is neither good nor bad. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown';

/** One result of `waybill doctor`. The ids are stable: scripts may rely on them. */
export interface Check {
  readonly id: CheckId;
  readonly status: CheckStatus;
  readonly message: string;
  /** The command or the edit that fixes it; null if there is nothing to fix. */
  readonly fix: string | null;
}

/** Every check with its meaning; docs and help are made from it. */
export const CHECKS = {
  'node-version': 'Waybill supports the Node.js that runs it',
  git: 'git is there, and new enough for SSH signatures',
  'commit-signing': 'commits made here are signed',
  'allowed-signers': 'git and Waybill know whose signatures to trust',
  'merge-key': 'commits that the platform merges are signed by a key that the policy names',
  hooks: 'the hooks of Waybill are installed, and the programs that they run exist',
  configuration: 'the configuration of the user loads',
  policy: 'the policy loads',
  'policy-mode': 'which gates enforce',
  exceptions: 'no exception has expired or expires soon',
  trust: 'the trust document loads and has rules',
  'trust-policy': 'the trust policy and its trust stores can be read',
  keys: 'there are signing keys, and their certificates are valid',
  revocation: 'no certificate of a key was revoked (with --online)',
  'key-permissions': 'only their owner can read the keys',
  advisories: 'advisories are imported, readable and not too old',
  database: 'the database has the schema of this version, on a file system that is safe for it',
  registries: 'HTTPS is used for the registries',
  'registry-reach': 'the registries that the policy allows answer (with --online)',
  'server-tls': 'the certificate of the server is valid',
  clock: 'the clock is not behind the times that were recorded',
  home: 'only its owner can change the home folder',
} as const;

export type CheckId = keyof typeof CHECKS;

export const createCheck = (
  id: CheckId,
  status: CheckStatus,
  message: string,
  fix: string | null = null,
): Check => {
  return { id, status, message, fix };
};

export const passCheck = (id: CheckId, message: string): Check => createCheck(id, 'ok', message);
