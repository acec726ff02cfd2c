import { resolve } from 'node:path';
import {
  buildNotarySignatureArtifact,
  type EnvelopeForm,
  type SigningKey,
  signNotary,
} from '../../../capabilities/signing/index.ts';
import type { Descriptor } from '../../../core/descriptor.ts';
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
import {
  pushBundle,
  pushCosignSignature,
  type SigstoreSigning,
} from '../../compose/sign-sigstore.ts';
import { findFilePath, parseTarget } from '../../compose/targets.ts';
import { type Countersign, openTimestamps } from '../../compose/timestamps.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseDurationMs } from '../durations.ts';
import type { SignCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { bundleFile, signFile } from './sign-file.ts';

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
  checkForms(call, target !== null);
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
  if (call.options.signatureFormat === 'sigstore-bundle') return bundleFile(file ?? '', key);
  return signFile(call, file ?? '', key, terms);
}

function chooseTerms({
  expiresIn,
  signatureFormat,
}: SignCall['options']): Omit<Terms, 'countersign'> {
  const signedAt = toInstant(Date.now());
  const form = toForm(signatureFormat);
  if (expiresIn === undefined) return { form, signedAt };
  return { form, signedAt, expiresAt: toInstant(signedAt + parseDurationMs(expiresIn)) };
}

/** The tag is resolved once. The digest is signed, in one form or two, and shown. */
async function signImage(
  call: SignCall,
  config: Config,
  reference: ImageReference,
  key: SigningKey,
  terms: Terms,
): Promise<Report> {
  const { signatureFormat, also: second } = call.options;
  const client = await openRegistryClient(config, call.io.env);
  try {
    const options = { signal: call.signal };
    const { mediaType, digest, size } = orThrow(await client.resolve(reference, options));
    const subject = { mediaType, digest, size };
    const signing = { client, reference, subject, key, signedAt: terms.signedAt, options };
    const { digest: signature } = await signAs(signatureFormat, signing, terms);
    const also = second === undefined ? null : (await signAs(second, signing, terms)).digest;
    const signed = formatImageReference({ ...reference, digest });
    const value = { signed, signature, ...(also === null ? {} : { also }) };
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('sign', () => value),
      blocks: () => [
        showLine(`signed ${signed}`),
        showLine(`signature ${signature}`),
        ...(also === null ? [] : [showLine(`signature ${also}`)]),
      ],
    };
  } finally {
    client.close();
  }
}

async function signAs(format: string, signing: SigstoreSigning, terms: Terms): Promise<Descriptor> {
  if (format === 'sigstore-bundle') return orThrow(await pushBundle(signing));
  if (format === 'cosign-legacy') return orThrow(await pushCosignSignature(signing));
  return pushNotarySignature(signing, { ...terms, form: toForm(format) });
}

async function pushNotarySignature(
  { client, reference, subject, key, options }: SigstoreSigning,
  terms: Terms,
): Promise<Descriptor> {
  const envelope = orThrow(await signNotary({ subject, key, ...terms }));
  const artifact = buildNotarySignatureArtifact({ subject, envelope, createdAt: terms.signedAt });
  const repository = formatRepository(reference);
  for (const blob of artifact.blobs) orThrow(await client.pushBlob(repository, blob, options));
  return orThrow(await client.pushManifest(repository, artifact.manifest, null, options));
}

function toForm(format: string): EnvelopeForm {
  return format === 'notary-cose' ? 'cose' : 'jws';
}

/** What only one of both families of forms has is refused for the other, and not left out. */
function checkForms({ options }: SignCall, isImage: boolean): void {
  const formats = [options.signatureFormat, ...(options.also === undefined ? [] : [options.also])];
  const others = formats.filter((format) => !format.startsWith('notary-'));
  const refuse = (why: string): never => {
    throw new Failure('USAGE', why, 'Leave it out, or sign in a form of Notary Project.');
  };
  if (new Set(formats).size < formats.length) refuse('--also names the same form again');
  if (!isImage && options.also !== undefined) refuse('--also is only for images');
  if (!isImage && others.includes('cosign-legacy')) refuse('cosign-legacy is only for images');
  if (!isImage && others.length > 0 && options.mediaType !== undefined)
    refuse(`${others[0]} says no media type: --media-type`);
  // mutant sigstore-form-without-its-expiry by sign-forms: condition -> false
  if (others.length > 0 && options.expiresIn !== undefined)
    refuse(`${others[0]} has no expiry: --expires-in`);
  if (others.length > 0 && options.timestampUrl !== undefined)
    refuse(`${others[0]} is signed without a timestamp here: --timestamp-url`);
}
