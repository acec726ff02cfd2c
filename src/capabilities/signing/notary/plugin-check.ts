import { Failure } from '../../../core/failure.ts';
import {
  IDENTITY_CHECK as IDENTITY,
  type PluginCapability,
  type PluginVerdict,
  REVOCATION_CHECK as REVOCATION,
} from '../plugins/protocol.ts';
import { quoteText, type ReasonCode } from '../reason.ts';
import { refuseSignature } from '../signature-result.ts';
import type { VerificationPlan } from './plan.ts';
import { listChecks, type PluginFact, type PluginQuery } from './plugin-query.ts';

type OpenPlan = Extract<VerificationPlan, { kind: 'open' }>;

/**
 * The plan when its plugin has answered: the plugin stands in for our check of the identity, and of
 * revocation, where it has that capability (trust-store-trust-policy.md, plugin-extensibility.md).
 * A plugin that leaves out a result or a critical attribute proves nothing.
 */
export function settlePlugin(plan: VerificationPlan, fact: PluginFact): VerificationPlan {
  if (plan.kind === 'decided' || plan.plugin === null) return plan;
  const { query } = plan.plugin;
  // mutant plugin-that-is-not-there by plugin: branch -> return { ...plan, plugin: null };
  if (fact.kind === 'absent')
    return refuse(plan, 'plugin-required', `it requires the verification plugin ${query.name}`);
  if (fact.kind === 'failed')
    return { kind: 'decided', result: { kind: 'undetermined', cause: fact.cause } };
  const { capabilities, verdict } = fact;
  const lack = findLack(query, fact.capabilities, verdict);
  if (lack !== null) return leaveOpen(query, lack);
  const identity = verdict.results.get(IDENTITY);
  // mutant plugin-distrusts-the-identity by plugin: condition -> false
  if (capabilities.has(IDENTITY) && identity?.success !== true)
    return refuse(plan, 'identity-not-trusted', explain(query, 'the identity', identity));
  // mutant plugin-without-identities-trusts-all by plugin: condition -> false
  if (!capabilities.has(IDENTITY) && plan.plugin.distrust !== null)
    return { kind: 'decided', result: plan.plugin.distrust };
  const revocation = verdict.results.get(REVOCATION);
  const checksRevocation = query.revocation && capabilities.has(REVOCATION);
  // mutant plugin-finds-it-revoked by plugin: condition -> false
  if (checksRevocation && revocation?.success !== true)
    return refuse(plan, 'certificate-revoked', explain(query, 'revocation', revocation));
  const until = plan.validUntil;
  return {
    ...plan,
    plugin: null,
    // mutant verdict-outlives-its-plugin by plugin: value -> until
    validUntil: until === null || until > fact.validUntil ? fact.validUntil : until,
    queries: plan.queries.filter(({ chain }) => !checksRevocation || chain !== query.chain),
  };
}

function findLack(
  query: PluginQuery,
  capabilities: ReadonlySet<PluginCapability>,
  { results, processed }: PluginVerdict,
): string | null {
  const wanted = listChecks(query, capabilities);
  // mutant plugin-that-verifies-nothing by plugin: condition -> false
  if (!capabilities.has(IDENTITY) && !capabilities.has(REVOCATION)) return 'verifies no signatures';
  // mutant plugin-omits-a-result by plugin: value -> undefined
  const omitted = wanted.find((one) => !results.has(one));
  if (omitted !== undefined) return `gave no result for ${omitted}`;
  // mutant plugin-skips-a-critical-attribute by plugin: value -> undefined
  const skipped = [...query.attributes.keys()].find((one) => !processed.has(one));
  return skipped === undefined ? null : `did not process ${quoteText(skipped)}`;
}

function refuse(plan: OpenPlan, code: ReasonCode, message: string): VerificationPlan {
  return { kind: 'decided', result: refuseSignature(plan.signer, code, message) };
}

function explain(
  { name }: PluginQuery,
  what: string,
  result: { readonly reason: string } | undefined,
): string {
  const why = result === undefined || result.reason === '' ? '' : `: ${quoteText(result.reason)}`;
  return `the plugin ${name} refuses ${what}${why}`;
}

function leaveOpen({ name }: PluginQuery, lack: string): VerificationPlan {
  const cause = new Failure(
    'PLUGIN_FAILED',
    `the plugin ${name} ${lack} (N53)`,
    'Take a version of the plugin that does.',
  );
  return { kind: 'decided', result: { kind: 'undetermined', cause } };
}
