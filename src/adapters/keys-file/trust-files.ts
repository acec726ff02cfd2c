import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Certificate,
  type NotaryTrust,
  parseBlobTrustPolicy,
  parseCertificates,
  parseTrustPolicy,
  type TrustPolicy,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { toFileFailure } from '../../system/files/errno.ts';
import { checkFolder, readRegularFile } from '../../system/files/read-file.ts';

const STORE_FILE_BYTES_MAX = 1024 * 1024;

/**
 * The configuration folder of notation: `trustpolicy.json` (or `trustpolicy.oci.json`, which newer
 * releases write) and the trust stores that it names. A store that cannot be read is kept as its
 * failure, so only the signatures that need it are undetermined.
 */
export async function loadNotaryTrust(folder: string): Promise<Result<NotaryTrust>> {
  const bytes = await readPolicy(folder);
  return bytes.ok ? loadStores(folder, parseTrustPolicy(bytes.value)) : bytes;
}

/** The same for blobs: `trustpolicy.blob.json`, and the trust stores that it names (N44). */
export async function loadBlobTrust(folder: string): Promise<Result<NotaryTrust>> {
  const bytes = await readRegularFile(join(folder, 'trustpolicy.blob.json'), LIMITS.configBytesMax);
  return bytes.ok ? loadStores(folder, parseBlobTrustPolicy(bytes.value)) : bytes;
}

async function loadStores(
  folder: string,
  policy: Result<TrustPolicy>,
): Promise<Result<NotaryTrust>> {
  if (!policy.ok) return policy;
  const names = new Set(policy.value.statements.flatMap((statement) => statement.trustStores));
  return ok({ policy: policy.value, stores: await loadTrustStores(folder, [...names]) });
}

/** Trust stores by name; one that cannot be read is kept as its failure. */
export async function loadTrustStores(
  folder: string,
  names: readonly string[],
): Promise<NotaryTrust['stores']> {
  const stores = new Map<string, Result<readonly Certificate[]>>();
  for (const name of names) stores.set(name, await loadTrustStore(folder, name));
  return stores;
}

async function readPolicy(folder: string): Promise<Result<Uint8Array>> {
  const current = await readRegularFile(
    join(folder, 'trustpolicy.oci.json'),
    LIMITS.configBytesMax,
  );
  if (current.ok || current.failure.code !== 'FILE_NOT_FOUND') return current;
  return readRegularFile(join(folder, 'trustpolicy.json'), LIMITS.configBytesMax);
}

/** The certificates of `ca:name`, `signingAuthority:name` or `tsa:name` (N35). */
export async function loadTrustStore(
  folder: string,
  name: string,
): Promise<Result<readonly Certificate[]>> {
  const [type = '', store = ''] = name.split(':');
  const path = join(folder, 'truststore', 'x509', type, store);
  const real = await checkFolder(path);
  if (!real.ok) return broken(name, real.failure);
  const certificates: Certificate[] = [];
  const files = await listFiles(path);
  if (!files.ok) return broken(name, files.failure);
  for (const file of files.value) {
    const found = await loadFile(join(path, file), type);
    if (!found.ok) return broken(name, found.failure);
    certificates.push(...found.value);
    if (certificates.length > LIMITS.trustStoreCertificatesMax) {
      const why = `it has over ${LIMITS.trustStoreCertificatesMax} certificates`;
      return broken(name, new Failure('LIMIT_EXCEEDED', why, ''));
    }
  }
  if (certificates.length === 0)
    return broken(name, new Failure('TRUST_INVALID', 'it is empty', ''));
  return ok(certificates);
}

/**
 * A folder inside a store is an error, as in the reference implementation. Otherwise its
 * certificates would silently not be trusted.
 */
async function listFiles(path: string): Promise<Result<readonly string[]>> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const odd = entries.find((entry) => !entry.isFile());
    if (odd === undefined) return ok(entries.map((entry) => entry.name).sort());
    return failed(new Failure('UNSAFE_PATH', `${odd.name} is not a regular file`, ''));
  } catch (cause) {
    return failed(toFileFailure(path, cause));
  }
}

async function loadFile(path: string, type: string): Promise<Result<readonly Certificate[]>> {
  const bytes = await readRegularFile(path, STORE_FILE_BYTES_MAX);
  if (!bytes.ok) return bytes;
  const certificates = parseCertificates(bytes.value);
  if (!certificates.ok) return certificates;
  const bad = certificates.value.find((certificate) => !mayBeTrusted(certificate, type));
  if (bad === undefined) return certificates;
  const wanted = type === 'tsa' ? 'a root' : 'a certification authority or self-signed';
  return failed(new Failure('TRUST_INVALID', `${bad.subjectText} is not ${wanted}`, ''));
}

/** A store holds authorities or self-signed signers. A store for timestamps holds only roots. */
function mayBeTrusted(certificate: Certificate, type: string): boolean {
  const { handle, publicKey } = certificate;
  const selfSigned =
    Buffer.from(certificate.subjectDer).equals(certificate.issuerDer) && handle.verify(publicKey);
  return type === 'tsa' ? handle.ca && selfSigned : handle.ca || selfSigned;
}

function broken(name: string, cause: Failure): Result<never> {
  const why = `the trust store ${name} cannot be used: ${cause.message}`;
  return failed(
    new Failure('TRUST_INVALID', why, `Fix truststore/x509/${name.replace(':', '/')}/.`, {
      cause,
    }),
  );
}
