import { join } from 'node:path';
import type { Plugin } from 'vitest/config';

const INSTALLATION = 'src/entrypoints/compose/installation.ts';
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
const THREAD = '`../server/${name}-thread.${extension}`, import.meta.url';

/**
 * Threads run the bundle that commands of tests run: from the sources, each thread would take a
 * second to load five hundred modules.
 */
export const bundledThreads: Plugin = {
  name: 'bundled-threads',
  transform(code, id) {
    if (!id.endsWith(INSTALLATION)) return null;
    if (!code.includes(THREAD)) throw new Error(`${INSTALLATION} starts threads in another way`);
    const place = join(import.meta.dirname, 'command-file.ts');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    const bundled = '`./${name}-thread.js`, bundledThreads()';
    return `import { bundledThreads } from ${JSON.stringify(place)};\n${code.replace(THREAD, bundled)}`;
  },
};
