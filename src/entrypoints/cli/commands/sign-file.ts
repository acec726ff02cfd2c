import {
  BLOB_SIGNATURE_SUFFIXES,
  type EnvelopeForm,
  type SigningKey,
  selectBlobHash,
  signBlob,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { hashFile } from '../../../system/files/hash-file.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import type { Countersign } from '../../compose/timestamps.ts';
import { makePrintable } from '../io.ts';
import type { SignCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** The media type that notation uses for a file without a given media type. */
const ANY_TYPE = 'application/octet-stream';
const MEDIA_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

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
  const signed = { file: path, digest: `${hash}:${hex}`, size, mediaType, signature };
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('sign', () => signed),
    blocks: () => [
      showLine(`signed ${path} (${signed.digest})`),
      showLine(`signature ${signature}`),
    ],
  };
}
