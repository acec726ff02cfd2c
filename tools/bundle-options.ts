import type { InputOptions } from 'rolldown';

/** The entry points of the command line and of each thread, by their names in the package. */
export const ENTRIES = {
  'entrypoints/cli/main': 'src/entrypoints/cli/main.ts',
  'entrypoints/server/advisories-thread': 'src/entrypoints/server/advisories-thread.ts',
  'entrypoints/server/audit-thread': 'src/entrypoints/server/audit-thread.ts',
  'entrypoints/server/database-thread': 'src/entrypoints/server/database-thread.ts',
  'entrypoints/server/desk-thread': 'src/entrypoints/server/desk-thread.ts',
  'entrypoints/server/trial-thread': 'src/entrypoints/server/trial-thread.ts',
} as const;

/** How the sources are bundled with their packages: for the package, the executable and tests. */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  // The builds that Node.js itself takes, as in the tests: without this, packages made for
  // require() get the ES modules of others, each wrapped again for every file that names it.
  resolve: { conditionNames: ['node'] },
  // An import that is not found would fail at run time, because there is no package on disk.
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(`rolldown: ${log.message}`);
  },
} as const satisfies InputOptions;
