// npm run test:mutations [-- PART-OF-NAME-OR-FILE …]: removes each guard below a mutant comment, in
// a copy of the tree, and expects a test of each of its sets to fail. A mutant that no test notices
// survives. A survivor, or a mutant that no longer applies, is a failure.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { applyMutant, collectMutants, listTests, type Mutant, resolveTests } from './mutants.ts';
import { root, run } from './process.ts';

type Fate = 'killed' | 'survived';

const LEFT_BEHIND = new Set(['node_modules', '.git', 'dist', 'coverage', '.cache', '.waybill']);
const MUTANT_TIMEOUT_MS = 300_000;

/** A copy of the working tree, so that edits have no effect on the run; packages are linked. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-mutants-'));
  cpSync(root, folder, {
    recursive: true,
    filter: (path) => !LEFT_BEHIND.has(path.slice(root.length + 1)),
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

/** The optional test data is beside the real tree, so the copy needs its path. */
function testEnvironment(): NodeJS.ProcessEnv {
  const data = resolve(root, process.env['WAYBILL_TEST_DATA'] ?? '../shared/data');
  return { ...process.env, WAYBILL_TEST_DATA: data };
}

async function testsPass(folder: string, tests: readonly string[]): Promise<boolean> {
  const vitest = resolve(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--reporter=dot', '--maxWorkers=1', ...tests];
  const options = { cwd: folder, env: testEnvironment(), timeoutMs: MUTANT_TIMEOUT_MS };
  return (await run(process.execPath, args, options)).code === 0;
}

interface Trial {
  readonly mutant: Mutant;
  readonly tests: readonly string[];
}

async function tryMutant({ mutant, tests }: Trial, folder: string): Promise<Fate> {
  const path = join(folder, mutant.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, applyMutant(mutant, original));
  try {
    return (await testsPass(folder, tests)) ? 'survived' : 'killed';
  } finally {
    writeFileSync(path, original);
  }
}

/** A test that always fails would kill every mutant. */
async function soundTests(trials: readonly Trial[], folder: string): Promise<boolean> {
  return testsPass(folder, [...new Set(trials.flatMap(({ tests }) => tests))]);
}

async function main(parts: readonly string[]): Promise<void> {
  const wanted = collectMutants(root).filter(
    ({ name, file }) =>
      parts.length === 0 || parts.some((part) => name.includes(part) || file.includes(part)),
  );
  const all = listTests(root);
  const trials = wanted.flatMap((mutant) =>
    resolveTests(mutant, all).map((tests) => ({ mutant, tests })),
  );
  const folder = copyTree();
  try {
    if (wanted.length === 0) throw new Error('no mutant has this text in its name or file');
    if (!(await soundTests(trials, folder))) throw new Error('the tests fail without any mutant');
    const fates: Fate[] = [];
    for (const trial of trials) {
      const fate = await tryMutant(trial, folder);
      fates.push(fate);
      console.log(
        `${fate.padEnd(8)} ${trial.mutant.name} (${trial.mutant.file}) by ` +
          `${trial.tests.join(', ')}`,
      );
    }
    const killed = fates.filter((fate) => fate === 'killed').length;
    console.log(`\n${killed} of ${fates.length} mutants killed`);
    process.exitCode = killed === fates.length ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
