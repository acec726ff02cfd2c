// npm run check: everything that CI runs except the tests. Each step prints its time.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cruise, flawsOfBoundaries } from './boundaries.ts';
import { flawsOfDocs } from './docs.ts';
import { flawsOfLock, type LockFile } from './lock-file.ts';
import { flawsOfTypes } from './lookups.ts';
import { flawsOfPatterns } from './patterns.ts';
import { root, runTool } from './process.ts';

/** Returns one line for each fault; none when everything is correct. */
interface Step {
  readonly name: string;
  readonly flaws: () => Promise<readonly string[]>;
}

const STEPS: readonly Step[] = [
  {
    name: 'format and lint',
    flaws: () => tool('biome', ['ci', '--colors=off', '--max-diagnostics=50', '.']),
  },
  { name: 'types and lookups', flaws: async () => flawsOfTypes(root) },
  { name: 'patterns are linear', flaws: async () => flawsOfPatterns(root) },
  { name: 'import table', flaws: async () => flawsOfBoundaries(await cruise(root)) },
  { name: 'unused code', flaws: () => tool('knip', ['--no-progress', '--no-config-hints']) },
  { name: 'lock file', flaws: async () => flawsOfLock(readLock()) },
  { name: 'documents up to date', flaws: async () => flawsOfDocs() },
];

async function tool(
  name: Parameters<typeof runTool>[0],
  args: readonly string[],
): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runTool(name, args);
  return code === 0 ? [] : [`${stdout}${stderr}`.trim() || `${name} ended with ${code}`];
}

function readLock(): LockFile {
  return JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')) as LockFile;
}

/** Returns true when the step found no fault. Faults are printed. */
async function passes(step: Step): Promise<boolean> {
  const started = performance.now();
  const flaws = await step.flaws().catch((thrown: unknown) => [`could not run: ${String(thrown)}`]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${flaws.length === 0 ? 'ok    ' : 'FAILED'} ${step.name.padEnd(20)} ${seconds.padStart(6)} s`,
  );
  for (const flaw of flaws) console.log(flaw);
  return flaws.length === 0;
}

const outcomes: boolean[] = [];
for (const step of STEPS) outcomes.push(await passes(step));
process.exitCode = outcomes.every(Boolean) ? 0 : 1;
