import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  BLOB_SIGNATURE_SUFFIXES,
  type SignatureResult,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { Standing } from '../../../gates/image-evidence/index.ts';
import type { Config } from '../../config/config.ts';
import type { VerifyCall } from '../options/signing.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { verifyBlobSignature } from '../verify-blob.ts';
import { verifyFileBundle } from '../verify-bundle.ts';
import { describeFile, type FileDescription } from './describe-file.ts';
import {
  type EvidenceLine,
  findReason,
  formatStanding,
  showEvidence,
  toExitCode,
  toLine,
} from './standing-output.ts';

interface FileReport {
  readonly file: string;
  /** What the file was recognised as, and what it says. This does not verify it. */
  readonly recognised: FileDescription;
  readonly standing: Standing['kind'];
  readonly reason: string | null;
  readonly searched: readonly { readonly file: string; readonly found: boolean }[];
  readonly signatures: readonly (EvidenceLine & SignedContent)[];
}

interface SignedContent {
  readonly file: string;
  /** What the signature names, if it counts. */
  readonly digest: string | null;
  readonly mediaType: string | null;
}

/**
 * Verifies a file by the signatures in its folder (N9). A file that is itself a signature or a
 * statement is recognised as such.
 */
export async function verifyFile(call: VerifyCall, config: Config, path: string): Promise<Report> {
  const shown = await buildReport(call, config, path);
  return {
    kind: 'result',
    exitCode: toExitCode(shown.standing),
    value: toValue('verify', () => shown),
    blocks: () => showReport(shown),
  };
}

async function buildReport(call: VerifyCall, config: Config, path: string): Promise<FileReport> {
  const { bundle } = call.options;
  if (bundle !== undefined) return buildBundleReport(call, config, path, bundle);
  const idle = (['key', 'identity', 'issuer', 'type'] as const).find(
    (name) => call.options[name] !== undefined,
  );
  if (idle !== undefined)
    throw new Failure('USAGE', `--${idle} is only for a bundle`, 'Name it: --bundle FILE.');
  const named = call.options.signature;
  const places =
    named === undefined
      ? Object.values(BLOB_SIGNATURE_SUFFIXES).map((suffix) => `${path}${suffix}`)
      : [resolve(call.io.cwd, named)];
  const searched = places.map((file) => ({ file, found: existsSync(file) }));
  const present = searched.flatMap(({ file, found }) => (found ? [file] : []));
  if (named !== undefined && present.length === 0)
    throw new Failure('FILE_NOT_FOUND', `${places[0]} does not exist`, 'Check the path.');
  const recognised = await describeFile(path);
  const base = { file: path, recognised, searched };
  const signatures: (EvidenceLine & SignedContent)[] = [];
  for (const file of present) signatures.push(await verifyBeside(call, config, path, file));
  const [best] = signatures.toSorted((one, other) => rank(one) - rank(other));
  if (best !== undefined) {
    const { standing, reason } = best;
    return { ...base, standing, reason, signatures };
  }
  const standing = judgeUnsigned(recognised, path);
  return { ...base, standing: standing.kind, reason: findReason(standing), signatures };
}

async function buildBundleReport(
  call: VerifyCall,
  config: Config,
  path: string,
  bundle: string,
): Promise<FileReport> {
  const file = resolve(call.io.cwd, bundle);
  if (!existsSync(file))
    throw new Failure('FILE_NOT_FOUND', `${file} does not exist`, 'Check the path.');
  const recognised = await describeFile(path);
  const { result, digest } = await verifyFileBundle(call, config, path, file);
  const standing = toStanding(result);
  const line = { ...toLine(standing, [result]), file, mediaType: null };
  return {
    file: path,
    recognised,
    searched: [{ file, found: true }],
    standing: standing.kind,
    reason: findReason(standing),
    signatures: [{ ...line, digest: standing.kind === 'counts' ? digest : null }],
  };
}

/** One signature that counts is enough. */
function rank({ standing }: EvidenceLine): number {
  return ['counts', 'undetermined', 'does-not-count'].indexOf(standing);
}

async function verifyBeside(
  call: VerifyCall,
  config: Config,
  path: string,
  file: string,
): Promise<EvidenceLine & SignedContent> {
  const { mediaType: stated, policyName } = call.options;
  const signed = {
    path,
    signature: file,
    mediaType: stated ?? null,
    policyName: policyName ?? null,
  };
  const { result, why, target } = await verifyBlobSignature(config, signed, call.signal);
  if (result === null) {
    const broken: Standing = { kind: 'does-not-count', signer: null, why };
    return { ...toLine(broken, []), file, digest: null, mediaType: null };
  }
  const { digest, mediaType } =
    result.kind === 'trusted' && target !== null ? target : { digest: null, mediaType: null };
  return { ...toLine(toStanding(result), [result]), file, digest, mediaType };
}

/**
 * The trust document does not cover files: only the trust policy for blobs says who may sign one.
 */
function toStanding(result: SignatureResult): Standing {
  if (result.kind === 'trusted') return { kind: 'counts', signer: result.signer };
  if (result.kind === 'undetermined') return result;
  return { kind: 'does-not-count', signer: result.signer, why: result.reasons[0].message };
}

function judgeUnsigned(recognised: FileDescription, path: string): Standing {
  if (recognised.needs !== null) {
    return {
      kind: 'undetermined',
      cause: new Failure('EVIDENCE_REJECTED', recognised.needs, 'Verify it there.'),
    };
  }
  return {
    kind: 'does-not-count',
    signer: null,
    why: `${basename(path)} has no signature file in its folder`,
  };
}

function showReport(shown: FileReport): readonly Block[] {
  const { recognised, signatures, searched } = shown;
  return [
    showLine(...formatStanding(shown.file, shown)),
    showLine(`  recognised as ${recognised.what}`),
    ...recognised.says.map((one) => showLine(`    ${one}`)),
    ...signatures.flatMap((one) =>
      showEvidence(
        `signature${one.mediaType === null ? '' : ` of it as ${one.mediaType}`}`,
        one.file,
        one,
      ),
    ),
    ...searched.map(({ file, found }) =>
      showLine(`  searched ${file}: ${found ? 'found' : 'not there'}`),
    ),
  ];
}
