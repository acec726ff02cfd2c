import { randomBytes } from 'node:crypto';
import { parseCertificates, requestTimestamp } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { readSmallFile } from '../../system/files/read-file.ts';

export interface TimestampOptions {
  readonly url: string | undefined;
  /** A file with the root certificate of the authority, PEM or DER. */
  readonly rootCert: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export type Countersign = (signature: Uint8Array) => Promise<Result<Uint8Array>>;

/** How a signature gets its timestamp; null where none is wanted. */
export async function openTimestamps(options: TimestampOptions): Promise<Countersign | null> {
  const { url, rootCert, env, signal } = options;
  if (url === undefined && rootCert === undefined) return null;
  if (url === undefined || rootCert === undefined) {
    const why = '--timestamp-url and --timestamp-root-cert belong together';
    throw new Failure('USAGE', why, 'Give both: a timestamp of an unknown authority helps nobody.');
  }
  const bytes = readSmallFile(rootCert, LIMITS.configBytesMax);
  const roots = orThrow(parseCertificates(bytes));
  const { openTimestampAuthority } = await import('../../adapters/timestamp-http/index.ts');
  const authority = openTimestampAuthority({ url, env, signal });
  return (signature) =>
    requestTimestamp(signature, {
      authority,
      roots,
      nonce: randomBytes(16),
      now: toInstant(Date.now()),
    });
}
