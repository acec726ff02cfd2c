import type { RuleAction } from '../../../core/verdict.ts';
import type { PolicyDocument } from '../document.ts';
import { findObstacle, isObserving } from './admission-policy.ts';

/** The rules of a policy that ask for a trusted signature and for nothing else. */
export interface SignatureRules {
  readonly rules: readonly { readonly id: string; readonly action: RuleAction }[];
  /** Each other rule of the admission gate, with the reason. */
  readonly left: readonly { readonly rule: string; readonly why: string }[];
}

/** `signatures.exists(s, s.trusted)`, and nothing more. */
const ASKS_A_SIGNATURE = /^signatures\.exists\(([a-z]\w*),\1\.trusted\)$/;

/** What an engine can decide that verifies signatures by itself and knows no other fact. */
export function selectSignatureRules(document: PolicyDocument): SignatureRules {
  const rules: { id: string; action: RuleAction }[] = [];
  const left: { rule: string; why: string }[] = [];
  for (const rule of document.rules) {
    const action = rule.gates.admission;
    if (action === undefined) continue;
    const why = ASKS_A_SIGNATURE.test(rule.require.replaceAll(/\s/g, ''))
      ? findObstacle(document, rule)
      : 'it asks for something else than a trusted signature';
    if (why === null)
      rules.push({ id: rule.id, action: isObserving(document) ? 'record' : action });
    else left.push({ rule: rule.id, why });
  }
  for (const rule of document.rego?.rules ?? [])
    if (rule.gates.admission !== undefined) left.push({ rule: rule.id, why: 'it is in Rego' });
  return { rules, left };
}
