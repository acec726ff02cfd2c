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
import { openCommandClient } from '../../compose/command-registry.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import {
  pushBundle,
  pushCosignSignature,
  type SigstoreSigning,
} from '../../compose/sign-sigstore.ts';
import { findFilePath, parseTarget } from '../../compose/targets.ts';
import { type Countersign, openTimestamps } from '../../compose/timestamps.ts';
import type { SignerTerms } from '../../compose/vouching.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseDurationMs } from '../durations.ts';
import type { SignatureFormat, SignCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import {
  describeIdentity,
  isNotaryForm,
  listForms,
  openVouching,
  showIdentity,
} from '../vouching.ts';
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
  const formats = listForms(call.options);
  checkForms(call, formats, target !== null);
  const signer = await openSigner(call, config, formats);
  if (target !== null) return signImage(call, config, target.reference, { formats, signer });
  const { sigstore, notary } = signer;
  if (sigstore !== null) return bundleFile(file ?? '', sigstore);
  if (notary === null) throw new Failure('INTERNAL', 'nobody signs', 'Report this.');
  return signFile(call, file ?? '', notary.key, notary.terms);
}

/** Who signs in the forms of either family; null where none of its forms is wanted. */
interface Signer {
  readonly notary: { readonly key: SigningKey; readonly terms: Terms } | null;
  readonly sigstore: SignerTerms | null;
  readonly signedAt: Instant;
}

/** A key is opened, and a certificate is asked for, only where it signs. */
async function openSigner(
  call: SignCall,
  config: Config,
  formats: readonly SignatureFormat[],
): Promise<Signer> {
  const { options, io, signal } = call;
  const signedAt = toInstant(Date.now());
  const isNotary = formats.some(isNotaryForm);
  const isSigstore = !formats.every(isNotaryForm);
  const needsKey = isNotary || !options.keyless;
  const key = needsKey ? orThrow(await openSigningKey(config, options.key, io.env)) : null;
  const { timestampUrl: url, timestampRootCert } = options;
  const rootCert = timestampRootCert === undefined ? undefined : resolve(io.cwd, timestampRootCert);
  const countersign = isNotary
    ? await openTimestamps({ url, rootCert, env: io.env, signal })
    : null;
  const notary =
    key !== null && isNotary
      ? { key, terms: { ...chooseTerms(options, signedAt), countersign } }
      : null;
  const sigstore = isSigstore ? await openVouching(call, config, key) : null;
  return { notary, sigstore, signedAt };
}

function chooseTerms(
  { expiresIn, signatureFormat, also }: SignCall['options'],
  signedAt: Instant,
): Omit<Terms, 'countersign'> {
  const form = [signatureFormat, also].includes('notary-cose') ? 'cose' : 'jws';
  if (expiresIn === undefined) return { form, signedAt };
  return { form, signedAt, expiresAt: toInstant(signedAt + parseDurationMs(expiresIn)) };
}

/** The tag is resolved once. The digest is signed, in one form or two, and shown. */
async function signImage(
  call: SignCall,
  config: Config,
  reference: ImageReference,
  { formats, signer }: { readonly formats: readonly SignatureFormat[]; readonly signer: Signer },
): Promise<Report> {
  const client = await openCommandClient(config, call.io.env);
  try {
    const options = { signal: call.signal };
    const { mediaType, digest, size } = orThrow(await client.resolve(reference, options));
    const subject = { mediaType, digest, size };
    const place = { client, reference, subject, signedAt: signer.signedAt, options };
    const made: Descriptor[] = [];
    for (const format of formats) made.push(await signAs(format, place, signer));
    const signed = formatImageReference({ ...reference, digest });
    const [signature = digest, also] = made.map((one) => one.digest);
    const identity = signer.sigstore?.identity ?? null;
    const value = {
      ...{ signed, signature },
      ...(also === undefined ? {} : { also }),
      ...describeIdentity(identity),
    };
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('sign', () => value),
      blocks: () => [
        showLine(`signed ${signed}`),
        ...made.map((one) => showLine(`signature ${one.digest}`)),
        ...showIdentity(identity),
      ],
    };
  } finally {
    client.close();
  }
}

type Place = Omit<SigstoreSigning, 'terms'>;

async function signAs(
  format: SignatureFormat,
  place: Place,
  { notary, sigstore }: Signer,
): Promise<Descriptor> {
  if (isNotaryForm(format) && notary !== null) {
    const form = format === 'notary-cose' ? 'cose' : 'jws';
    return pushNotarySignature(place, notary.key, { ...notary.terms, form });
  }
  if (sigstore === null) throw new Failure('INTERNAL', 'nobody signs', 'Report this.');
  const signing = { ...place, terms: sigstore.terms };
  return orThrow(
    await (format === 'cosign-legacy' ? pushCosignSignature(signing) : pushBundle(signing)),
  );
}

async function pushNotarySignature(
  { client, reference, subject, options }: Place,
  key: SigningKey,
  terms: Terms,
): Promise<Descriptor> {
  const envelope = orThrow(await signNotary({ subject, key, ...terms }));
  const artifact = buildNotarySignatureArtifact({ subject, envelope, createdAt: terms.signedAt });
  const repository = formatRepository(reference);
  for (const blob of artifact.blobs) orThrow(await client.pushBlob(repository, blob, options));
  return orThrow(await client.pushManifest(repository, artifact.manifest, null, options));
}

/** What only one of both families of forms has is refused for the other, and not left out. */
function checkForms(
  { options }: SignCall,
  formats: readonly SignatureFormat[],
  isImage: boolean,
): void {
  const others = formats.filter((format) => !isNotaryForm(format));
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
  if (others.length === formats.length && options.timestampRootCert !== undefined)
    refuse(`${others[0]} is verified by --trusted-root: --timestamp-root-cert`);
}
