import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify as yamlText } from 'yaml';
import {
  formatRepositoryPattern,
  parseTrust,
  STATEMENT_KINDS,
  type StatementKind,
  type TrustDocument,
  type TrustedSigner,
  toSigstoreDocument,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { readDocument } from '../../config/trust.ts';

/** A file that a command will write, once everything is checked. */
export interface NewFile {
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** The trust document of the configuration; null where there is none yet. */
export function loadKnownTrust(path: string): TrustDocument | null {
  return existsSync(path) ? orThrow(parseTrust(orThrow(readDocument(path)))) : null;
}

/**
 * The text of the trust document with more rules, in its next revision. What it has and what it
 * revokes stays.
 */
export function writeTrust(known: TrustDocument | null, rules: readonly object[]): string {
  const metadata = { name: known?.name ?? 'default', revision: (known?.revision ?? 0) + 1 };
  const all = [...(known?.rules ?? []).map(toRuleDocument), ...rules];
  const revoked = (known?.revoked ?? []).map(({ kind, value, reason }) => ({
    [kind === 'certificate' ? 'thumbprint' : kind]: value,
    ...(reason === null ? {} : { reason }),
  }));
  // mutant trust-add-forgets-revocations by own-revocation, trust-import-cosign: value -> {}
  const kept = revoked.length === 0 ? {} : { revoked };
  const machines = (known?.machines ?? []).map((one) => ({
    ...one,
    repositories: one.repositories.map(formatRepositoryPattern),
  }));
  // mutant trust-add-forgets-machines by provenance-runner: value -> {}
  const built = machines.length === 0 ? {} : { machines };
  const head = { apiVersion: 'waybill.dev/v1', kind: 'Trust', metadata };
  const document = { ...head, rules: all, ...built, ...kept };
  // Rules may share a list, and a trust document has no aliases.
  // mutant rules-that-share-a-list by trust-import-cosign, ratify-command: argument 2 -> {}
  const text = yamlText(document, { aliasDuplicateObjects: false });
  orThrow(parseTrust(text));
  return text;
}

function toRuleDocument(rule: TrustDocument['rules'][number]): object {
  const { since, until } = rule;
  return {
    id: rule.id,
    repositories: rule.repositories.map(formatRepositoryPattern),
    statements: rule.statements,
    signers: rule.signers.map(toSignerDocument),
    ...(since === null ? {} : { since: formatInstant(since) }),
    ...(until === null ? {} : { until: formatInstant(until) }),
  };
}

function toSignerDocument(signer: TrustedSigner): object {
  if (signer.kind === 'certificate') return { thumbprint: signer.thumbprint };
  if (signer.kind !== 'subject') return toSigstoreDocument(signer);
  return { identity: signer.text, trustStore: signer.trustStore };
}

/** Kinds of statements as somebody named them. */
export function requireStatementKinds(texts: readonly string[]): readonly StatementKind[] {
  return texts.map((text) => {
    const kind = STATEMENT_KINDS.find((known) => known === text);
    if (kind !== undefined) return kind;
    const why = `the kind of statement is unknown: ${text}`;
    throw new Failure('USAGE', why, `Use ${STATEMENT_KINDS.join(', ')}.`);
  });
}

/** The id of a new rule: `id`, or the next `id-2`, `id-3` … that no rule has. */
export function chooseRuleId(id: string, taken: readonly { readonly id: string }[]): string {
  let unique = id;
  for (let next = 2; taken.some((rule) => rule.id === unique); next++) unique = `${id}-${next}`;
  return unique;
}

/** Refuses to replace a file that is there already and says something else. */
export function refuseOther({ to, bytes }: NewFile, bytesMax: number, remedy: string): NewFile {
  // mutant import-replaces-a-file: condition -> false
  if (existsSync(to) && !Buffer.from(readSmallFile(to, bytesMax)).equals(bytes))
    throw new Failure('USAGE', `${to} is there already, and says something else`, remedy);
  return { to, bytes };
}

export function writeFiles(files: readonly NewFile[]): void {
  for (const { to, bytes } of files) {
    makeFolders(dirname(to), 0o700);
    writeWhole(to, bytes);
  }
}
