import { notarySignatureArtifact, signNotary } from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, repositoryOf } from '../../../core/image-reference.ts';
import { instantOf } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openKeys, openRegistryClient } from '../../compose.ts';
import { parseTarget } from '../../targets.ts';
import type { Call, ExitCode } from '../command.ts';
import { configOf, wantsJson } from '../configured.ts';
import { durationMs } from '../durations.ts';

/** The tag is resolved once; what is signed, and said to be signed, is the digest. */
export async function run(call: Call): Promise<ExitCode> {
  const config = configOf(call);
  const target = parseTarget(call.args[0] ?? '', call.io.cwd);
  if (target.kind !== 'image') {
    throw new Failure('USAGE', `${target.text} is not an image in a registry`, 'Push it first, then sign it there.');
  }
  const key = orThrow(await (await openKeys(config)).open(call.options.text('key') ?? 'default'));
  const client = await openRegistryClient(config, call.io.env);
  try {
    const options = { signal: call.signal };
    const { mediaType, digest, size } = orThrow(await client.resolve(target.reference, options));
    const subject = { mediaType, digest, size };
    const signedAt = instantOf(Date.now());
    const lifetime = call.options.text('expiresIn');
    const expiry = lifetime === undefined ? {} : { expiresAt: instantOf(signedAt + durationMs(lifetime)) };
    const envelope = orThrow(await signNotary({ subject, key, signedAt, ...expiry }));
    const artifact = notarySignatureArtifact({ subject, envelope, chain: key.chain, createdAt: signedAt });
    const repository = repositoryOf(target.reference);
    for (const blob of artifact.blobs) orThrow(await client.pushBlob(repository, blob, options));
    const pushed = orThrow(await client.pushManifest(repository, artifact.manifest, null, options));
    const signed = formatImageReference({ ...target.reference, digest });
    if (wantsJson(call)) call.io.out(`${JSON.stringify({ signed, signature: pushed.digest }, null, 2)}\n`);
    else call.io.out(`signed ${signed}\nsignature ${pushed.digest}\n`);
    return 0;
  } finally {
    client.close();
  }
}
