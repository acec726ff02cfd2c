import { resolve } from 'node:path';
import { type BuildJob, parseJobIssuer, verifyJobToken } from '../../capabilities/signing/index.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import type { VouchingPlace } from './vouching.ts';

/** Whose token the job shows, and the pinned keys of its platform. */
export interface JobRequest {
  /** github, azure, env:NAME or a file. */
  readonly token: string;
  /** The file of the pinned keys. */
  readonly keys: string;
}

/**
 * The job that this command runs in, by a token that its platform made and a pinned key signed. The
 * token is a secret: nothing keeps it, and no failure shows it.
 */
export async function proveJob(asked: JobRequest, place: VouchingPlace): Promise<BuildJob> {
  const file = resolve(place.cwd, asked.keys);
  const issuer = orThrow(parseJobIssuer(await readFileBounded(file, LIMITS.configBytesMax)));
  const { takeIdentityToken } = await import('../../adapters/sigstore-http/index.ts');
  const from = { ...place, provider: null, clientId: issuer.audience };
  const text = await takeIdentityToken(asked.token, from);
  return orThrow(verifyJobToken(text, issuer, toInstant(Date.now())));
}
