import type { AdvisoryDataInfo } from '../../../capabilities/advisories/index.ts';
import type { Policy } from '../../../capabilities/policy/index.ts';
import type {
  AllowedSigners,
  KeyInfo,
  NotaryTrust,
  TrustDocument,
} from '../../../capabilities/signing/index.ts';
import type { Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';
import type { DatabaseState } from '../../compose/graph.ts';
import type { KeyRevocation } from '../../compose/key-revocations.ts';
import type { Config } from '../../config/config.ts';
import type { GitSettings } from './git-settings.ts';

/** The properties of a file or folder without its content; null if it does not exist. */
export interface FileState {
  readonly path: string;
  /** Permission bits; null if the system has none. */
  readonly mode: number | null;
  readonly isOurs: boolean;
  readonly changedAt: Instant;
}

export interface HookState {
  readonly name: string;
  /** Null if there is no such hook. */
  readonly text: string | null;
  /** Paths that it names and that do not exist. */
  readonly vanished: readonly string[];
}

/** A certificate that a server or a key uses. */
export interface CertificateState {
  readonly path: string;
  readonly validUntil: Instant;
}

/** The input of the checks, gathered before; what could not be read is a failure. */
export interface Observations {
  readonly now: Instant;
  readonly node: string;
  readonly git: Result<GitSettings>;
  /** Null if no file is configured. */
  readonly allowedSigners: Result<AllowedSigners> | null;
  readonly hooks: Result<readonly HookState[]>;
  readonly config: Result<Config>;
  /** The nearest waybill.yaml of the current folder: only the source gates use it. */
  readonly treeFile: string | null;
  readonly policy: Result<Policy>;
  readonly trust: Result<TrustDocument>;
  readonly notation: Result<NotaryTrust>;
  readonly keys: Result<readonly KeyInfo[]>;
  /** What authorities say about each key; null if they were not asked. */
  readonly keyRevocations: readonly KeyRevocation[] | null;
  readonly keyFiles: Result<readonly FileState[]>;
  readonly advisories: Result<AdvisoryDataInfo>;
  readonly database: Result<DatabaseState>;
  readonly serverCertificates: Result<readonly CertificateState[]>;
  readonly home: Result<FileState | null>;
  /** Times that were recorded before now, with their place. */
  readonly recorded: readonly { readonly what: string; readonly at: Instant }[];
  /** The answer of each registry; null if they were not asked. */
  readonly reached:
    | readonly { readonly registry: string; readonly answer: Result<number> }[]
    | null;
}
