import { formatInstant } from '../../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { FACT_NAMES } from '../catalogue.ts';
import { encodeFacts } from '../facts-json.ts';
import type { Policy } from '../policy.ts';
import type { Question } from '../question.ts';
import { removeSample } from '../sample.ts';
import { buildInputSchema } from './fact-schema.ts';
import type { ReadPath, RegoQuery } from './port.ts';
import { ANSWER_VARIABLE } from './read-answers.ts';
import type { RegoRule } from './rego-part.ts';

/** OPA takes the whole input as unknown where it is told of nothing; this is in no input. */
const NOTHING = 'input.nothing';

/**
 * What OPA is asked for the rules of a gate: with the facts that CEL is asked with, where each
 * unknown one is unknown to OPA too. So a rule that depends on it, even by its absence, has no
 * answer (foundation 1). OPA does not see that an iteration over a whole passes an unknown part by;
 * so a whole that the rules read is unknown where a part of it is.
 */
export function buildRegoQuery(
  { parameters, rego }: Pick<Policy, 'parameters' | 'rego'>,
  { gate, facts, now, sampleCounts }: Question,
  asked: RegoModule,
  paths: readonly ReadPath[],
): RegoQuery {
  const reads = rego?.reads ?? null;
  const encoded = encodeFacts(removeSample(facts, sampleCounts === true), gate);
  const known: Record<string, JsonValue> = {};
  const unknowns: string[] = [NOTHING];
  for (const name of FACT_NAMES.filter((one) => reads?.has(one) ?? true)) {
    const value = getOwn(encoded, name);
    // What the gate cannot know is unknown as well.
    // mutant rego-fact-of-another-gate by rego: condition -> false
    if (value === undefined) unknowns.push(`input.facts.${name}`);
    else takeFact(name, narrowFact(value, reads?.get(name) ?? null), known, unknowns);
  }
  // mutant rego-iterates-over-the-unknown by rego: value -> []
  const whole = paths.map((path) => path.join('.')).filter((path) => isWhole(path, unknowns));
  return {
    ...asked,
    input: {
      gate,
      now: formatInstant(now),
      params: parameters.shown as JsonObject,
      facts: known,
    },
    schema: buildInputSchema(reads),
    unknowns: [...unknowns, ...whole],
  };
}

export type RegoModule = Pick<RegoQuery, 'module' | 'query'>;

/** What asks for the answers of rules. */
export function buildRegoModule(rules: readonly RegoRule[]): RegoModule {
  return {
    module: writeModule(rules),
    query: `data.waybill_question.answer[${ANSWER_VARIABLE}]`,
  };
}

/** Whether something that is unknown is a part of it. */
function isWhole(path: string, unknowns: readonly string[]): boolean {
  return unknowns.some((one) => one.startsWith(`${path}.`));
}

/** The fact, or the elements of the list, with these fields alone; null: with all. */
function narrowFact(value: JsonValue, fields: ReadonlySet<string> | null): JsonValue {
  if (fields === null || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one: JsonValue) => narrowFact(one, fields));
  if (!isRecord(value)) return value;
  const narrow: Record<string, JsonValue> = {};
  for (const field of Object.keys(value).filter((one) => fields.has(one)))
    setOwn(narrow, field, getOwn(value, field) ?? null);
  return narrow;
}

/** A part that is unknown is left out of a record; a list that lacks anything is unknown. */
function takeFact(
  name: string,
  value: JsonValue,
  known: Record<string, JsonValue>,
  unknowns: string[],
): void {
  // mutant rego-knows-the-unknown by rego: condition -> true
  if (!hasUnknown(value)) setOwn(known, name, value);
  else if (!isRecord(value)) unknowns.push(`input.facts.${name}`);
  else {
    const parts: Record<string, JsonValue> = {};
    for (const field of Object.keys(value)) {
      const part = getOwn(value, field) ?? null;
      if (hasUnknown(part)) unknowns.push(`input.facts.${name}.${field}`);
      else setOwn(parts, field, part);
    }
    setOwn(known, name, parts);
  }
}

/** A record of fields, and not an unknown fact or a list that lacks elements. */
function isRecord(value: JsonValue): value is JsonObject {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !Object.hasOwn(value, '$unknown')
  );
}

/** Facts are nested as deep as their types, so this ends. */
function hasUnknown(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return Object.hasOwn(value, '$unknown') || Object.values(value).some(hasUnknown);
}

/** Each name was checked when the policy was read; here it is only quoted. */
function writeModule(rules: readonly RegoRule[]): string {
  const answers = rules.flatMap((rule) => {
    const id = JSON.stringify(rule.id);
    const place = `data${rule.package
      .split('.')
      .map((part) => `[${JSON.stringify(part)}]`)
      .join('')}`;
    return [
      `answer contains [${id}, "allow"] if ${place}.allow == true`,
      `answer contains [${id}, "deny", message] if some message in ${place}.deny`,
    ];
  });
  return ['package waybill_question', '', 'import rego.v1', '', ...answers, ''].join('\n');
}
