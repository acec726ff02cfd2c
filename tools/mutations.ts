// npm run test:mutations [-- [--resume] PART-OF-NAME-OR-FILE …]: removes each guard below a mutant
// comment, in a copy of the tree, and expects a test of each of its sets to fail. A mutant that no
// test notices survives. A survivor, a mutant whose tests do not end in time, or a mutant that no
// longer applies is a failure.
//
// Each fate is written to .cache/mutations.jsonl at once. --resume goes on after an interruption:
// it does not try again what that file calls killed.
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { applyMutant, collectMutants, listTests, type Mutant, resolveTests } from './mutants.ts';
import { root, run } from './process.ts';

type Fate = 'killed' | 'survived' | 'timed out';

const LEFT_BEHIND = new Set(['node_modules', '.git', 'dist', 'coverage', '.cache', '.waybill']);
const MUTANT_TIMEOUT_MS = 300_000;
const SOUND_TIMEOUT_MS = 3_600_000;
const RECORD = resolve(root, '.cache/mutations.jsonl');

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

interface Trial {
  readonly mutant: Mutant;
  readonly tests: readonly string[];
}

/** What happens to a mutant under these tests. */
async function runTests(
  folder: string,
  tests: readonly string[],
  timeoutMs: number,
): Promise<Fate> {
  const vitest = resolve(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--reporter=dot', '--maxWorkers=1', ...tests];
  const options = { cwd: folder, env: testEnvironment(), timeoutMs };
  const { code, timedOut } = await run(process.execPath, args, options);
  if (timedOut === true) return 'timed out';
  return code === 0 ? 'survived' : 'killed';
}

async function tryMutant({ mutant, tests }: Trial, folder: string): Promise<Fate> {
  const path = join(folder, mutant.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, applyMutant(mutant, original));
  try {
    return await runTests(folder, tests, MUTANT_TIMEOUT_MS);
  } finally {
    writeFileSync(path, original);
  }
}

/** A test that always fails would kill every mutant. */
async function requireSoundTests(trials: readonly Trial[], folder: string): Promise<void> {
  const tests = [...new Set(trials.flatMap((trial) => trial.tests))];
  if (tests.length > 0 && (await runTests(folder, tests, SOUND_TIMEOUT_MS)) !== 'survived')
    throw new Error('the tests fail without any mutant');
}

function listTrials(parts: readonly string[]): Trial[] {
  const wanted = collectMutants(root).filter(
    ({ name, file }) =>
      parts.length === 0 || parts.some((part) => name.includes(part) || file.includes(part)),
  );
  if (wanted.length === 0) throw new Error('no mutant has this text in its name or file');
  const all = listTests(root);
  return wanted.flatMap((mutant) => resolveTests(mutant, all).map((tests) => ({ mutant, tests })));
}

/** A mutant with another operation or other tests is another trial. */
function describeTrial({ mutant, tests }: Trial): string {
  return `${mutant.name} (${mutant.file}: ${mutant.operation}) by ${tests.join(', ')}`;
}

function recordFate(trial: Trial, fate: Fate): void {
  appendFileSync(RECORD, `${JSON.stringify({ trial: describeTrial(trial), fate })}\n`);
}

/** The trials with which an earlier run was done. A line that was cut off is dropped. */
function takeUpRecord(): ReadonlySet<string> {
  const text = existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  writeFileSync(RECORD, whole);
  const lines = whole.split('\n').slice(0, -1);
  const entries = lines.map((line): { trial: string; fate: Fate } => JSON.parse(line));
  return new Set(entries.filter(({ fate }) => fate === 'killed').map(({ trial }) => trial));
}

function startRecord(): ReadonlySet<string> {
  writeFileSync(RECORD, '');
  return new Set();
}

function report(trials: readonly Trial[], fates: ReadonlyMap<Trial, Fate>): void {
  const list = (fate: Fate): Trial[] => trials.filter((trial) => fates.get(trial) === fate);
  const missed = [...list('survived'), ...list('timed out')];
  console.log(
    `\n${trials.length} trials: ${list('killed').length} killed, ` +
      `${list('survived').length} survived, ${list('timed out').length} timed out`,
  );
  for (const trial of missed) console.log(`${fates.get(trial)}: ${describeTrial(trial)}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

async function main(parts: readonly string[], resume: boolean): Promise<void> {
  const trials = listTrials(parts);
  mkdirSync(dirname(RECORD), { recursive: true });
  const killed = resume ? takeUpRecord() : startRecord();
  const isDone = (trial: Trial): boolean => killed.has(describeTrial(trial));
  const fates = new Map<Trial, Fate>(trials.filter(isDone).map((trial) => [trial, 'killed']));
  const folder = copyTree();
  try {
    const left = trials.filter((trial) => !isDone(trial));
    await requireSoundTests(left, folder);
    for (const trial of left) {
      const fate = await tryMutant(trial, folder);
      fates.set(trial, fate);
      recordFate(trial, fate);
      console.log(`${fate.padEnd(9)} ${describeTrial(trial)}`);
    }
    report(trials, fates);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  options: { resume: { type: 'boolean', default: false } },
  allowPositionals: true,
});
await main(positionals, values.resume);
