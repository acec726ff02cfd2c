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
import type { Config } from '../../config/config.ts';
import type { GitSettings } from './git-settings.ts';

/** What a file or folder shows without being read; null where there is none. */
export interface FileState {
  readonly path: string;
  /** Permission bits; null where the system has none. */
  readonly mode: number | null;
  readonly isOurs: boolean;
  readonly changedAt: Instant;
}

export interface HookState {
  readonly name: string;
  /** Null where there is no such hook. */
  readonly text: string | null;
  /** Paths that it names and that are not there. */
  readonly vanished: readonly string[];
}

/** A certificate that something serves or signs with. */
export interface CertificateState {
  readonly path: string;
  readonly validUntil: Instant;
}

/** All that the checks go by, gathered beforehand; what could not be looked at is its failure. */
export interface Observations {
  readonly now: Instant;
  readonly node: string;
  readonly git: Result<GitSettings>;
  /** Null where no file is configured. */
  readonly allowedSigners: Result<AllowedSigners> | null;
  readonly hooks: Result<readonly HookState[]>;
  readonly config: Result<Config>;
  readonly policy: Result<Policy>;
  readonly trust: Result<TrustDocument>;
  readonly notation: Result<NotaryTrust>;
  readonly keys: Result<readonly KeyInfo[]>;
  readonly keyFiles: Result<readonly FileState[]>;
  readonly advisories: Result<AdvisoryDataInfo>;
  readonly database: Result<'absent' | 'present'>;
  readonly serverCertificates: Result<readonly CertificateState[]>;
  readonly home: Result<FileState | null>;
  /** Times that were written down before now, with where. */
  readonly recorded: readonly { readonly what: string; readonly at: Instant }[];
  /** By registry what it answered; null when nobody asked. */
  readonly reached:
    | readonly { readonly registry: string; readonly answer: Result<number> }[]
    | null;
}
