import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { bundledThreads } from '../support/bundled-threads.ts';

export default defineConfig({
  plugins: [bundledThreads],
  test: {
    root: resolve(import.meta.dirname, '../..'),
    // Tests with random moments or values, here more often than in `npm test`.
    include: [
      'test/interop/**/*.test.ts',
      'test/e2e/kill.test.ts',
      'src/adapters/graph-sql/crash.test.ts',
      'src/capabilities/policy/monotone.test.ts',
    ],
    env: {
      WAYBILL_KILLS: process.env['WAYBILL_KILLS'] ?? '50',
      WAYBILL_PROPERTY_RUNS: process.env['WAYBILL_PROPERTY_RUNS'] ?? '2000',
    },
    globalSetup: 'test/support/shared-folder.ts',
    passWithNoTests: true,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
