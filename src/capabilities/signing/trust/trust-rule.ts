import type { Digest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import type { NameMap } from '../x509/distinguished-name.ts';
import type { TrustedSigstoreSigner } from './sigstore-signer.ts';

/** The kinds of statements that a signature can be about. */
export const STATEMENT_KINDS = [
  'image',
  'sbom',
  'scan',
  'provenance',
  'vex',
  'advisories',
  'policy',
] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];
/** A statement of no such kind, by the type of its predicate: an address. */
export type PredicateType = `https://${string}`;

/** Whether a text is the type of a predicate as a rule may name it. */
export function isPredicateType(text: string): text is PredicateType {
  return /^https:\/\/[!-~]{1,300}$/.test(text);
}

/**
 * The signer of a rule: a subject under a named trust store, one certificate, or an identity or a
 * key of sigstore.
 */
export type TrustedSigner =
  | {
      readonly kind: 'subject';
      readonly identity: NameMap;
      readonly text: string;
      readonly trustStore: string;
    }
  | { readonly kind: 'certificate'; readonly thumbprint: string }
  | TrustedSigstoreSigner;

export interface TrustRule {
  readonly id: string;
  readonly repositories: readonly RepositoryPattern[];
  readonly statements: readonly (StatementKind | PredicateType)[];
  readonly signers: readonly TrustedSigner[];
  /** What was signed before does not count. */
  readonly since: Instant | null;
  /** What was signed then or later does not count. */
  readonly until: Instant | null;
}

export interface RepositoryPattern {
  readonly kind: 'exact' | 'below';
  /** Normalised: `registry.example.com/shop/trips`, or the path above all matching repositories. */
  readonly path: string;
}

/** Says who may state what about which repositories (foundation 2). */
export interface TrustDocument {
  readonly name: string;
  readonly revision: number;
  /** SHA-256 of the text: verification events and cached verdicts are kept under it. */
  readonly digest: Digest;
  readonly rules: readonly TrustRule[];
  /** Which machines may have built what. */
  readonly machines: readonly MachineRule[];
  /** What no longer counts, whatever rules and authorities say. */
  readonly revoked: readonly OwnRevocation[];
}

/** The id of a rule, or the name of a document. */
export const RULE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** The services of Azure that sign documents of their machines, each with names of its own. */
export const MACHINE_CLOUDS = ['azure', 'azure-us', 'azure-china'] as const;
export type MachineCloud = (typeof MACHINE_CLOUDS)[number];

/** Whose machines may have built what is in these repositories (B7). */
export interface MachineRule {
  readonly id: string;
  readonly repositories: readonly RepositoryPattern[];
  readonly cloud: MachineCloud;
  /** Trust store of who issues the certificates of the cloud: `ca:name`. */
  readonly authority: string;
  /** Trust store of who says when: `tsa:name`. */
  readonly timestamps: string;
  /** In lower case; no other subscription is allowed. */
  readonly subscriptions: readonly string[];
}

/** One thing that the owner of the trust document revoked. */
export interface OwnRevocation {
  /** A certificate of a chain, the key of one, or an artifact, a signature or its envelope. */
  readonly kind: 'certificate' | 'key' | 'digest';
  /** SHA-256 of the certificate or of its SubjectPublicKeyInfo as hex, or the digest. */
  readonly value: string;
  readonly reason: string | null;
}

/** A pattern as a trust document writes it. */
export function formatRepositoryPattern({ kind, path }: RepositoryPattern): string {
  return kind === 'below' ? `${path}/*` : path;
}
