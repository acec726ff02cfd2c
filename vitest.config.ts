import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vitest/config';

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

const INSTALLATION = 'src/entrypoints/compose/installation.ts';
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
const THREAD = '`../server/${name}-thread.${extension}`, import.meta.url';

/**
 * Threads run the bundle that commands of tests run: from the sources, each thread would take a
 * second to load five hundred modules.
 */
const bundledThreads: Plugin = {
  name: 'bundled-threads',
  transform(code, id) {
    if (!id.endsWith(INSTALLATION)) return null;
    if (!code.includes(THREAD)) throw new Error(`${INSTALLATION} starts threads in another way`);
    const place = join(import.meta.dirname, 'test/support/command-file.ts');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    const bundled = '`./${name}-thread.js`, bundledThreads()';
    return `import { bundledThreads } from ${JSON.stringify(place)};\n${code.replace(THREAD, bundled)}`;
  },
};

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
