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

/** Commands that run until they are stopped. They load at once all that they could need. */
export const LASTING = ['serve', 'registry-serve', 'watch'].map(
  (name) => `/src/entrypoints/cli/commands/${name}.ts`,
);

/** How the sources are bundled with their packages: for the package, the executable and tests. */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  // The builds that Node.js itself takes, as in the tests: without this, packages made for
  // require() get the ES modules of others, each wrapped again for every file that names it.
  resolve: { conditionNames: ['node'] },
  // A door names all that is behind it. None of our modules acts by being imported, so a command
  // gets what it uses of a door, not all of it (tools/bundle-options.test.ts).
  treeshake: {
    moduleSideEffects: [{ test: /[\\/]src[\\/](?!.*[\\/]node_modules[\\/])/, sideEffects: false }],
  },
  // An import that is not found would fail at run time, because there is no package on disk.
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(`rolldown: ${log.message}`);
  },
} as const satisfies InputOptions;

/**
 * Small modules that nearly every command needs are one piece each: to find, open and check a file
 * costs more than to read these. What `--version` loads stays alone, and so does what loads
 * built-in modules that are slow to start.
 */
export const SHARED_PIECES = [
  {
    name: 'core',
    test: /[\\/]src[\\/]core[\\/](?!(?:api-version|digest|failure|own|result)[.])/,
  },
  // A piece takes the packages that its modules need: zod is larger than all of these together.
  {
    name: 'text',
    test: /[\\/]src[\\/]formats[\\/](?:json|text)[\\/](?!describe-schema[.])/,
  },
] as const;
