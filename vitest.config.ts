import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { bundledThreads } from './test/support/bundled-threads.ts';

const TESTS = ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts', 'bench/**/*.test.ts'];
const INTEROP = 'test/interop/**';
const MEASURES = /process\.(cpuUsage|memoryUsage)\(|StepCounter\.start\(/;

/** Tests that measure the processor time, the memory or the steps of their own process. */
function measuringTests(): string[] {
  const root = import.meta.dirname;
  return globSync(TESTS, { cwd: root, exclude: [INTEROP] })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => MEASURES.test(readFileSync(join(root, path), 'utf8')));
}

const measuring = measuringTests();

export default defineConfig({
  plugins: [bundledThreads],
  test: {
    exclude: [INTEROP, '**/node_modules/**'],
    globalSetup: 'test/support/shared-folder.ts',
    setupFiles: 'test/support/property-seed.ts',
    pool: 'forks',
    maxWorkers: 2,
    // Ends what hangs. A busy machine may take several times as long as a quiet one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Most files share the two worker processes, which load each package once.
    // What measures has a process of its own.
    projects: [
      {
        extends: true,
        test: { name: 'shared', include: TESTS, exclude: measuring, isolate: false },
      },
      { extends: true, test: { name: 'measuring', include: measuring, isolate: true } },
    ],
  },
});
