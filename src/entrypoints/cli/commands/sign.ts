import {
  buildNotarySignatureArtifact,
  type SigningKey,
  signNotary,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  type ImageReference,
} from '../../../core/image-reference.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openRegistryClient } from '../../compose/compose.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { parseDurationMs } from '../durations.ts';
import { findFilePath, parseTarget } from '../targets.ts';
import { signFile } from './sign-file.ts';

interface Times {
  readonly signedAt: Instant;
  readonly expiresAt?: Instant;
}

/** A file is signed where it lies; an image in its registry. */
export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const text = call.args[0] ?? '';
  const file = findFilePath(text, call.io.cwd);
  const target = file === null ? parseTarget(text, call.io.cwd) : null;
  if (target !== null && target.kind !== 'image') {
    throw new Failure(
      'USAGE',
      `${text} is neither an image in a registry nor a file`,
      'Push it first, then sign it.',
    );
  }
  if (target !== null && call.options.text('mediaType') !== undefined)
    throw new Failure('USAGE', '--media-type is for files; an image has its own', 'Leave it out.');
  const key = orThrow(await openSigningKey(config, call.options.text('key') ?? 'default'));
  const times = computeTimes(call.options.text('expiresIn'));
  if (target !== null) return signImage(call, config, target.reference, key, times);
  return signFile(call, file ?? '', key, times);
}

function computeTimes(lifetime: string | undefined): Times {
  const signedAt = toInstant(Date.now());
  return lifetime === undefined
    ? { signedAt }
    : { signedAt, expiresAt: toInstant(signedAt + parseDurationMs(lifetime)) };
}

/** The tag is resolved once; what is signed, and said to be signed, is the digest. */
async function signImage(
  call: Call,
  config: Config,
  reference: ImageReference,
  key: SigningKey,
  times: Times,
): Promise<ExitCode> {
  const client = await openRegistryClient(config, call.io.env);
  try {
    const options = { signal: call.signal };
    const { mediaType, digest, size } = orThrow(await client.resolve(reference, options));
    const subject = { mediaType, digest, size };
    const envelope = orThrow(await signNotary({ subject, key, ...times }));
    const artifact = buildNotarySignatureArtifact({
      subject,
      envelope,
      chain: key.chain,
      createdAt: times.signedAt,
    });
    const repository = formatRepository(reference);
    for (const blob of artifact.blobs) orThrow(await client.pushBlob(repository, blob, options));
    const pushed = orThrow(await client.pushManifest(repository, artifact.manifest, null, options));
    const signed = formatImageReference({ ...reference, digest });
    if (wantsJson(call))
      call.io.out(`${JSON.stringify({ signed, signature: pushed.digest }, null, 2)}\n`);
    else call.io.out(`signed ${signed}\nsignature ${pushed.digest}\n`);
    return 0;
  } finally {
    client.close();
  }
}
