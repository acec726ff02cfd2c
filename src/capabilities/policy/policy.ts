import { type Digest, sha256 } from '../../core/digest.ts';
import { type Instant, parseInstant, toInstant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import { GATES, type Gate, type RuleAction } from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { gateKnows, VARIABLES } from './catalogue.ts';
import { compileExpression, type Expression } from './cel/compile.ts';
import { type FieldTypes, formatType } from './cel/type.ts';
import { type ComponentPattern, readComponentPattern } from './component-pattern.ts';
import {
  type ExceptionDocument,
  invalid,
  type PolicyDocument,
  type RuleDocument,
  readDocument,
  type ScopeDocument,
} from './document.ts';
import { buildParametersType, type Parameters, readParameters } from './parameters.ts';
import { normalisePlace } from './registries.ts';
import { type RegoPart, readRegoPart } from './rego/rego-part.ts';

export type PolicyMode = 'enforce' | 'observe';

/** A policy document, checked and compiled once. */
export interface Policy {
  readonly name: string;
  readonly revision: number;
  /** The mode of each gate: what a gate in observe mode would refuse is recorded and admitted. */
  readonly modes: Readonly<Record<Gate, PolicyMode>>;
  /** Digest of the canonical JSON of the document: comments and layout do not change it. */
  readonly digest: Digest;
  readonly parameters: Parameters;
  readonly scopes: readonly Scope[] | null;
  readonly rules: readonly Rule[];
  /** Its rules in Rego, with their bundle; null where it has none. */
  readonly rego: RegoPart | null;
  readonly exceptions: readonly Exception[];
  /** Slots that an evaluation of any rule needs. */
  readonly slots: number;
}

export interface Rule {
  readonly id: string;
  readonly description: string;
  readonly gates: Readonly<Partial<Record<Gate, RuleAction>>>;
  /** Before this moment the rule warns instead of denying. */
  readonly effectiveOn: Instant | null;
  readonly require: Expression;
  readonly message: Expression | null;
  readonly fix: string | null;
}

export interface Exception {
  readonly rule: string;
  readonly finding: string | null;
  readonly component: ComponentPattern | null;
  readonly repository: string | null;
  readonly owner: string;
  readonly reason: string;
  readonly expires: Instant;
}

export interface Scope {
  readonly repositories: readonly string[] | null;
  readonly clusters: readonly string[] | null;
  readonly namespaces: readonly string[] | null;
}

/**
 * Reads and compiles a policy. Unknown names, facts that a gate cannot have, comparisons that can
 * never be true and expressions that are too deep are errors here, not an `undetermined` in
 * production.
 *
 * @example const policy = orThrow(parsePolicy(buildDefaultPolicy()));
 */
export function parsePolicy(text: string): Result<Policy> {
  const document = readDocument(text);
  if (!document.ok) return document;
  const parameters = readParameters(document.value.parameters);
  return parameters.ok ? compilePolicy(document.value, parameters.value) : parameters;
}

function compilePolicy(document: PolicyDocument, parameters: Parameters): Result<Policy> {
  const variables = { ...VARIABLES, params: buildParametersType(parameters) };
  const rules = readEach(document.rules, (rule) => compileRule(rule, variables));
  if (!rules.ok) return rules;
  const rego = readRegoPart(document.rego, parseMoment);
  if (!rego.ok) return rego;
  const inRego = new Set(rego.value?.rules.map(({ id }) => id));
  const all = [...rules.value.map((rule) => rule.id), ...inRego];
  const ids = new Set(all);
  const reserved = RESERVED_IDS.find((id) => ids.has(id));
  if (reserved !== undefined) return invalid(`rules: the id ${reserved} is reserved`);
  if (ids.size !== all.length) return invalid('rules: two rules have the same id');
  if (ids.size === 0) return invalid('rules: there is no rule');
  const exceptions = readEach(document.exceptions ?? [], (one) => readException(one, ids));
  if (!exceptions.ok) return exceptions;
  const narrow = exceptions.value.find(
    (one) => inRego.has(one.rule) && (one.finding !== null || one.component !== null),
  );
  // mutant exception-that-rego-cannot-ask by rego: condition -> false
  if (narrow !== undefined)
    return invalid(
      `exceptions: rule ${narrow.rule} is in Rego: an exception of it names a repository only`,
    );
  const doubled = findRepeated(document.exceptions ?? []);
  if (doubled !== null) return invalid(`exceptions: rule ${doubled} has the same exception twice`);
  const scopes = readEach(document.scopes ?? [], readScope);
  if (!scopes.ok) return scopes;
  return ok({
    name: document.metadata.name,
    revision: document.metadata.revision,
    modes: readModes(document.mode),
    digest: sha256(canonicalizeJson(document as unknown as JsonValue)),
    parameters,
    scopes: document.scopes === undefined ? null : scopes.value,
    rules: rules.value,
    rego: rego.value,
    exceptions: exceptions.value,
    slots: Math.max(
      0,
      ...rules.value.flatMap((rule) => [rule.require.slots, rule.message?.slots ?? 0]),
    ),
  });
}

/**
 * A gate without a mode in the document enforces: a gate is relaxed by name, never because it was
 * forgotten.
 */
function readModes(written: PolicyDocument['mode']): Policy['modes'] {
  // mutant mode-defaults-to-enforce by modes: literal 2 -> 'observe'
  const of = (gate: Gate): PolicyMode =>
    typeof written === 'string' ? written : (written[gate] ?? 'enforce');
  return Object.fromEntries(GATES.map((gate) => [gate, of(gate)])) as Record<Gate, PolicyMode>;
}

/** Results that the evaluation itself adds. */
export const RESERVED_IDS = ['policy-scope', 'enforcing-rule'] as const;

function readEach<From, To>(
  items: readonly From[],
  read: (item: From) => Result<To>,
): Result<readonly To[]> {
  const values: To[] = [];
  for (const item of items) {
    const value = read(item);
    if (!value.ok) return value;
    values.push(value.value);
  }
  return ok(values);
}

function compileRule(rule: RuleDocument, variables: FieldTypes): Result<Rule> {
  const require = compileExpression(rule.require, { variables });
  if (!require.ok) return invalid(`rule ${rule.id}: require: ${require.failure.message}`);
  if (require.value.type.kind !== 'bool') {
    return invalid(
      `rule ${rule.id}: require: it must be true or false, but is ` +
        `${formatType(require.value.type)}`,
    );
  }
  const message =
    rule.message === undefined
      ? null
      : compileExpression(rule.message, { variables, message: true });
  if (message?.ok === false) return invalid(`rule ${rule.id}: message: ${message.failure.message}`);
  if (message?.ok === true && !['string', 'dyn'].includes(message.value.type.kind)) {
    return invalid(
      `rule ${rule.id}: message: it must be a text, but is ${formatType(message.value.type)}`,
    );
  }
  const foreign = findForeignFact(rule, [
    require.value,
    ...(message?.ok === true ? [message.value] : []),
  ]);
  if (foreign !== null) return invalid(`rule ${rule.id}: ${foreign}`);
  const effectiveOn =
    rule.effectiveOn === undefined ? ok(null) : parseMoment(rule.effectiveOn, 'start');
  if (!effectiveOn.ok)
    return invalid(`rule ${rule.id}: effectiveOn: ${effectiveOn.failure.message}`);
  return ok({
    id: rule.id,
    description: rule.description,
    gates: rule.gates as Rule['gates'],
    effectiveOn: effectiveOn.value,
    require: require.value,
    message: message?.ok === true ? message.value : null,
    fix: rule.fix ?? null,
  });
}

function findForeignFact(rule: RuleDocument, expressions: readonly Expression[]): string | null {
  for (const gate of GATES.filter((one) => rule.gates[one] !== undefined)) {
    for (const name of expressions.flatMap((one) => [...one.reads])) {
      if (!gateKnows(gate, name)) return `the ${gate} gate cannot know ${name}`;
    }
  }
  return null;
}

function readException(written: ExceptionDocument, rules: ReadonlySet<string>): Result<Exception> {
  const where = `exceptions: rule ${written.rule}`;
  if (!rules.has(written.rule)) return invalid(`${where}: there is no such rule`);
  const expires = parseMoment(written.expires, 'end');
  if (!expires.ok) return invalid(`${where}: expires: ${expires.failure.message}`);
  const component =
    written.match.component === undefined ? null : readComponentPattern(written.match.component);
  if (component?.ok === false) return invalid(`${where}: component: ${component.failure.message}`);
  const repository =
    written.match.repository === undefined ? null : normalisePlace(written.match.repository);
  if (repository === null && written.match.repository !== undefined) {
    return invalid(
      `${where}: repository: ${JSON.stringify(written.match.repository)} is no repository`,
    );
  }
  return ok({
    rule: written.rule,
    finding: written.match.finding ?? null,
    component: component?.ok === true ? component.value : null,
    repository,
    owner: written.owner,
    reason: written.reason,
    expires: expires.value,
  });
}

function findRepeated(exceptions: readonly ExceptionDocument[]): string | null {
  const seen = new Set<string>();
  for (const { rule, match } of exceptions) {
    const key = canonicalizeJson({ rule, ...match } as JsonValue);
    if (seen.has(key)) return rule;
    seen.add(key);
  }
  return null;
}

function readScope(written: ScopeDocument): Result<Scope> {
  const places = written.repositories?.map((place) => normalisePlace(place)) ?? null;
  const stranger = places?.indexOf(null) ?? -1;
  if (stranger !== -1) {
    return invalid(
      `scopes: ${JSON.stringify(written.repositories?.[stranger])} is no registry or path of one`,
    );
  }
  return ok({
    repositories: places as readonly string[] | null,
    clusters: written.clusters ?? null,
    namespaces: written.namespaces ?? null,
  });
}

const DAY_MS = 86_400_000;

/**
 * An RFC 3339 time, or a day in UTC: an expiry lasts through that day, an effective date begins
 * with it.
 */
function parseMoment(text: string, edge: 'start' | 'end'): Result<Instant> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return parseInstant(text);
  const start = parseInstant(`${text}T00:00:00Z`);
  return start.ok && edge === 'end' ? ok(toInstant(start.value + DAY_MS)) : start;
}
