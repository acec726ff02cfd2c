/**
 * Every way Waybill can fail, in one closed table. `exit` is the exit code of the process. 2: the
 * usage, the configuration or the machine is at fault. 3: evidence could not be obtained or read,
 * or something could not be judged. 4: nothing in the input is supported. A test keeps
 * docs/reference/errors.md equal to this table.
 */
export const FAILURES = {
  USAGE: { exit: 2, meaning: 'Waybill does not know the command or one of its options.' },
  CONFIG_INVALID: {
    exit: 2,
    meaning: 'A configuration file or WAYBILL_* variable is malformed or has unknown keys.',
  },
  POLICY_INVALID: {
    exit: 2,
    meaning: 'A policy document is malformed, or a rule needs facts that its gate cannot have.',
  },
  TRUST_INVALID: {
    exit: 2,
    meaning: 'A trust document, trust policy or trust store is malformed.',
  },
  KEY_UNUSABLE: {
    exit: 2,
    meaning: 'A signing key or its certificate chain cannot be read, or it may not sign.',
  },
  FILE_NOT_FOUND: { exit: 2, meaning: 'A named file or folder does not exist.' },
  FILE_UNREADABLE: { exit: 2, meaning: 'A file or folder exists but cannot be read.' },
  FILE_UNWRITABLE: {
    exit: 2,
    meaning: 'Output could not be written; nothing was left under its final name.',
  },
  DISK_FULL: { exit: 2, meaning: 'The disk is full; what was acknowledged before is kept.' },
  STORE_LOCKED: {
    exit: 2,
    meaning: 'Another process holds the database and did not release it in time.',
  },
  STORE_CORRUPT: { exit: 2, meaning: 'The database or index on disk is damaged.' },
  STORE_TOO_NEW: { exit: 2, meaning: 'The database was written by a newer Waybill.' },
  STORE_TOO_OLD: {
    exit: 2,
    meaning: 'The index was written by an older Waybill, in a form that is no longer read.',
  },
  STORE_UNSAFE: {
    exit: 2,
    meaning: 'The database is on a file system on which SQLite is not safe.',
  },
  STORE_UNREACHABLE: {
    exit: 2,
    meaning: 'The database server did not answer, or the connection to it was lost.',
  },
  STORE_REFUSED: {
    exit: 2,
    meaning:
      'The database server refused the user or its certificate does not count, or it is too old.',
  },
  PORT_IN_USE: { exit: 2, meaning: 'The address to listen on is in use or not permitted.' },
  UNAUTHORISED: { exit: 2, meaning: 'The server needs a token that was not given or is wrong.' },
  ROLE_MISSING: {
    exit: 2,
    meaning: 'The token does not have the role that this request to the server needs.',
  },
  RATE_EXCEEDED: {
    exit: 2,
    meaning: 'A client asks the server more often than its limit allows.',
  },
  INTERRUPTED: {
    exit: 2,
    meaning: 'The work was stopped by a signal; only what was acknowledged before is kept.',
  },
  INTERNAL: { exit: 2, meaning: 'A defect of Waybill itself.' },
  PLUGIN_FAILED: {
    exit: 3,
    meaning: 'A plugin of notation could not be run, or it broke the contract of plugins.',
  },
  BUILD_FAILED: {
    exit: 3,
    meaning: 'The command that should build again failed, took too long, or left no image.',
  },
  MALFORMED: { exit: 3, meaning: 'Input does not have the form its specification requires.' },
  DUPLICATE_KEY: {
    exit: 3,
    meaning: 'A JSON object names a key twice, so readers could disagree about it.',
  },
  LIMIT_EXCEEDED: {
    exit: 3,
    meaning: 'Input is larger, deeper, longer or slower than a named limit.',
  },
  DIGEST_MISMATCH: {
    exit: 3,
    meaning: 'Bytes do not have the digest or the size that was stated for them.',
  },
  UNSAFE_PATH: { exit: 3, meaning: 'A path leads out of its root, or symbolic links form a loop.' },
  NOT_FOUND: { exit: 3, meaning: 'A reference, document or referrer does not exist.' },
  CLUSTER_UNREACHABLE: {
    exit: 3,
    meaning: 'The API server of a cluster did not answer, or refused the request.',
  },
  REGISTRY_UNREACHABLE: { exit: 3, meaning: 'A registry did not answer.' },
  REGISTRY_DENIED: {
    exit: 3,
    meaning: 'A registry refused the credentials, or needs credentials.',
  },
  REGISTRY_MISBEHAVED: {
    exit: 3,
    meaning: 'The answer of a registry breaks the distribution specification.',
  },
  REDIRECT_REFUSED: {
    exit: 3,
    meaning: 'A redirect led to an address that Waybill does not follow.',
  },
  DEADLINE_EXCEEDED: {
    exit: 3,
    meaning: 'A whole request, or the reading of a document, took longer than its limit.',
  },
  SIGNATURE_INVALID: {
    exit: 3,
    meaning: 'A signature envelope is malformed or does not match its content.',
  },
  CERTIFICATE_INVALID: {
    exit: 3,
    meaning: 'A certificate or chain breaks a rule of RFC 5280 or of Notary Project.',
  },
  TIMESTAMP_UNUSABLE: {
    exit: 3,
    meaning: 'A timestamp authority gave no timestamp that can be used.',
  },
  SIGNING_SERVICE_UNUSABLE: {
    exit: 3,
    meaning: 'A service of sigstore did not answer, or gave nothing that can be used.',
  },
  IDENTITY_UNUSABLE: {
    exit: 2,
    meaning: 'There is no identity token for a signature without a key, or it cannot be used.',
  },
  REVOCATION_UNKNOWN: {
    exit: 3,
    meaning: 'It could not be found out whether a certificate has been revoked.',
  },
  BUDGET_EXCEEDED: {
    exit: 3,
    meaning: 'A policy expression used more steps or bytes than the limits allow.',
  },
  EVALUATION_FAILED: {
    exit: 3,
    meaning: 'A policy expression has no value: division by zero, overflow, a missing index.',
  },
  FACT_UNKNOWN: {
    exit: 3,
    meaning: 'A fact that a rule needs was not gathered, is partial, or is unknown.',
  },
  EVIDENCE_REJECTED: {
    exit: 3,
    meaning: 'A document was not accepted as evidence; the log is unchanged.',
  },
  ADVISORIES_STALE: {
    exit: 3,
    meaning: 'The advisories are older than the limit that was set, or their age is unknown.',
  },
  UNKNOWN_NAME: { exit: 3, meaning: 'Nothing with that name is known here.' },
  UNSUPPORTED: { exit: 4, meaning: 'The input contains nothing that this version can read.' },
} as const satisfies Record<string, { readonly exit: 2 | 3 | 4; readonly meaning: string }>;

export type FailureCode = keyof typeof FAILURES;

export interface FailureOptions {
  readonly cause?: unknown;
}

/**
 * What went wrong, and how to fix it.
 *
 * @example throw new Failure('REGISTRY_UNREACHABLE', 'GET /v2/ failed', 'Check the host name.')
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  /** One sentence that tells the reader what to do next. */
  readonly remedy: string;

  constructor(code: FailureCode, message: string, remedy: string, options: FailureOptions = {}) {
    // Only a defect is traced: the others are answers, and a large target has thousands of them.
    const frames = Error.stackTraceLimit;
    if (code !== 'INTERNAL') Error.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = frames;
    this.code = code;
    this.remedy = remedy;
  }
}

/**
 * A failure from anything that was thrown: a Failure as it is, anything else as a defect of
 * Waybill.
 */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure('INTERNAL', message, 'Report this with the command that shows it.', {
    cause: thrown,
  });
}
