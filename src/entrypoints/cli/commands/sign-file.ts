import { createHash } from 'node:crypto';
import {
  BLOB_SIGNATURE_SUFFIXES,
  type EnvelopeForm,
  type SigningKey,
  selectBlobHash,
  signBlob,
  signFileBundle,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { hashFile } from '../../../system/files/hash-file.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import type { Countersign } from '../../compose/timestamps.ts';
import type { SignerTerms } from '../../compose/vouching.ts';
import { makePrintable } from '../io.ts';
import type { SignCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { describeIdentity, showIdentity } from '../vouching.ts';

/** The media type that notation uses for a file without a given media type. */
const ANY_TYPE = 'application/octet-stream';
const MEDIA_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** Writes FILE.sigstore.json in the folder of FILE, as cosign sign-blob does. */
export async function bundleFile(path: string, { terms, identity }: SignerTerms): Promise<Report> {
  const bytes = await readFileBounded(path, LIMITS.documentBytesMax);
  const bundle = orThrow(await signFileBundle(bytes, terms));
  const signature = `${path}.sigstore.json`;
  writeWhole(signature, bundle);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const signed = { file: path, digest, size: bytes.length, mediaType: ANY_TYPE, signature };
  return showSigned(signed, identity);
}

/** Writes FILE.jws.sig, or FILE.cose.sig, in the folder of FILE, completely or not at all (N9). */
export async function signFile(
  call: SignCall,
  path: string,
  key: SigningKey,
  terms: {
    readonly form: EnvelopeForm;
    readonly signedAt: Instant;
    readonly expiresAt?: Instant;
    readonly countersign: Countersign | null;
  },
): Promise<Report> {
  const mediaType = call.options.mediaType ?? ANY_TYPE;
  if (!MEDIA_TYPE.test(mediaType))
    throw new Failure(
      'USAGE',
      `not a media type: ${makePrintable(mediaType)}`,
      'Write it like application/gzip.',
    );
  const hash = selectBlobHash(key.algorithm);
  const { hex, size } = await hashFile(path, hash, call.signal);
  const envelope = orThrow(await signBlob({ hash, hex, size, mediaType }, { key, ...terms }));
  const signature = `${path}${BLOB_SIGNATURE_SUFFIXES[terms.form]}`;
  writeWhole(signature, envelope);
  return showSigned({ file: path, digest: `${hash}:${hex}`, size, mediaType, signature });
}

function showSigned(
  signed: {
    readonly file: string;
    readonly digest: string;
    readonly size: number;
    readonly mediaType: string;
    readonly signature: string;
  },
  identity: SignerTerms['identity'] = null,
): Report {
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('sign', () => ({ ...signed, ...describeIdentity(identity) })),
    blocks: () => [
      showLine(`signed ${signed.file} (${signed.digest})`),
      showLine(`signature ${signed.signature}`),
      ...showIdentity(identity),
    ],
  };
}
