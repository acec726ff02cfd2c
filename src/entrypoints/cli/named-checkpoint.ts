import { resolve } from 'node:path';
import {
  type Checkpoint,
  type NoteVerifier,
  parseNoteVerifier,
} from '../../capabilities/evidence/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { readCheckpoint } from '../compose/log-checkpoint.ts';
import type { Call } from './command.ts';

type CheckpointCall = Call<{ readonly logKey?: string | undefined }>;

/**
 * The checkpoint in a file, verified by the key of `--log-key`; without it, by the key of this log,
 * which proves nothing against anyone who can replace that key.
 */
export async function readNamedCheckpoint(
  { options, io }: CheckpointCall,
  file: string,
  log: { readonly verifier: NoteVerifier },
): Promise<Checkpoint> {
  const verifier =
    options.logKey === undefined ? log.verifier : orThrow(parseNoteVerifier(options.logKey));
  const note = await readFileBounded(resolve(io.cwd, file), LIMITS.configBytesMax);
  return readCheckpoint(note, verifier);
}
