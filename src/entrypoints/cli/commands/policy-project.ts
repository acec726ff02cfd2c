import { parsePolicy } from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { readDocument, readTrustDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyProjectCall } from '../options/gates.ts';
import { PROJECTIONS } from '../projections/list.ts';
import { type Report, toDocument } from '../report/report.ts';

/** Prints the policy in a form that another system enforces, with the policy inside. */
export async function run(call: PolicyProjectCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const text = orThrow(readDocument(config.policy));
  const policy = orThrow(parsePolicy(text));
  const name = call.options.to;
  const { gates, place, write } = PROJECTIONS[name];
  const rules = [...policy.rules, ...(policy.rego?.rules ?? [])];
  // mutant policy-projected-to-no-gate by policy-commands: condition -> false
  if (!gates.some((gate) => rules.some((rule) => rule.gates[gate] === 'deny')))
    throw new Failure(
      'USAGE',
      `no rule of ${policy.name} denies at the ${gates.join(' or ')} gate, which ${name} asks`,
      'Project it to another form, or give a rule that gate.',
    );
  const readTrust = () => orThrow(readTrustDocument(config));
  return {
    ...toDocument(Buffer.from(write({ policy, text, readTrust }))),
    hints: [`it belongs at ${place}`],
  };
}
