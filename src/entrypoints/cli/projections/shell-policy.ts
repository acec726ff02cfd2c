import type { Policy } from '../../../capabilities/policy/index.ts';
import type { TrustDocument } from '../../../capabilities/signing/index.ts';

/** A policy, and the text that it was read from. */
export interface ProjectedPolicy {
  readonly policy: Policy;
  readonly text: string;
  /** Who may sign what; it throws where there is no trust document. */
  readonly readTrust: () => TrustDocument;
}

/**
 * Lines of sh that write the policy to a file of their own and ask a gate with it. The document is
 * in base64, so that no text of it is a word of the shell or of a runner; its digest is compared
 * before it is used.
 */
export function writeShell({ policy, text }: ProjectedPolicy, gate: string): readonly string[] {
  const encoded =
    Buffer.from(text)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  return [
    'set -eu',
    'folder=$(mktemp -d)',
    `trap 'rm -rf "$folder"' EXIT`,
    `base64 -d > "$folder/policy.yaml" <<'POLICY'`,
    ...encoded,
    'POLICY',
    `waybill policy check "$folder/policy.yaml" | grep -qF ${policy.digest}`,
    ['waybill', 'gate', gate, '--policy', '"$folder/policy.yaml"'].join(' '),
  ];
}

/** What the head of each file says. */
export function describeOrigin({ policy }: ProjectedPolicy, name: string): readonly string[] {
  return [
    `# Made by: waybill policy project --to ${name}. Make it again when the policy changes.`,
    `# ${policy.name}, revision ${policy.revision}, ${policy.digest}`,
  ];
}
