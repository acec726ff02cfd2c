import type { PurlParts } from '../../core/purl.ts';
import { matchesParts, parseParts } from './component-pattern.ts';
import {
  type ComponentFact,
  type Facts,
  type FindingFact,
  PartialList,
  UnknownFact,
} from './facts.ts';
import type { Exception } from './policy.ts';
import { isWithinPlaces } from './registries.ts';

/** The result of applying exceptions to a rule that is broken. */
export interface ExceptionResult {
  readonly facts: Facts;
  /** The whole rule is excused. */
  readonly whole: boolean;
  readonly applied: readonly Exception[];
}

/** Takes steps from the budget of the decision; false where none are left. */
export type Spend = (steps: number) => boolean;

/** Whether the rule is broken, and not just undetermined, for these facts. */
export type BreakTest = (facts: Facts) => boolean;

/**
 * The exceptions that excuse a whole rule here, because they name a repository and nothing in it.
 * They also answer a rule that cannot be decided: a person has accepted whatever it would say.
 */
export function selectWhole(facts: Facts, exceptions: readonly Exception[]): readonly Exception[] {
  return exceptions.filter(
    (one) => one.finding === null && one.component === null && appliesTo(one, facts),
  );
}

/**
 * An exception of a finding or a component removes those that break the rule, each by itself. It
 * does not remove what only leaves the rule undetermined, or what a list lacks: it is about
 * something that a person has examined, so it never silences the undetermined. A rule that is
 * broken without any finding or component cannot be excused by them.
 */
export function excuse(
  facts: Facts,
  exceptions: readonly Exception[],
  breaks: BreakTest,
  spend: Spend,
): ExceptionResult {
  const here = exceptions.filter((exception) => appliesTo(exception, facts));
  const whole = selectWhole(facts, exceptions);
  if (whole.length > 0) return { facts, whole: true, applied: whole };
  const bare: Facts = { ...facts, findings: [], components: [] };
  if (here.length === 0 || breaks(bare)) return { facts, whole: false, applied: [] };
  const applied = new Set<Exception>();
  const keep =
    <T>(alone: (item: T) => Facts, { takePurl, matches }: Matching<T>) =>
    (item: T): boolean => {
      // mutant exceptions-without-a-budget: condition -> !spend(here.length) && false
      if (!spend(here.length)) return true;
      const purl = parseParts(takePurl(item));
      const reason = here.find((exception) => matches(exception, item, purl));
      if (reason === undefined || !breaks(alone(item))) return true;
      applied.add(reason);
      return false;
    };
  const changed: Facts = {
    ...facts,
    ...filterFacts(
      facts,
      'findings',
      keep<FindingFact>((item) => ({ ...bare, findings: [item] }), FINDINGS),
    ),
    ...filterFacts(
      facts,
      'components',
      keep<ComponentFact>((item) => ({ ...bare, components: [item] }), COMPONENTS),
    ),
  };
  return { facts: changed, whole: false, applied: [...applied] };
}

function appliesTo({ repository }: Exception, { image }: Facts): boolean {
  if (repository === null) return true;
  if (image === undefined || image instanceof UnknownFact) return false;
  if (typeof image.registry !== 'string' || typeof image.repository !== 'string') return false;
  return isWithinPlaces(`${image.registry}/${image.repository}`, [repository]);
}

/** How exceptions name an item of a list; the purl is parsed once for all of them. */
interface Matching<T> {
  readonly takePurl: (item: T) => unknown;
  readonly matches: (one: Exception, item: T, purl: PurlParts | null) => boolean;
}

const FINDINGS: Matching<FindingFact> = {
  takePurl: ({ component }) => component,
  matches: matchesFinding,
};
const COMPONENTS: Matching<ComponentFact> = {
  takePurl: ({ purl }) => purl,
  matches: ({ finding, component }, _, purl) =>
    finding === null && component !== null && matchesParts(component, purl),
};

function matchesFinding(
  { finding, component }: Exception,
  fact: FindingFact,
  purl: PurlParts | null,
): boolean {
  if (finding === null && component === null) return false;
  const aliases = Array.isArray(fact.aliases) ? fact.aliases : [];
  const named = finding === null || fact.id === finding || aliases.includes(finding);
  return named && (component === null || matchesParts(component, purl));
}

function filterFacts<Name extends 'findings' | 'components'>(
  facts: Facts,
  name: Name,
  keep: (item: never) => boolean,
): Partial<Pick<Facts, Name>> {
  const list = facts[name];
  if (list === undefined || list instanceof UnknownFact) return {};
  const items = (list instanceof PartialList ? list.items : list) as readonly never[];
  const kept = items.filter((item) => (item as unknown) instanceof UnknownFact || keep(item));
  if (kept.length === items.length) return {};
  return {
    [name]: list instanceof PartialList ? new PartialList(kept, list.rest) : kept,
  } as unknown as Pick<Facts, Name>;
}
