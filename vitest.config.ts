import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

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
  test: {
    exclude: [INTEROP, '**/node_modules/**'],
    globalSetup: 'test/support/shared-folder.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
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
