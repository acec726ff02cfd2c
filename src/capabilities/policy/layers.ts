import { ok, type Result } from '../../core/result.ts';
import { GATES, type Gate, type RuleAction } from '../../core/verdict.ts';
import { parseSpanNs } from './cel/times.ts';
import { invalid, type PolicyDocument, type RuleDocument } from './document.ts';
import { isWithinPlaces, normaliseComponentPlace, normalisePlace } from './registries.ts';

/**
 * The policy of several layers, the widest first: organisation, team, repository. A layer may add
 * rules, make rules of the layers above it stricter, allow less and refuse more; it may accept
 * exceptions of its own rules only. Whatever would loosen a layer above it is an error, so that who
 * may write a narrow layer cannot take away what a wide one asks.
 */
export function composeLayers(layers: readonly PolicyDocument[]): Result<PolicyDocument> {
  const [first, ...others] = layers;
  if (first === undefined) return invalid('there is no layer');
  let whole = first;
  for (const layer of others) {
    const next = tighten(whole, layer);
    if (!next.ok) return next;
    whole = next.value;
  }
  return ok(whole);
}

function tighten(above: PolicyDocument, below: PolicyDocument): Result<PolicyDocument> {
  const where = `layer ${below.metadata.name}`;
  const mode = joinModes(above.mode, below.mode);
  const parameters = joinParameters(above.parameters ?? {}, below.parameters ?? {}, where);
  if (!parameters.ok) return parameters;
  const rules = joinRules(above, below, where);
  if (!rules.ok) return rules;
  const own = new Set([...above.rules, ...(above.rego?.rules ?? [])].map(({ id }) => id));
  const foreign = below.exceptions?.find(({ rule }) => own.has(rule));
  // mutant layer-excepts-from-above: condition -> false
  if (foreign !== undefined)
    return invalid(`${where}: exceptions: rule ${foreign.rule} is of a layer above it`);
  // mutant layer-with-scopes: condition -> false
  if (below.scopes !== undefined)
    return invalid(`${where}: scopes: only the widest layer may have them`);
  // mutant layer-with-rego-of-its-own by layers: condition -> false
  if (below.rego !== undefined)
    return invalid(`${where}: rego: only the widest layer may have a bundle`);
  const exceptions = [...(above.exceptions ?? []), ...(below.exceptions ?? [])];
  const hasParameters = Object.keys(parameters.value).length > 0;
  return ok({
    ...above,
    metadata: {
      name: below.metadata.name,
      revision: Math.max(above.metadata.revision, below.metadata.revision),
    },
    mode,
    ...(hasParameters ? { parameters: parameters.value } : {}),
    rules: [...rules.value],
    ...(exceptions.length > 0 ? { exceptions } : {}),
  });
}

/** A gate enforces where one of the layers says so. */
function joinModes(above: PolicyDocument['mode'], below: PolicyDocument['mode']) {
  const read = (mode: PolicyDocument['mode'], gate: Gate) =>
    typeof mode === 'string' ? mode : (mode[gate] ?? 'enforce');
  return Object.fromEntries(
    GATES.map((gate) => {
      const modes = [read(above, gate), read(below, gate)];
      // mutant layer-observes-what-enforces: condition -> modes.every((mode) => mode === 'enforce')
      return [gate, modes.includes('enforce') ? 'enforce' : 'observe'];
    }),
  ) as Record<Gate, 'enforce' | 'observe'>;
}

type Parameters = NonNullable<PolicyDocument['parameters']>;

const ALLOWED = [
  'allowedRegistries',
  'allowedLicenses',
  'allowedComponentRegistries',
  'mergeSigners',
] as const;
const AGES = ['scanAgeMax', 'advisoryAgeMax'] as const;
const UNKNOWNS = ['unknownSeverity', 'unknownLicense', 'unknownRegistry'] as const;

function joinParameters(above: Parameters, below: Parameters, where: string): Result<Parameters> {
  const joined: Parameters = { ...above, ...below };
  for (const name of ALLOWED) {
    const [wide, narrow] = [above[name], below[name]];
    if (wide === undefined || narrow === undefined) continue;
    const more = wide.includes('*') ? undefined : narrow.find((one) => !isWithin(one, wide, name));
    // mutant layer-allows-more: condition -> false
    if (more !== undefined)
      return invalid(
        `${where}: parameters.${name}: ${JSON.stringify(more)} is not allowed above it`,
      );
  }
  if (above.refusedLicenses !== undefined && below.refusedLicenses !== undefined)
    joined.refusedLicenses = [...new Set([...above.refusedLicenses, ...below.refusedLicenses])];
  for (const name of AGES) {
    const [wide, narrow] = [above[name], below[name]];
    if (wide === undefined || narrow === undefined) continue;
    const [most, own] = [parseSpanNs(wide), parseSpanNs(narrow)];
    // mutant layer-waits-longer: condition -> false
    if (most === null || own === null || own > most)
      return invalid(`${where}: parameters.${name}: ${narrow} is longer than ${wide} above it`);
  }
  // mutant layer-accepts-the-unknown: condition -> false
  for (const name of UNKNOWNS)
    if (below[name] === 'accept' && above[name] !== 'accept')
      return invalid(
        `${where}: parameters.${name}: the layer above it does not accept the unknown`,
      );
  return ok(joined);
}

/** A registry may be narrowed to a path of it, by whole segments. */
function isWithin(one: string, wide: readonly string[], name: (typeof ALLOWED)[number]): boolean {
  const read = PLACES[name];
  if (read === undefined) return wide.includes(one);
  const place = read(one);
  const places = wide.map(read).filter((known) => known !== null);
  return place !== null && isWithinPlaces(place, places);
}

const PLACES: Partial<Record<(typeof ALLOWED)[number], (text: string) => string | null>> = {
  allowedRegistries: normalisePlace,
  allowedComponentRegistries: normaliseComponentPlace,
};

const STRENGTH: Readonly<Record<RuleAction, number>> = { record: 1, warn: 2, deny: 3 };

function joinRules(
  above: PolicyDocument,
  below: PolicyDocument,
  where: string,
): Result<readonly RuleDocument[]> {
  const own = new Map(below.rules.map((rule) => [rule.id, rule]));
  const rules: RuleDocument[] = [];
  for (const rule of above.rules) {
    const changed = own.get(rule.id);
    own.delete(rule.id);
    const flaw = changed === undefined ? null : findLoosening(rule, changed);
    if (flaw !== null) return invalid(`${where}: rule ${rule.id}: ${flaw}`);
    rules.push(changed ?? rule);
  }
  return ok([...rules, ...own.values()]);
}

/** What a rule of a narrower layer would loosen; null if it is the same rule, or stricter. */
function findLoosening(above: RuleDocument, below: RuleDocument): string | null {
  // mutant layer-asks-something-else: condition -> false
  if (above.require !== below.require)
    return 'it asks something else than above: give the rule an id of its own';
  const weaker = GATES.find((gate) => measure(below.gates[gate]) < measure(above.gates[gate]));
  // mutant layer-weakens-an-action: condition -> false
  if (weaker !== undefined) return `it does less at the ${weaker} gate than above`;
  // mutant layer-delays-a-rule: condition -> false
  if (below.effectiveOn !== undefined && below.effectiveOn !== above.effectiveOn)
    return 'effectiveOn: only the layer that a rule is from may say when it begins';
  return null;
}

function measure(action: RuleAction | undefined): number {
  return action === undefined ? 0 : STRENGTH[action];
}
