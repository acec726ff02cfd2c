import { Readable } from 'node:stream';
import type { Io } from '../../src/entrypoints/cli/io.ts';

/** Input and output for tests, without any output. */
export function testIo(): Io {
  return {
    out: () => undefined,
    outBytes: () => undefined,
    err: () => undefined,
    stdin: Readable.from([]),
    env: {},
    cwd: '.',
    colour: false,
    colourErr: false,
    isClosed: () => false,
    interactive: false,
    width: null,
    quiet: false,
  };
}
