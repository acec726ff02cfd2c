import type { JsonObject } from '../../../core/json.ts';
import { ok, type Result } from '../../../core/result.ts';
import { formatVexTime, type VexDraft, type VexJustification } from './vex-draft.ts';

const STATES: Readonly<Record<VexDraft['status'], string>> = {
  not_affected: 'not_affected',
  affected: 'exploitable',
  fixed: 'resolved',
  under_investigation: 'in_triage',
};

/** The nearest label of CycloneDX; `detail` has the one that was meant. */
const LABELS: Readonly<Record<VexJustification, string>> = {
  component_not_present: 'code_not_present',
  vulnerable_code_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  vulnerable_code_cannot_be_controlled_by_adversary: 'code_not_reachable',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
};

/**
 * CycloneDX 1.6 with one analysis and no inventory. The form cannot say that a component is meant
 * in one image alone: components are meant wherever they are, or where the document is attached.
 */
export function buildCycloneDxVex(draft: VexDraft, id: string): Result<JsonObject> {
  const { names, status, justification, impact, action, image, components, author } = draft;
  const timestamp = formatVexTime(draft);
  const [name, ...aliases] = names;
  const detail = [justification, impact, action].filter((text) => text !== null).join(': ');
  const refs = components.length > 0 || image === null ? components : [image.purl];
  return ok({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${id}`,
    version: 1,
    metadata: { timestamp, authors: [{ name: author }] },
    vulnerabilities: [
      {
        id: name,
        ...(aliases.length === 0
          ? {}
          : { references: aliases.map((alias) => ({ id: alias, source: { name: 'alias' } })) }),
        analysis: {
          state: STATES[status],
          ...(justification === null ? {} : { justification: LABELS[justification] }),
          ...(detail === '' ? {} : { detail }),
          firstIssued: timestamp,
          lastUpdated: timestamp,
        },
        affects: refs.map((ref) => ({ ref })),
      },
    ],
  });
}
