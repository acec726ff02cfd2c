import type { InputOptions } from 'rolldown';

/** How the sources are bundled with their packages, for the executable and for the tests. */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  // Its CommonJS form hands `require` to a function, where no bundler can follow it.
  resolve: { alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' } },
  // What it cannot find it would leave to be found at run time, where nothing is.
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(`rolldown: ${log.message}`);
  },
} as const satisfies InputOptions;
