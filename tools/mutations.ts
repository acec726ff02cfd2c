// npm run test:mutations [-- PART-OF-NAME-OR-FILE …]: takes each guard of tools/mutants.ts away, in
// a copy, and expects a test to fail. A mutant that no test notices survives; one survivor, or a
// mutant that no longer applies, is a failure.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MUTANTS, type Mutant } from './mutants.ts';
import { root, run } from './process.ts';

type Fate = 'killed' | 'survived' | 'does not apply';

const LEFT_BEHIND = new Set(['node_modules', '.git', 'dist', 'coverage', '.cache', '.waybill']);
const MUTANT_TIMEOUT_MS = 300_000;

/** A copy of the working tree beside which nobody edits; packages are linked. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-mutants-'));
  cpSync(root, folder, {
    recursive: true,
    filter: (path) => !LEFT_BEHIND.has(path.slice(root.length + 1)),
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

/** The optional test data lies beside the real tree, so the copy is told where. */
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

async function tryMutant(mutant: Mutant, folder: string): Promise<Fate> {
  const path = join(folder, mutant.file);
  const original = readFileSync(path, 'utf8');
  if (original.split(mutant.find).length !== 2) return 'does not apply';
  writeFileSync(
    path,
    original.replace(mutant.find, () => mutant.replace),
  );
  try {
    return (await testsPass(folder, mutant.tests)) ? 'survived' : 'killed';
  } finally {
    writeFileSync(path, original);
  }
}

/** A test that fails anyway would kill everything. */
async function soundTests(mutants: readonly Mutant[], folder: string): Promise<boolean> {
  return testsPass(folder, [...new Set(mutants.flatMap(({ tests }) => tests))]);
}

async function main(parts: readonly string[]): Promise<void> {
  const wanted = MUTANTS.filter(
    ({ name, file }) =>
      parts.length === 0 || parts.some((part) => name.includes(part) || file.includes(part)),
  );
  const folder = copyTree();
  try {
    if (wanted.length === 0) throw new Error('no mutant has that in its name or file');
    if (!(await soundTests(wanted, folder))) throw new Error('the tests fail without any mutant');
    const fates: Fate[] = [];
    for (const mutant of wanted) {
      const fate = await tryMutant(mutant, folder);
      fates.push(fate);
      console.log(`${fate.padEnd(14)} ${mutant.name} (${mutant.file})`);
    }
    const killed = fates.filter((fate) => fate === 'killed').length;
    console.log(`\n${killed} of ${fates.length} mutants killed`);
    process.exitCode = killed === fates.length ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
