import type { CommitAnswer, EvidenceAnswer } from '../../capabilities/graph/index.ts';
import { formatInstant } from '../../core/instant.ts';
import { node, type TreeNode } from './tree.ts';

/** The documents of one row, each with who verifiably signed it. */
export function evidenceText(evidence: readonly EvidenceAnswer[]): string {
  return evidence.map(({ document, signers }) => `${document} (${signersText(signers)})`).join(', ') || '-';
}

export function evidenceNodes(evidence: readonly EvidenceAnswer[]): readonly TreeNode[] {
  return evidence.map(({ kind, document, signers }) => node(`${kind} ${document} (${signersText(signers)})`));
}

function signersText(signers: readonly string[]): string {
  return signers.length === 0 ? 'no trusted signature' : `signed by ${signers.join(', ')}`;
}

/** `unsigned` and `signed by nobody that is known` are not the same. */
export function commitText({ commit, author, committer, committedAt, signed, signer }: CommitAnswer): string {
  const by = signer === null ? 'signed, signer unknown' : `signed by ${signer.identity} (${signer.format})`;
  const when = committedAt === null ? '' : ` at ${formatInstant(committedAt)}`;
  const made = `author ${author ?? 'unknown'}, committer ${committer ?? 'unknown'}${when}`;
  return `commit ${commit}: ${made}, ${signed ? by : 'unsigned'}`;
}
