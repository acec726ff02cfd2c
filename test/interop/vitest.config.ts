import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { bundledThreads } from '../support/bundled-threads.ts';
import { findPostgres } from '../support/postgres-server.ts';

/** The tests that ask for the place of their graph, so that it may be on another engine. */
function listGraphTests(): string[] {
  const root = resolve(import.meta.dirname, '../..');
  return globSync(['src/adapters/graph-sql/*.test.ts', 'test/questions/*.test.ts'], { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => MOVABLE.test(readFileSync(join(root, path), 'utf8')));
}

const MOVABLE = /\/(?:graph-place|fresh-graph|spelled-graph)\.ts'/;

export default defineConfig({
  plugins: [bundledThreads],
  test: {
    root: resolve(import.meta.dirname, '../..'),
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
    projects: [
      {
        extends: true,
        test: {
          name: 'peers',
          // Tests with random moments or values, here more often than in `npm test`.
          include: [
            'test/interop/**/*.test.ts',
            'test/e2e/kill.test.ts',
            'src/adapters/graph-sql/crash.test.ts',
            'src/capabilities/policy/monotone.test.ts',
          ],
        },
      },
      ...(findPostgres() === null
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'graph on PostgreSQL',
                include: listGraphTests(),
                globalSetup: 'test/support/postgres-engine.ts',
                env: { WAYBILL_PROPERTY_RUNS: process.env['WAYBILL_PROPERTY_RUNS'] ?? '4' },
                // Hundreds of documents, each in some twenty statements.
                testTimeout: 600_000,
                hookTimeout: 600_000,
              },
            },
          ]),
    ],
  },
});
