import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { getOwn } from '../../core/own.ts';
import { evaluateExpression } from './cel/compile.ts';
import { Run } from './cel/run.ts';
import { type CelError, FactRecord, type UnknownElements, type Value } from './cel/value.ts';
import type { Rule } from './policy.ts';

/**
 * What is wrong: the rule's own message about what it found, or its description if the message has
 * no value. It shows the first names of a list, counts the others and says what shows all.
 */
export function describeBroken(rule: Rule, slots: Value[], now: Instant, note: string): string {
  const run = new Run(slots, now, { lenient: true });
  const said = rule.message === null ? null : evaluateExpression(rule.message, run);
  const isSaid = typeof said === 'string' && said.trim() !== '';
  const text = `${(isSaid ? said : rule.description).trim()}${note}`;
  // A message that the budget ended names nothing.
  const isCut = run.isCut || (rule.message !== null && typeof said !== 'string');
  return `${cut(text)}${isCut ? describeWhole(rule) : ''}`;
}

/**
 * Why it cannot be decided, and what is required: two sentences. Of a list it names the elements
 * that are unknown.
 */
export function describeUndetermined(rule: Rule, { failure, elements }: CelError): string {
  const causes = elements === null ? [failure.message] : listCauses(elements);
  const more = elements === null ? 0 : elements.count - elements.first.length;
  const why = cut([...causes, ...(more > 0 ? [`and ${more} more`] : [])].join('; '));
  const whole = more > 0 ? describeWhole(rule) : '';
  return `cannot be decided: ${removePeriod(why)}${whole}. Required: ${toOneLine(rule.description).trim()}`;
}

/** Each cause once, with the name of its element where it does not name it. */
function listCauses({ first }: UnknownElements): readonly string[] {
  const causes = first.map(({ item, failure }) => describeCause(item, failure));
  return [...new Set(causes)];
}

function describeCause(item: Value, { message }: Failure): string {
  const name = describeElement(item);
  return toOneLine(
    // mutant undetermined-names-the-element by rule-messages: condition -> true
    name === null || message.includes(name) ? message : `${name}: ${message}`,
    LIMITS.ruleNameCharactersMax,
  );
}

/** How people call an element of a list of facts; null if nothing in it is a name. */
function describeElement(item: Value): string | null {
  if (!(item instanceof FactRecord)) return null;
  const raw = item.raw as Readonly<Record<string, unknown>>;
  const read = (name: string): string => {
    const value = getOwn(raw, name);
    return typeof value === 'string' ? value : '';
  };
  switch (item.name) {
    case 'finding':
      return `${read('id')} in ${read('name')} ${read('version')}`.trim();
    case 'component':
      return read('purl') || read('name');
    case 'dependency':
      return `${read('name')} at ${read('place')}`;
    case 'commit':
      return `commit ${read('id')}`;
    case 'artifact':
      return `the ${read('type')} ${read('digest')}`;
    case 'material':
      return read('uri');
    default:
      return null;
  }
}

/** The command that lists all of what a rule is about. */
const SHOWS: Readonly<Record<string, string>> = {
  findings: 'waybill scan',
  components: 'waybill sbom',
  dependencies: 'waybill deps --all',
  commits: 'waybill commit verify',
  artifacts: 'waybill verify',
  signatures: 'waybill verify',
};

function describeWhole({ require, message }: Rule): string {
  const reads = new Set([...(message?.reads ?? []), ...require.reads]);
  const command = Object.entries(SHOWS).find(([fact]) => reads.has(fact))?.[1];
  return command === undefined ? '' : `; to see all: ${command}`;
}

function cut(text: string): string {
  return toOneLine(text, LIMITS.ruleMessageCharactersMax);
}

function removePeriod(text: string): string {
  return text.endsWith('.') ? text.slice(0, -1) : text;
}
