// node FLAGS tools/pieces/compile.ts FOLDER: evaluates the pieces in `pieces` of the folder, and
// writes what V8 made of each to `compiled` (compile-pieces.ts).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { compileLate } from '../../src/system/threads/late-compilation.ts';
import {
  createLoader,
  type KeptPiece,
  nameCompiled,
  type ReadPiece,
  readPiece,
  sealCompiled,
} from './create-loader.ts';

const [folder = '.'] = process.argv.slice(2);
const read = new Map<string, ReadPiece>();

/** By its name alone: the folder of a build is not part of what it makes. */
function keep(id: string): KeptPiece {
  const text = readFileSync(join(folder, 'pieces', id));
  return { text, compiled: null, file: id, folder: '.' };
}

/**
 * Of pieces below this size, all functions are compiled: a function that a command has to compile
 * itself costs more than a few that it does not call. Of a larger one, a command calls few.
 */
const WHOLE_BYTES_MAX = 1_000_000;

// V8 refuses code that was made under other flags than it runs under: those of compileLate, and its
// own defaults instead of those that fix the code.
compileLate();
const load = createLoader(
  (id) => {
    const kept = keep(id);
    setFlagsFromString(kept.text.byteLength < WHOLE_BYTES_MAX ? '--no-lazy' : '--lazy');
    return kept;
  },
  (id, piece) => read.set(id, piece),
);
const ids = readdirSync(join(folder, 'pieces')).sort();
for (const id of ids) {
  // A thread begins to serve when its entry point is evaluated.
  if (id.endsWith('-thread')) read.set(`./${id}`, readPiece(keep(id)));
  else load(`./${id}`);
}
const DEFAULTS = [
  ...['--lazy', '--hash-seed=0', '--random-seed=0', '--flush-bytecode', '--sparkplug'],
  ...['--min-semi-space-size=0', '--max-semi-space-size=0', '--initial-heap-size=0'],
];
for (const flag of DEFAULTS) setFlagsFromString(flag);
for (const [id, { script, kept }] of read)
  writeFileSync(join(folder, 'compiled', id), sealCompiled(kept.text, script.createCachedData()));
console.log(nameCompiled());
process.exit(0);
