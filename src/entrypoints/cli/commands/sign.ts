import { resolve } from 'node:path';
import {
  buildNotarySignatureArtifact,
  type EnvelopeForm,
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
import { openSigningKey } from '../../compose/key-stores.ts';
import { openRegistryClient } from '../../compose/registry.ts';
import { findFilePath, parseTarget } from '../../compose/targets.ts';
import { type Countersign, openTimestamps } from '../../compose/timestamps.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseDurationMs } from '../durations.ts';
import type { SignCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { signFile } from './sign-file.ts';

interface Terms {
  readonly form: EnvelopeForm;
  readonly signedAt: Instant;
  readonly expiresAt?: Instant;
  readonly countersign: Countersign | null;
}

/** Signs a file on disk, or an image in its registry. */
export async function run(call: SignCall): Promise<Report> {
  const config = await loadCallConfig(call);
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
  if (target !== null && call.options.mediaType !== undefined)
    throw new Failure(
      'USAGE',
      '--media-type is only for files; an image has its own media type',
      'Leave it out.',
    );
  const key = orThrow(await openSigningKey(config, call.options.key, call.io.env));
  const { timestampUrl, timestampRootCert } = call.options;
  const countersign = await openTimestamps({
    url: timestampUrl,
    rootCert: timestampRootCert === undefined ? undefined : resolve(call.io.cwd, timestampRootCert),
    env: call.io.env,
    signal: call.signal,
  });
  const terms = { ...chooseTerms(call.options), countersign };
  if (target !== null) return signImage(call, config, target.reference, key, terms);
  return signFile(call, file ?? '', key, terms);
}

function chooseTerms({
  expiresIn,
  signatureFormat,
}: SignCall['options']): Omit<Terms, 'countersign'> {
  const signedAt = toInstant(Date.now());
  const form = signatureFormat === 'notary-cose' ? 'cose' : 'jws';
  if (expiresIn === undefined) return { form, signedAt };
  return { form, signedAt, expiresAt: toInstant(signedAt + parseDurationMs(expiresIn)) };
}

/** The tag is resolved once. The digest is signed and shown. */
async function signImage(
  call: SignCall,
  config: Config,
  reference: ImageReference,
  key: SigningKey,
  terms: Terms,
): Promise<Report> {
  const client = await openRegistryClient(config, call.io.env);
  try {
    const options = { signal: call.signal };
    const { mediaType, digest, size } = orThrow(await client.resolve(reference, options));
    const subject = { mediaType, digest, size };
    const envelope = orThrow(await signNotary({ subject, key, ...terms }));
    const artifact = buildNotarySignatureArtifact({
      subject,
      envelope,
      createdAt: terms.signedAt,
    });
    const repository = formatRepository(reference);
    for (const blob of artifact.blobs) orThrow(await client.pushBlob(repository, blob, options));
    const pushed = orThrow(await client.pushManifest(repository, artifact.manifest, null, options));
    const signed = formatImageReference({ ...reference, digest });
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('sign', () => ({ signed, signature: pushed.digest })),
      blocks: () => [showLine(`signed ${signed}`), showLine(`signature ${pushed.digest}`)],
    };
  } finally {
    client.close();
  }
}
