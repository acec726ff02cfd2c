import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../process.ts';

/**
 * With these, V8 makes the same code from the same text each time: its tables are in a fixed order,
 * nothing compiles beside it, and the heap is so large that nothing is collected: what is collected
 * grows old first, and age is part of the code.
 */
const FIXED = [
  ...['--hash-seed=1', '--random-seed=1', '--no-flush-bytecode', '--no-sparkplug'],
  ...['--min-semi-space-size=256', '--max-semi-space-size=256', '--initial-heap-size=1024'],
];

export interface CompiledPieces {
  /** Says which Node.js they are for. */
  readonly folder: string;
  /** By the names of the pieces. */
  readonly pieces: ReadonlyMap<string, Uint8Array>;
}

/**
 * What V8 makes of each piece when it is evaluated, by the same names, sealed
 * (docs/adr/0046-compiled-pieces.md). It belongs to the given Node.js, and is the same each time.
 */
export async function compilePieces(
  node: string,
  pieces: ReadonlyMap<string, string>,
): Promise<CompiledPieces> {
  const scratch = mkdtempSync(join(tmpdir(), 'waybill-compiling-'));
  try {
    for (const part of ['pieces', 'compiled']) mkdirSync(join(scratch, part));
    for (const [id, text] of pieces) writeFileSync(join(scratch, 'pieces', id), text);
    const script = join(import.meta.dirname, 'compile.ts');
    const { code, stdout, stderr } = await run(node, [...FIXED, script, scratch], { env: {} });
    if (code !== 0) throw new Error(`the pieces cannot be compiled: ${stderr.trim()}`);
    const made = [...pieces.keys()].map(
      (id) => [id, readFileSync(join(scratch, 'compiled', id))] as const,
    );
    return { folder: stdout.trim(), pieces: new Map(made) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
