import type { InputOptions } from 'rolldown';

/** How the sources are bundled with their packages, for the executable and for the tests. */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  // Its CommonJS form passes `require` to a function, and no bundler can follow that.
  resolve: { alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' } },
  // An import that is not found would fail at run time, because there is no package on disk.
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(`rolldown: ${log.message}`);
  },
} as const satisfies InputOptions;
