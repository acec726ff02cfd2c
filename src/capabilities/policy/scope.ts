import { Failure } from '../../core/failure.ts';
import type { RuleResult } from '../../core/verdict.ts';
import { type Fact, type Facts, UnknownFact } from './facts.ts';
import type { Scope } from './policy.ts';
import { isWithinPlaces } from './registries.ts';

/** Null if the policy applies. A target that no scope covers is undetermined, never allowed. */
export function checkScopes(scopes: readonly Scope[] | null, facts: Facts): RuleResult | null {
  if (scopes === null) return null;
  const answers = scopes.map((scope) => covers(scope, facts));
  if (answers.includes('yes')) return null;
  const unknown = answers.includes('unknown');
  return {
    rule: 'policy-scope',
    action: 'deny',
    outcome: 'undetermined',
    reason: unknown ? 'FACT_UNKNOWN' : 'OUT_OF_SCOPE',
    message: unknown
      ? 'it is unknown whether this policy applies here'
      : 'no scope of this policy covers this target',
    fix: 'Add a scope that covers it, or use a policy that covers it.',
  };
}

const NOWHERE = new UnknownFact(
  new Failure(
    'FACT_UNKNOWN',
    'the repository of the image is unknown',
    'Name the image by a complete reference.',
  ),
);

type Answer = 'yes' | 'no' | 'unknown';

function covers(scope: Scope, { image, workload }: Facts): Answer {
  const { repositories, clusters, namespaces } = scope;
  const repository = readField(image, ({ registry, repository: path }) =>
    typeof registry === 'string' && typeof path === 'string' ? `${registry}/${path}` : NOWHERE,
  );
  const answers = [
    repositories === null
      ? 'yes'
      : testValue(repository, (name) => isWithinPlaces(name, repositories)),
    clusters === null
      ? 'yes'
      : testValue(
          readField(workload, ({ cluster }) => cluster),
          (name) => clusters.includes(name),
        ),
    namespaces === null
      ? 'yes'
      : testValue(
          readField(workload, ({ namespace }) => namespace),
          (name) => namespaces.includes(name),
        ),
  ];
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

function readField<T>(fact: Fact<T> | undefined, field: (known: T) => Fact<string>): string | null {
  if (fact === undefined || fact instanceof UnknownFact) return null;
  const value = field(fact);
  return typeof value === 'string' ? value : null;
}

function testValue(value: string | null, test: (known: string) => boolean): Answer {
  if (value === null) return 'unknown';
  return test(value) ? 'yes' : 'no';
}
