import { createLoader, nameCompiled } from './create-loader.ts';

// An import of a module of Node.js reads all that it exports, which loads what few calls need.
const { readFileSync } = process.getBuiltinModule('node:fs');
const { join } = process.getBuiltinModule('node:path');

/** The pieces lie two folders below that of this file, as `installation.ts` expects. */
const PIECES = join(import.meta.dirname, 'entrypoints', 'compose');
const COMPILED = join(import.meta.dirname, nameCompiled());

/** `require` in the package, whose pieces are files in its own folder. */
export const load: (id: string) => unknown = createLoader((id) => {
  const name = id.slice(2);
  const file = join(PIECES, `${name}.cjs`);
  return { text: readFileSync(file), compiled: findCompiled(name), file, folder: PIECES };
});

function findCompiled(name: string): Uint8Array | null {
  try {
    return readFileSync(join(COMPILED, name));
  } catch {
    return null;
  }
}
