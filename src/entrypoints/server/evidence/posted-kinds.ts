import { EVIDENCE_KINDS, type EvidenceKind } from '../../../capabilities/evidence/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { TokenRole } from '../tokens.ts';

/** The role that a token needs to post a kind of evidence. */
const ROLE_OF_KIND = {
  image: 'evidence',
  sbom: 'evidence',
  scan: 'evidence',
  statement: 'evidence',
  signature: 'evidence',
  tag: 'evidence',
  release: 'release',
  build: 'release',
  commit: 'release',
  ownership: 'release',
  advisories: 'advisories',
  deployment: 'watch',
} as const satisfies Partial<Record<EvidenceKind, TokenRole>>;

export type PostedKind = keyof typeof ROLE_OF_KIND;

/** Null for a kind that nobody may post, or that is unknown. */
export function findRole(kind: string): TokenRole | null {
  return isPosted(kind) ? ROLE_OF_KIND[kind] : null;
}

/**
 * A kind that may come from outside. What a server verifies, decides and joins itself
 * (`verification`, `decision`, `facts`, `violation`), and what an import says of its own feeds
 * (`feeds`), is never taken from outside.
 */
export function requirePostedKind(kind: string): PostedKind {
  if (isPosted(kind)) return kind;
  const kinds = Object.keys(ROLE_OF_KIND).join('|');
  if (!Object.hasOwn(EVIDENCE_KINDS, kind))
    throw new Failure(
      'USAGE',
      `unknown kind of evidence: ${kind.slice(0, 100) || 'none'}`,
      `Add ?kind=${kinds}.`,
    );
  throw new Failure(
    'EVIDENCE_REJECTED',
    `evidence of the kind ${kind} is not taken from outside: a server records its own`,
    `Post ${kinds.replaceAll('|', ', ')}; runtime events go to /v1/violations.`,
  );
}

function isPosted(kind: string): kind is PostedKind {
  return Object.hasOwn(ROLE_OF_KIND, kind);
}
