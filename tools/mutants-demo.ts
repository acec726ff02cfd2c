import type { Mutant } from './mutants.ts';
import { COMMIT_MUTANTS } from './mutants-commits.ts';
import { GATE_MUTANTS } from './mutants-gates.ts';
import { PHASE_MUTANTS } from './mutants-phases.ts';

const tests = ['test/e2e/demo.test.ts'];
const SOURCE_RULES = 'src/capabilities/policy/default-source-rules.ts';

/** Guards whose own tests notice when they go, and which the demo must notice too. */
const SHOWN = new Set([
  'commit: any bytes are a signature',
  'signature: any bytes are a signature',
  'signature: any verified signer may state anything',
  'signature: an unsigned image passes',
  'trust by repository: a rule of another repository counts',
  'severity: critical findings pass',
  'licence: any licence passes',
  'registry: any registry is allowed',
  'time: new advisories do not change a verdict',
]);

const again = [...COMMIT_MUTANTS, ...GATE_MUTANTS, ...PHASE_MUTANTS].filter(({ name }) =>
  SHOWN.has(name),
);
if (again.length !== SHOWN.size)
  throw new Error('a guard that the demo shows goes by another name now');

/** Breaking any guard that the story leans on makes the demo fail. */
export const DEMO_MUTANTS: readonly Mutant[] = [
  ...again.map((mutant) => ({ ...mutant, name: `demo: ${mutant.name}`, tests })),
  {
    name: 'demo: unsigned commits are pushed',
    file: SOURCE_RULES,
    find: 'commits.all(c, c.signed && c.trusted\n      && (c.authorMatches',
    replace: 'commits.all(c, true || (c.authorMatches',
    tests,
  },
  {
    name: 'demo: components need not be pinned',
    file: SOURCE_RULES,
    find: 'require: dependencies.all(d, d.pinned)',
    replace: 'require: dependencies.all(d, d.pinned || true)',
    tests,
  },
  {
    name: 'demo: components come from any registry',
    file: SOURCE_RULES,
    find:
      "dependencies.all(d, d.registryFrom == 'tree' || within(d.registry, " +
      'params.allowedComponentRegistries)',
    replace: 'dependencies.all(d, d.pinned || !d.pinned',
    tests,
  },
  {
    name: 'demo: a fixed backport is affected',
    file: 'src/capabilities/advisories/match.ts',
    find: "if (since === null) return { status: 'not_affected',",
    replace: "if (since === null) return { status: 'affected',",
    tests,
  },
  {
    name: 'demo: two builds need not be equal',
    file: 'src/capabilities/inventory/compare/compare-images.ts',
    find: 'if (one.digest === other.digest) return',
    replace: 'if (one.digest !== null) return',
    tests,
  },
  {
    name: 'demo: a scan may be three days old',
    file: 'src/capabilities/policy/default-policy.ts',
    find: "parameters.scanAgeMax ?? '24h'",
    replace: "parameters.scanAgeMax ?? '72h'",
    tests,
  },
  {
    name: 'demo: a registry that begins like an allowed one is allowed',
    file: 'src/capabilities/policy/registries.ts',
    find: '}/`));',
    replace: '}`));',
    tests,
  },
];
