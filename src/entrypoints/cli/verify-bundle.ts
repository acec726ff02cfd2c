import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { checkStatement } from '../../capabilities/attestation/index.ts';
import {
  matchesSigstore,
  parseBundle,
  type Reason,
  readSigstoreSigner,
  refuseSignature,
  type SignatureResult,
  type SignedContent,
  type SigstoreTrust,
  type TrustedSigstoreSigner,
  verifyBundle,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { loadRoots } from '../compose/trust.ts';
import type { Config } from '../config/config.ts';
import type { VerifyCall } from './options/signing.ts';
import { parsePredicateType } from './predicate-type.ts';
import { refuseRevokedFile } from './verify-blob.ts';

/** A verified bundle, and what it says of the file. */
export interface BundleOutcome {
  readonly result: SignatureResult;
  /** `sha256:…` of the file. */
  readonly digest: string;
}

/**
 * Verifies a file by a bundle of sigstore (cosign verify-blob), offline. Who may have signed is
 * what the caller says: a key, or an identity with its issuer and its trusted root. A statement
 * about the file needs its type as well: an attestation of another kind is not what was asked for
 * (A46).
 */
export async function verifyFileBundle(
  call: VerifyCall,
  config: Config,
  path: string,
  bundlePath: string,
): Promise<BundleOutcome> {
  const signer = await readSigner(call);
  const artifact = await readFileBounded(path, LIMITS.documentBytesMax);
  const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
  const bytes = await readFileBounded(bundlePath, LIMITS.bundleBytesMax);
  const parsed = parseBundle(bytes);
  if (!parsed.ok) {
    const { code, message } = parsed.reason;
    return { result: refuseSignature(null, code, message), digest };
  }
  const type = call.options.type === undefined ? null : parsePredicateType(call.options.type);
  const result = verifyBundle({
    bundle: parsed.value,
    format: 'sigstore-bundle',
    artifact,
    checkContent: (content) => checkFile(content, digest, type),
    trust: await openTrust(config, signer),
    now: toInstant(Date.now()),
  });
  // mutant file-signed-by-anybody by verify-bundle: condition -> false
  if (result.kind === 'trusted' && !matchesSigstore(signer, result.signer)) {
    const why = `it is signed by ${result.signer.identity}, and not by who was asked for`;
    return { result: refuseSignature(result.signer, 'identity-not-trusted', why), digest };
  }
  const terms = { path, envelope: bytes, signal: call.signal };
  return { result: await refuseRevokedFile(config, result, terms), digest };
}

function checkFile(
  content: SignedContent,
  digest: string,
  predicateType: string | null,
): readonly Reason[] {
  if (content.kind === 'message') {
    // mutant signature-where-a-statement-was-asked-for by verify-bundle: condition -> true
    if (predicateType === null) return [];
    const message = `it is a signature of the file, and states no ${predicateType}`;
    return [{ code: 'predicate-type', message }];
  }
  // mutant statement-of-any-type-about-a-file by verify-bundle: condition -> false
  if (predicateType === null) {
    const message = 'it is a statement about the file: say of which type it must be, with --type';
    return [{ code: 'predicate-type', message }];
  }
  return checkStatement({ ...content, digest, predicateType });
}

async function readSigner({ options, io }: VerifyCall): Promise<TrustedSigstoreSigner> {
  const { key, identity, identityGlob, issuer, trustedRoot } = options;
  const isNamed = identity !== undefined || identityGlob !== undefined;
  if (key === undefined && (!isNamed || issuer === undefined))
    throw new Failure(
      'USAGE',
      'a bundle needs somebody who must have signed it',
      'Name --key FILE, or --identity (or --identity-glob) and --issuer.',
    );
  if (key === undefined)
    return orThrow(
      readSigstoreSigner({
        ...(identity === undefined ? {} : { identity }),
        ...(identityGlob === undefined ? {} : { identityGlob }),
        ...{ issuer: issuer ?? '', trustedRoot },
      }),
    );
  if (isNamed || issuer !== undefined)
    throw new Failure('USAGE', '--key has an identity beside it', 'Name one of both.');
  const pem = await readFileBounded(resolve(io.cwd, key), LIMITS.configBytesMax);
  return orThrow(readSigstoreSigner({ publicKey: Buffer.from(pem).toString('utf8') }));
}

/** Nobody else is trusted: no rule of the trust document is about files. */
async function openTrust(config: Config, signer: TrustedSigstoreSigner): Promise<SigstoreTrust> {
  if (signer.kind === 'sigstore-key') return { roots: new Map(), keys: [signer.key] };
  return { roots: await loadRoots(config, [signer.trustedRoot]), keys: [] };
}
