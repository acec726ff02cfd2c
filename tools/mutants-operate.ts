import type { Mutant } from './mutants.ts';

const modes = ['src/capabilities/policy/modes.test.ts'];
const audit = ['src/phases/operate/audit.test.ts'];
const auditing = ['test/e2e/operate.test.ts'];
const violations = ['src/phases/operate/violations.test.ts'];
const watch = ['src/phases/operate/observation.test.ts'];
const trial = ['src/phases/operate/what-if.test.ts'];
const builds = ['src/capabilities/inventory/compare/compare-images.test.ts'];
const doctor = ['src/entrypoints/cli/set-up/checks.test.ts'];
const setUp = ['test/e2e/set-up.test.ts'];

const EVALUATE = 'src/capabilities/policy/evaluate.ts';
const MODES = 'src/capabilities/policy/policy.ts';
const AUDIT = 'src/phases/operate/audit.ts';
const VIOLATIONS = 'src/phases/operate/violations.ts';
const IDENTITY = 'src/phases/operate/cluster-identity.ts';
const TRIAL = 'src/phases/operate/what-if.ts';
const COMPARE = 'src/capabilities/inventory/compare/compare-images.ts';

/**
 * The guards around the gates: who observes where, what audits, watches and violations may
 * conclude, what set-up may touch.
 */
export const OPERATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'mode: a gate that observes lets go of those that enforce',
    file: EVALUATE,
    find: "policy.modes[question.gate] === 'enforce'",
    replace: "Object.values(policy.modes).every((mode) => mode === 'enforce')",
    tests: modes,
  },
  {
    name: 'mode: what the document does not say of a gate observes',
    file: MODES,
    find: "(written[gate] ?? 'enforce')",
    replace: "(written[gate] ?? 'observe')",
    tests: modes,
  },
  {
    name: 'mode: an observing policy admits what it does not apply to',
    file: EVALUATE,
    find: "=== 'enforce' || outOfScope),",
    replace: "=== 'enforce'),",
    tests: ['src/capabilities/policy'],
  },
  {
    name: 'audit: undetermined is a clean bill',
    file: 'src/entrypoints/cli/commands/audit.ts',
    find: 'return refused.length > 0 ? 3 : 0;',
    replace: 'return 0;',
    tests: auditing,
  },
  {
    name: 'audit: what cannot be had is as it was',
    file: AUDIT,
    find: 'if (!examined.ok) return unseen(reference.value, examined.failure);',
    replace:
      'if (!examined.ok) return { ...unseen(reference.value, examined.failure), facts: { ' +
      'signatures: [], findings: [] } };',
    tests: audit,
  },
  {
    name: 'audit: the last audit of another place counts',
    file: AUDIT,
    find: 'return workload === null && place === null;',
    replace: 'return true;',
    tests: audit,
  },
  {
    name: 'audit: a place is its name, whatever its cluster',
    file: AUDIT,
    find: "(['cluster', 'namespace', 'kind', 'name'] as const)",
    replace: "(['namespace', 'kind', 'name'] as const)",
    tests: audit,
  },
  {
    name: 'violation: joined to the first of several images',
    file: VIOLATIONS,
    find: 'image: digests.length === 1 ? (digests[0] ?? null) : null,',
    replace: 'image: digests[0] ?? null,',
    tests: violations,
  },
  {
    name: 'violation: joined by an observation whose lease was over',
    file: VIOLATIONS,
    find: '.filter(({ observedAt, leaseMs }) => at < observedAt + leaseMs)',
    replace: '',
    tests: violations,
  },
  {
    name: 'violation: joined to the first of two clusters of one name',
    file: VIOLATIONS,
    find: 'ok(places.length === 1 ? (places[0] ?? null) : null)',
    replace: 'ok(places[0] ?? null)',
    tests: violations,
  },
  {
    name: 'violation: joined by a time that cannot be',
    file: VIOLATIONS,
    find: 'event.at <= now + LIMITS.clockSkewMs;',
    replace: 'event.at !== now;',
    tests: violations,
  },
  {
    name: 'watch: a list that was cut off ends what it does not name',
    file: 'src/formats/json/documents.ts',
    find: 'if (end === null) return malformed(',
    replace:
      'if (end === null && bytes.length > 0) break; else if (end === null) return malformed(',
    tests: watch,
  },
  {
    name: 'watch: a list that says that it goes on is taken for whole',
    file: 'src/phases/operate/cluster-list.ts',
    find:
      "return (typeof next === 'string' && next !== '') || (typeof left === 'number' && left > " +
      '0);',
    replace: "return typeof left === 'number' && left > 0 && next === undefined;",
    tests: watch,
  },
  {
    name: 'watch: a list without pods ends everything',
    file: 'src/phases/operate/observation.ts',
    find: 'if (pods.length === 0 && !mayBeEmpty) {',
    replace: 'if (pods.length < 0 && !mayBeEmpty) {',
    tests: watch,
  },
  {
    name: 'watch: another cluster of one name ends what the first runs',
    file: IDENTITY,
    find: 'if (isRebuilt || own === undefined) return null;',
    replace: 'if (isRebuilt || own !== undefined) return null;',
    tests: watch,
  },
  {
    name: 'watch: a clock that is ahead orders what was seen',
    file: IDENTITY,
    find: 'if (seen.observedAt > now + LIMITS.clockSkewMs) {',
    replace: 'if (seen.observedAt > now + 1_000 * LIMITS.clockSkewMs) {',
    tests: watch,
  },
  {
    name: 'what-if: what was never recorded is left out',
    file: TRIAL,
    find: 'if (before === decision) this.#unchanged[decision] += 1;',
    replace: 'if (before === decision || !facts.ok) this.#unchanged[decision] += 1;',
    tests: trial,
  },
  {
    name: 'what-if: what was only observed counts as refused before',
    file: TRIAL,
    find: "return ok(observed ? 'allow' : last.decision);",
    replace: 'return ok(observed ? last.decision : last.decision);',
    tests: trial,
  },
  {
    name: 'what-if: a list that is not whole says nothing of it',
    file: TRIAL,
    find: 'return ok(trial.outcome(after !== null));',
    replace: 'return ok(trial.outcome(false));',
    tests: trial,
  },
  {
    name: 'builds: images of one platform and equal layers are equal',
    file: COMPARE,
    find: 'const first = found.grave ?? found.mild ?? manifestsDiffer();',
    replace:
      'const first = found.grave ?? found.mild;\n    if (first === null) return { equal: true };',
    tests: builds,
  },
  {
    name: 'builds: what changes how an image runs is as mild as a time',
    file: 'src/capabilities/inventory/compare/difference.ts',
    find: 'if (found.changesWhatRuns) this.grave ??= found;',
    replace: 'if (found.changesWhatRuns) this.mild ??= found;',
    tests: builds,
  },
  {
    name: 'fix: a file that changed meanwhile is overwritten',
    file: 'src/phases/develop/fix-plan.ts',
    find:
      'if (before.length === now.length && before.every((byte, at) => byte === now[at])) ' +
      'return;',
    replace: 'if (before.length === now.length) return;',
    tests: ['src/gates/source/source.test.ts'],
  },
  {
    name: 'init: a policy that is there is written over',
    file: 'src/entrypoints/cli/commands/init.ts',
    find: 'isThere(policyPath)\n',
    replace: 'isThere(policyPath.concat(".never"))\n',
    tests: setUp,
  },
  {
    name: 'doctor: what could not be looked at is in order',
    file: 'src/entrypoints/cli/set-up/checks.ts',
    find: "return checks.some(({ status }) => status === 'unknown') ? 3 : 0;",
    replace: 'return 0;',
    tests: doctor,
  },
  {
    name: 'doctor: an expired exception is in order',
    file: 'src/entrypoints/cli/set-up/check-documents.ts',
    find: 'const expired = exceptions.filter(({ expires }) => expires <= now);',
    replace: 'const expired = exceptions.filter(({ expires }) => expires < 0);',
    tests: doctor,
  },
  {
    name: 'doctor: a trust document that names nobody is in order',
    file: 'src/entrypoints/cli/set-up/check-documents.ts',
    find: 'if (rules.length === 0)\n',
    replace: 'if (rules.length < 0)\n',
    tests: doctor,
  },
];
