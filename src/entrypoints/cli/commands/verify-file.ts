import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  BLOB_SIGNATURE_SUFFIXES,
  readEnvelopeClaim,
  type SignatureResult,
  verifyNotaryBlob,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { instantOf } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import type { Standing } from '../../../gates/image-evidence/index.ts';
import { hashFile } from '../../../system/files/hash-file.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { loadBlobTrust } from '../../compose/compose.ts';
import type { Config } from '../../config/config.ts';
import type { Call, ExitCode } from '../command.ts';
import { wantsJson } from '../configured.ts';
import { printable } from '../io.ts';
import { type Described, describeFile } from './describe-file.ts';
import { exitOf, type Line, lineOf, reasonOf, standingText, textOfLine } from './standing-output.ts';

interface Shown {
  readonly file: string;
  /** What the file was recognised as, and what it says; nothing of that is verified by being shown. */
  readonly recognised: Described;
  readonly standing: Standing['kind'];
  readonly reason: string | null;
  readonly searched: readonly { readonly file: string; readonly found: boolean }[];
  readonly signatures: readonly (Line & SignedAs)[];
}

interface SignedAs {
  readonly file: string;
  /** What the signature names, where it counts. */
  readonly digest: string | null;
  readonly mediaType: string | null;
}

/** A file by the signatures that lie beside it (N9); one that is a signature or a statement itself is told apart. */
export async function verifyFile(call: Call, config: Config, path: string): Promise<ExitCode> {
  const shown = await shownOf(call, config, path);
  call.io.out(wantsJson(call) ? `${JSON.stringify(shown, null, 2)}\n` : textOf(call, shown));
  return exitOf(shown.standing);
}

async function shownOf(call: Call, config: Config, path: string): Promise<Shown> {
  const named = call.options.text('signature');
  const jws = named === undefined ? `${path}${BLOB_SIGNATURE_SUFFIXES.jws}` : resolve(call.io.cwd, named);
  const cose = `${path}${BLOB_SIGNATURE_SUFFIXES.cose}`;
  const places = named === undefined ? [jws, cose] : [jws];
  const searched = places.map((file) => ({ file, found: existsSync(file) }));
  const hasJws = searched[0]?.found === true;
  if (named !== undefined && !hasJws) throw new Failure('FILE_NOT_FOUND', `${jws} does not exist`, 'Check the path.');
  const recognised = await describeFile(path);
  const base = { file: path, recognised, searched };
  if (hasJws) {
    const one = await verifyBeside(call, config, path, jws);
    return { ...base, standing: one.standing, reason: one.reason, signatures: [one] };
  }
  const standing = withoutJws(recognised, searched[1]?.found === true ? cose : null, path);
  return { ...base, standing: standing.kind, reason: reasonOf(standing), signatures: [] };
}

async function verifyBeside(call: Call, config: Config, path: string, file: string): Promise<Line & SignedAs> {
  const trust = orThrow(await loadBlobTrust(config));
  const envelope = await readFileBounded(file, LIMITS.envelopeBytesMax);
  const claim = readEnvelopeClaim(envelope);
  if (!claim.ok) {
    const broken: Standing = { kind: 'does-not-count', signer: null, why: claim.reason.message };
    return { ...lineOf(broken, []), file, digest: null, mediaType: null };
  }
  const { hash, target } = claim.value;
  const hashed = await hashFile(path, hash, call.signal);
  const result = verifyNotaryBlob({
    blob: { hash, ...hashed, mediaType: call.options.text('mediaType') ?? null },
    envelope,
    policyName: call.options.text('policyName') ?? null,
    trust,
    now: instantOf(Date.now()),
  });
  const { digest, mediaType } = result.kind === 'trusted' ? target : { digest: null, mediaType: null };
  return { ...lineOf(standingOfResult(result), [result]), file, digest, mediaType };
}

/** Of a file there is no trust document to ask: the trust policy for blobs alone says who may sign it. */
function standingOfResult(result: SignatureResult): Standing {
  if (result.kind === 'trusted') return { kind: 'counts', signer: result.signer };
  if (result.kind === 'undetermined') return result;
  return { kind: 'does-not-count', signer: result.signer, why: result.reasons[0].message };
}

function withoutJws(recognised: Described, cose: string | null, path: string): Standing {
  if (cose !== null) {
    const why = `${basename(cose)} is a COSE signature, which this version does not read`;
    return { kind: 'undetermined', cause: new Failure('UNSUPPORTED', why, 'Sign with a JWS envelope as well.') };
  }
  if (recognised.needs !== null) {
    return { kind: 'undetermined', cause: new Failure('EVIDENCE_REJECTED', recognised.needs, 'Verify it there.') };
  }
  return { kind: 'does-not-count', signer: null, why: `no signature lies beside ${basename(path)}` };
}

function textOf(call: Call, shown: Shown): string {
  const because = shown.reason === null ? '' : `: ${printable(shown.reason)}`;
  const lines = [
    `${printable(shown.file)}: ${standingText(call, shown.standing)}${because}`,
    `  recognised as ${printable(shown.recognised.what)}`,
    ...shown.recognised.says.map((line) => `    ${printable(line)}`),
    ...shown.signatures.map((one) =>
      textOfLine(call, `signature${one.mediaType === null ? '' : ` of it as ${one.mediaType}`}`, one.file, one),
    ),
    ...shown.searched.map(({ file, found }) => `  searched ${printable(file)}: ${found ? 'found' : 'not there'}`),
  ];
  return `${lines.join('\n')}\n`;
}
