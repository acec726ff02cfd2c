import type { JsonObject, JsonValue } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import { GATES } from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import type { PolicyDocument, RuleDocument } from './document.ts';

/**
 * What a change of the document does to verdicts. `unknown`: it depends on the facts. `none`: it
 * changes only words.
 */
export type ChangeEffect = 'tightens' | 'loosens' | 'unknown' | 'none';

export interface PolicyChange {
  readonly what: 'added' | 'removed' | 'changed';
  readonly part: 'rules' | 'rego' | 'parameters' | 'exceptions' | 'scopes' | 'mode' | 'metadata';
  readonly name: string;
  /** As it is written, in canonical JSON; null where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
  readonly effect: ChangeEffect;
}

/**
 * How two documents differ. An effect is stated only where it follows from the change alone: a rule
 * or an action more tightens, an exception more loosens; what an expression does is unknown.
 */
export function comparePolicies(
  before: PolicyDocument,
  after: PolicyDocument,
): readonly PolicyChange[] {
  return [
    ...compareMembers(
      'metadata',
      toObject(before.metadata),
      toObject(after.metadata),
      () => 'none',
    ),
    ...compareMembers('mode', listModes(before), listModes(after), judgeMode),
    ...compareMembers(
      'parameters',
      toObject(before.parameters ?? {}),
      toObject(after.parameters ?? {}),
      judgeParameter,
    ),
    ...compareMembers('rules', listRules(before), listRules(after), judgeRule),
    ...compareMembers(
      'rego',
      toObject(before.rego ?? {}),
      toObject(after.rego ?? {}),
      () => 'unknown',
    ),
    ...compareMembers('exceptions', listExceptions(before), listExceptions(after), judgeException),
    ...compareMembers(
      'scopes',
      toObject({ scopes: before.scopes ?? null }),
      toObject({ scopes: after.scopes ?? null }),
      // Outside of its scopes a policy decides nothing, which refuses.
      () => 'unknown',
    ),
  ];
}

type Judge = (
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  name: string,
) => ChangeEffect;

function compareMembers(
  part: PolicyChange['part'],
  before: JsonObject,
  after: JsonObject,
  judge: Judge,
): readonly PolicyChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): readonly PolicyChange[] => {
    const [old, now] = [getOwn(before, name), getOwn(after, name)];
    const [one, other] = [show(old), show(now)];
    if (one === other) return [];
    const what = one === null ? 'added' : other === null ? 'removed' : 'changed';
    return [{ what, part, name, before: one, after: other, effect: judge(old, now, name) }];
  });
}

function show(value: JsonValue | undefined): string | null {
  return value === undefined ? null : canonicalizeJson(value);
}

function toObject(value: object): JsonObject {
  return value as JsonObject;
}

function listModes({ mode }: PolicyDocument): JsonObject {
  return Object.fromEntries(
    GATES.map((gate) => [gate, typeof mode === 'string' ? mode : (mode[gate] ?? 'enforce')]),
  );
}

function listRules({ rules }: PolicyDocument): JsonObject {
  return Object.fromEntries(rules.map((rule) => [rule.id, toObject(rule)]));
}

function listExceptions({ exceptions = [] }: PolicyDocument): JsonObject {
  return Object.fromEntries(
    exceptions.map((one) => [
      `${one.rule} ${canonicalizeJson(toObject(one.match))}`,
      toObject(one),
    ]),
  );
}

const judgeMode: Judge = (_, after) => (after === 'enforce' ? 'tightens' : 'loosens');

/** Lists of what is allowed or refused; what the others do depends on the rules that read them. */
const judgeParameter: Judge = (before, after, name) => {
  const sign = name.startsWith('refused') ? -1 : name.startsWith('allowed') ? 1 : 0;
  if (sign === 0 || !Array.isArray(before) || !Array.isArray(after)) return 'unknown';
  const grows = before.every((one) => after.includes(one));
  const shrinks = after.every((one) => before.includes(one));
  if (grows === shrinks) return grows ? 'none' : 'unknown';
  return grows === sign > 0 ? 'loosens' : 'tightens';
};

const STRENGTH: ReadonlyMap<string | undefined, number> = new Map([
  ['deny', 1],
  ['warn', 0],
  ['record', 0],
]);

const judgeRule: Judge = (before, after) => {
  const [old, now] = [before, after] as unknown as readonly (RuleDocument | undefined)[];
  if (old === undefined) return denies(now) ? 'tightens' : 'none';
  if (now === undefined) return denies(old) ? 'loosens' : 'none';
  if (old.require !== now.require || old.effectiveOn !== now.effectiveOn) return 'unknown';
  const steps = GATES.map(
    (gate) => (STRENGTH.get(now.gates[gate]) ?? 0) - (STRENGTH.get(old.gates[gate]) ?? 0),
  );
  const [up, down] = [steps.some((step) => step > 0), steps.some((step) => step < 0)];
  if (up && down) return 'unknown';
  return up ? 'tightens' : down ? 'loosens' : 'none';
};

function denies(rule: RuleDocument | undefined): boolean {
  return GATES.some((gate) => rule?.gates[gate] === 'deny');
}

const judgeException: Judge = (before, after) =>
  before === undefined ? 'loosens' : after === undefined ? 'tightens' : 'unknown';
