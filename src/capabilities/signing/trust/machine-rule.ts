import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { coversRepository, readRepositoryPattern } from './repository-pattern.ts';
import {
  MACHINE_CLOUDS,
  type MachineRule,
  type RepositoryPattern,
  RULE_ID,
  type TrustDocument,
} from './trust-rule.ts';

const AUTHORITY = /^ca:[A-Za-z0-9_.-]{1,255}$/;
const TIMESTAMPS = /^tsa:[A-Za-z0-9_.-]{1,255}$/;
/** A subscription as Azure writes it. */
const SUBSCRIPTION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SUBSCRIPTIONS_MAX = 1_000;

/** `machines` of a trust document: an entry that cannot be read, or says nothing, is an error. */
export function readMachineRules(value: JsonValue | undefined): Result<readonly MachineRule[]> {
  if (value === undefined) return ok([]);
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.policyRulesMax)
    return refuse(`machines is not a list of 1 to ${LIMITS.policyRulesMax} entries`);
  const rules: MachineRule[] = [];
  for (const item of value as readonly JsonValue[]) {
    const rule = readMachineRule(item);
    if (!rule.ok) return rule;
    const { id } = rule.value;
    if (rules.some((one) => one.id === id)) return refuse(`two entries have the id ${id}`);
    rules.push(rule.value);
  }
  return ok(rules);
}

function readMachineRule(item: JsonValue): Result<MachineRule> {
  if (!isJsonObject(item)) return refuse('an entry is not a map');
  const { id, repositories, cloud, authority, timestamps, subscriptions, ...others } = item;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return refuse(`an entry has the unknown key ${JSON.stringify(unknown.slice(0, 80))}`);
  if (typeof id !== 'string' || !RULE_ID.test(id)) return refuse('an entry has no id');
  const known = MACHINE_CLOUDS.find((one) => one === cloud);
  if (known === undefined) return refuse(`cloud of ${id} is none of ${MACHINE_CLOUDS.join(', ')}`);
  if (typeof authority !== 'string' || !AUTHORITY.test(authority))
    return refuse(`authority of ${id} is no trust store such as ca:azure`);
  if (typeof timestamps !== 'string' || !TIMESTAMPS.test(timestamps))
    return refuse(`timestamps of ${id} is no trust store such as tsa:time`);
  const places = readPatterns(repositories, id);
  if (!places.ok) return places;
  const allowed = readSubscriptions(subscriptions);
  // mutant machines-of-any-subscription by machine-rule: condition -> false
  if (allowed.length === 0) return refuse(`subscriptions of ${id} is no list of subscription ids`);
  const stores = { authority, timestamps };
  return ok({
    ...{ id, cloud: known, ...stores, subscriptions: allowed },
    repositories: places.value,
  });
}

function readPatterns(
  value: JsonValue | undefined,
  id: string,
): Result<readonly RepositoryPattern[]> {
  const listed = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  if (listed.length === 0) return refuse(`repositories of ${id} is not a list with an entry`);
  const patterns: RepositoryPattern[] = [];
  for (const one of listed) {
    const pattern = readRepositoryPattern(one);
    if (!pattern.ok) return pattern;
    patterns.push(pattern.value);
  }
  return ok(patterns);
}

/** Empty for what is no list of ids only: there is no `*`. */
function readSubscriptions(value: JsonValue | undefined): readonly string[] {
  const listed = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  const ids = listed.flatMap((one) =>
    typeof one === 'string' && SUBSCRIPTION.test(one) ? [one.toLowerCase()] : [],
  );
  return ids.length === listed.length && ids.length <= SUBSCRIPTIONS_MAX ? ids : [];
}

/** The entries that are about a normalised repository. */
export function findMachineRules(
  { machines }: Pick<TrustDocument, 'machines'>,
  repository: string,
): readonly MachineRule[] {
  return machines.filter(({ repositories }) =>
    repositories.some((pattern) => coversRepository(pattern, repository)),
  );
}

/** The trust stores that the entries name, each once. */
export function listMachineStores({
  machines,
}: Pick<TrustDocument, 'machines'>): readonly string[] {
  return [...new Set(machines.flatMap(({ authority, timestamps }) => [authority, timestamps]))];
}

function refuse(why: string): Result<never> {
  return fail(
    'TRUST_INVALID',
    `the trust document is invalid: machines: ${why}`,
    'Correct it: see docs/reference/trust.md.',
  );
}
