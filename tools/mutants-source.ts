import type { Mutant } from './mutants.ts';

const RULES = 'src/capabilities/policy/default-source-rules.ts';
const LOCK = 'src/capabilities/ecosystems/npm/declared/npm-dependencies.ts';
const DOCKER = 'src/capabilities/ecosystems/dockerfile/dockerfile.ts';
const FACTS = 'src/gates/source/source-facts.ts';
const rules = ['src/capabilities/policy/default-source-rules.test.ts'];
const npm = ['src/capabilities/ecosystems/npm/declared/npm.test.ts'];
const docker = ['src/capabilities/ecosystems/dockerfile/dockerfile.test.ts'];
const develop = ['src/gates/source/source.test.ts'];

/**
 * The guards of the commit and the build gate: signer, pin, registry, materials, equal builds, and
 * what is not known.
 */
export const SOURCE_MUTANTS: readonly Mutant[] = [
  {
    name: 'D18: a commit by somebody else than its author passes',
    file: RULES,
    find: '&& (c.authorMatches && c.committerMatches ||',
    replace: '&& (c.committerMatches ||',
    tests: rules,
  },
  {
    name: 'D18: a signature by a key of nobody passes',
    file: RULES,
    find: 'commits.all(c, c.signed && c.trusted',
    replace: 'commits.all(c, c.signed',
    tests: rules,
  },
  {
    name: 'D19: a critical finding of a commit is not asked about',
    file: RULES,
    find: "findings.all(f, f.status == 'not_affected' || f.severity != 'critical'\n",
    replace: "findings.all(f, f.status == 'not_affected' || f.severity != 'low'\n",
    tests: rules,
  },
  {
    name: 'D20, B14: one pinned dependency is enough',
    file: RULES,
    find: 'require: dependencies.all(d, d.pinned)',
    replace: 'require: dependencies.exists(d, d.pinned)',
    tests: rules,
  },
  {
    name: 'B8: a high finding of a build is not asked about',
    file: RULES,
    find: "!(f.severity in ['critical', 'high'])",
    replace: "!(f.severity in ['critical'])",
    tests: rules,
  },
  {
    name: 'B9: materials that are not recorded pass',
    file: RULES,
    find: 'require: build.materialsRecorded',
    replace: 'require: known(build)',
    tests: rules,
  },
  {
    name: 'B10: what nothing records counts as accepted',
    file: RULES,
    find: "|| (params.unknownRegistry == 'accept' && !known(d.registry)))",
    replace: '|| !known(d.registry))',
    tests: rules,
  },
  {
    name: 'D9: two builds that differ pass',
    file: RULES,
    find: '"!build.rebuilt || build.reproduced"',
    replace: '"!build.rebuilt || known(build.reproduced)"',
    tests: rules,
  },
  {
    name: 'D9: a second build that nobody could read passes',
    file: RULES,
    find: '"!build.rebuilt || build.reproduced"',
    replace: '"!known(build.reproduced) || build.reproduced"',
    tests: rules,
  },
  {
    name: 'a registry that is only configured counts as recorded',
    file: FACTS,
    find: "return from === 'lock' || from === 'written' ? (registry ?? undefined) : undefined;",
    replace: 'return registry ?? undefined;',
    tests: ['src/gates/source/registry-facts.test.ts'],
  },
  {
    name: 'declared dependencies that are not looked at are forgotten',
    file: FACTS,
    find: 'wholeOrPartial(declared.dependencies.map(dependencyFact), declaredGap(declared))',
    replace: 'wholeOrPartial(declared.dependencies.map(dependencyFact), null)',
    tests: develop,
  },
  {
    name: 'a lock entry without a hash is pinned',
    file: LOCK,
    find: 'if (entry.integrity) return',
    replace: 'if (entry.version !== null) return',
    tests: npm,
  },
  {
    name: 'a lock that disagrees with its manifest is believed',
    file: LOCK,
    find: 'if (spec !== null && version !== null && !allows(spec, entry, version))',
    replace: 'if (spec !== null && version === null)',
    tests: npm,
  },
  {
    name: 'a package that nothing asks for hides in the lock',
    file: LOCK,
    find: 'const stray = !asked || entry.extraneous;',
    replace: 'const stray = entry.extraneous;',
    tests: npm,
  },
  {
    name: 'a base image is pinned by a tag',
    file: DOCKER,
    find: 'const fixed = image.digest !== null;',
    replace: "const fixed = image.digest !== null || image.tag !== 'latest';",
    tests: docker,
  },
];
