import { fail, ok, type Result } from '../../core/result.ts';
import type { TreeHash } from './merkle.ts';

/** The size and the root of a log at one moment (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string;
  readonly size: number;
  readonly root: TreeHash;
}

/** The text that is signed as a note. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Reads the text of a note; lines after the third are extensions, and are ignored. */
export function parseCheckpoint(text: string): Result<Checkpoint> {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  if (origin === '' || rest.pop() !== '' || rest.includes('')) return refuse('lines are missing');
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size)))
    return refuse('the size is not a number');
  const hash = Buffer.from(root, 'base64');
  if (hash.length !== 32 || hash.toString('base64') !== root)
    return refuse('the root is not a SHA-256 hash');
  return ok({ origin, size: Number(size), root: new Uint8Array(hash) });
}

function refuse(why: string): Result<never> {
  return fail(
    'EVIDENCE_REJECTED',
    `this is not a checkpoint of a log: ${why}`,
    'Use a file that waybill graph checkpoint wrote.',
  );
}
