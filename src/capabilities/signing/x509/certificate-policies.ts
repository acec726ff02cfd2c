import {
  id_ce_certificatePolicies,
  id_ce_inhibitAnyPolicy,
  id_ce_policyConstraints,
  id_ce_policyMappings,
} from '@peculiar/asn1-x509';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { isSameName } from './canonical-name.ts';
import type { Certificate } from './certificate.ts';
import { type ChainRefusal, refuseChain } from './chain-flaw.ts';

const ANY_POLICY = '2.5.29.32.0';

/**
 * The policies that are valid at one depth of the path, each with the policies that the next
 * certificate may name for it. Where any policy will do at the end, the edges of the graph of
 * RFC 9618 decide nothing, so only its last row is kept.
 */
type PolicyRow = ReadonlyMap<string, readonly string[]>;

/** RFC 5280 §6.1.2 (d)–(f): how many certificates may follow before each rule applies. */
interface Counters {
  explicitPolicy: number;
  inhibitAnyPolicy: number;
  policyMapping: number;
}

/**
 * RFC 5280 §6.1.3 (d)–(f), §6.1.4 (a), (b) and (h)–(j), §6.1.5 (a), (b) and (g), with the graph of
 * RFC 9618. Every policy is acceptable, so a path fails only where a certificate requires an
 * explicit one. The root is no part of the path.
 */
export function checkPolicies(certificates: readonly Certificate[]): ChainRefusal | null {
  const path = certificates.slice(0, -1).reverse();
  const start = path.length + 1;
  const counters = { explicitPolicy: start, inhibitAnyPolicy: start, policyMapping: start };
  let row: PolicyRow | null = new Map([[ANY_POLICY, [ANY_POLICY]]]);
  for (const [at, certificate] of path.entries()) {
    const isLast = at === path.length - 1;
    const read = readPolicyExtensions(certificate);
    if (read === null) return refusePolicy(certificate, 'has policies that cannot be read');
    const isSelfIssued = isSameName(certificate.subjectDer, certificate.issuerDer);
    const anyCounts = counters.inhibitAnyPolicy > 0 || (!isLast && isSelfIssued);
    row = row === null || read.policies === null ? null : growRow(row, read.policies, anyCounts);
    if (!isLast && row !== null) row = mapRow(row, read.mappings, counters.policyMapping > 0);
    advanceCounters(counters, read, { isLast, isSelfIssued });
    // What is lost above the last certificate is lost there too.
    // mutant policy-that-is-required: condition -> false
    if (isLast && counters.explicitPolicy === 0 && row === null)
      return refusePolicy(certificate, 'has none of the policies that its authorities require');
  }
  return null;
}

/** RFC 9618 §5.3, step (d): null when no policy remains. */
function growRow(
  above: PolicyRow,
  policies: readonly string[],
  anyCounts: boolean,
): PolicyRow | null {
  const expected = new Set([...above.values()].flat());
  const row = new Map<string, readonly string[]>();
  for (const policy of policies) {
    if (policy === ANY_POLICY) continue;
    // mutant policy-that-no-authority-has: remove
    if (expected.has(policy) || above.has(ANY_POLICY)) row.set(policy, [policy]);
  }
  // mutant any-policy-is-inhibited: remove operand 2
  if (policies.includes(ANY_POLICY) && anyCounts) {
    for (const policy of expected) if (!row.has(policy)) row.set(policy, [policy]);
  }
  return row.size === 0 ? null : row;
}

/** RFC 9618 §5.4, step (b): null when no policy remains. */
function mapRow(row: PolicyRow, mappings: PolicyMappings, isAllowed: boolean): PolicyRow | null {
  const mapped = new Map(row);
  for (const [issuerPolicy, subjectPolicies] of mappings) {
    // mutant policy-mapping-is-inhibited: condition -> false
    // mutant mapping-of-a-policy-of-the-row: condition 2 -> true
    if (!isAllowed) mapped.delete(issuerPolicy);
    else if (row.has(issuerPolicy) || row.has(ANY_POLICY))
      mapped.set(issuerPolicy, subjectPolicies);
  }
  return mapped.size === 0 ? null : mapped;
}

function advanceCounters(
  counters: Counters,
  { requireExplicit, inhibitMapping, inhibitAny }: PolicyExtensions,
  { isLast, isSelfIssued }: { readonly isLast: boolean; readonly isSelfIssued: boolean },
): void {
  // §6.1.4 (h) and §6.1.5 (a): a self-issued certificate is not counted, unless it is the last.
  // mutant self-issued-leaf-is-counted: remove operand
  if (isLast || !isSelfIssued) {
    counters.explicitPolicy = Math.max(0, counters.explicitPolicy - 1);
    counters.policyMapping = Math.max(0, counters.policyMapping - 1);
    counters.inhibitAnyPolicy = Math.max(0, counters.inhibitAnyPolicy - 1);
  }
  if (isLast) {
    if (requireExplicit === 0) counters.explicitPolicy = 0;
    return;
  }
  // mutant required-policy-stays-required: call -> Math.min($argument2)
  counters.explicitPolicy = Math.min(counters.explicitPolicy, requireExplicit);
  // mutant inhibited-mapping-stays-inhibited: call -> Math.min($argument2)
  counters.policyMapping = Math.min(counters.policyMapping, inhibitMapping);
  // mutant inhibited-any-policy-stays-inhibited: call -> Math.min($argument2)
  counters.inhibitAnyPolicy = Math.min(counters.inhibitAnyPolicy, inhibitAny);
}

type PolicyMappings = ReadonlyMap<string, readonly string[]>;

interface PolicyExtensions {
  /** Null where the certificate has none. */
  readonly policies: readonly string[] | null;
  readonly mappings: PolicyMappings;
  /** Infinite where the certificate does not say it. */
  readonly requireExplicit: number;
  readonly inhibitMapping: number;
  readonly inhibitAny: number;
}

/** Null when one of them is malformed. */
function readPolicyExtensions(certificate: Certificate): PolicyExtensions | null {
  const policies = readPolicies(certificate);
  const mappings = readMappings(certificate);
  const constraints = readConstraints(certificate);
  const inhibitAny = readInhibitAny(certificate);
  if (policies === 'malformed' || mappings === null || constraints === null || inhibitAny === null)
    return null;
  return { policies, mappings, ...constraints, inhibitAny };
}

function readPolicies(certificate: Certificate): readonly string[] | null | 'malformed' {
  const extension = certificate.extensions.get(id_ce_certificatePolicies);
  if (extension === undefined) return null;
  const list = readDer(extension.value);
  if (list?.tag !== TAG.sequence || list.children.length === 0) return 'malformed';
  const policies = new Set<string>();
  for (const { tag, children } of list.children) {
    const [policy, qualifiers, ...more] = children;
    const oid = formatOid(policy);
    // RFC 5280 §4.2.1.4: a policy occurs once.
    if (tag !== TAG.sequence || oid === null || policies.has(oid) || more.length > 0)
      return 'malformed';
    // mutant critical-qualifier-is-understood: condition -> false
    if (extension.critical && !hasKnownQualifiers(qualifiers)) return 'malformed';
    policies.add(oid);
  }
  return [...policies];
}

/** The practice statement and the notice: both are for people and change no verdict. */
const QUALIFIERS: readonly (string | null)[] = ['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2'];

function hasKnownQualifiers(qualifiers: DerNode | undefined): boolean {
  return (qualifiers?.children ?? []).every(({ children }) =>
    QUALIFIERS.includes(formatOid(children[0])),
  );
}

/** RFC 5280 §4.2.1.5 and §6.1.4 (a): no policy is mapped to or from any policy. */
function readMappings(certificate: Certificate): PolicyMappings | null {
  const extension = certificate.extensions.get(id_ce_policyMappings);
  const mappings = new Map<string, string[]>();
  if (extension === undefined) return mappings;
  const list = readDer(extension.value);
  if (list?.tag !== TAG.sequence || list.children.length === 0) return null;
  for (const { tag, children } of list.children) {
    const [from, to] = children.map(formatOid);
    if (tag !== TAG.sequence || children.length !== 2 || from == null || to == null) return null;
    // mutant any-policy-is-not-mapped: condition -> false
    if (from === ANY_POLICY || to === ANY_POLICY) return null;
    const known = mappings.get(from);
    if (known === undefined) mappings.set(from, [to]);
    else known.push(to);
  }
  return mappings;
}

type PolicyConstraints = Pick<PolicyExtensions, 'requireExplicit' | 'inhibitMapping'>;

function readConstraints(certificate: Certificate): PolicyConstraints | null {
  const extension = certificate.extensions.get(id_ce_policyConstraints);
  const absent = { requireExplicit: Infinity, inhibitMapping: Infinity };
  if (extension === undefined) return absent;
  const node = readDer(extension.value);
  if (node?.tag !== TAG.sequence || node.children.length === 0) return null;
  const tags = node.children.map(({ tag }) => tag).join();
  const counts = node.children.map(({ content }) => readCount(content));
  const [first = null, second = null] = counts;
  if (first === null || (counts.length > 1 && second === null)) return null;
  if (tags === '128') return { ...absent, requireExplicit: first };
  if (tags === '129') return { ...absent, inhibitMapping: first };
  return tags === '128,129' && second !== null
    ? { requireExplicit: first, inhibitMapping: second }
    : null;
}

function readInhibitAny(certificate: Certificate): number | null {
  const extension = certificate.extensions.get(id_ce_inhibitAnyPolicy);
  if (extension === undefined) return Infinity;
  const node = readDer(extension.value);
  return node?.tag === TAG.integer ? readCount(node.content) : null;
}

/** The content of an INTEGER that is not negative; what is over three bytes counts as infinite. */
function readCount(content: Uint8Array): number | null {
  const [first, second] = content;
  if (first === undefined || first >= 0x80) return null;
  if (first === 0 && second !== undefined && second < 0x80) return null;
  if (content.length > 4) return Infinity;
  return content.reduce((value, byte) => value * 256 + byte, 0);
}

function refusePolicy(certificate: Certificate, why: string): ChainRefusal {
  return refuseChain('certificate-policy', `${certificate.subjectText} ${why}`);
}
