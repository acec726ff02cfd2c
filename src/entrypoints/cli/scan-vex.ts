import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  judgeFindings,
  readVex,
  type ScanReport,
  type VexClaim,
  VexClaims,
  type VexSource,
} from '../../capabilities/scanning/index.ts';
import {
  BLOB_SIGNATURE_SUFFIXES,
  describeSigner,
  explainDistrust,
  isStatementTrusted,
  type Signer,
} from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository, parseImageReference } from '../../core/image-reference.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';
import { openCommandClient } from '../compose/command-registry.ts';
import { parseTarget } from '../compose/targets.ts';
import { loadTrust } from '../compose/trust.ts';
import type { Config } from '../config/config.ts';
import type { Call } from './command.ts';
import { makePrintable } from './io.ts';
import { verifyBlobSignature } from './verify-blob.ts';

type VexCall = Call<{ readonly vex: readonly string[]; readonly as?: string | undefined }>;

/** A VEX file, with the signer that the trust policy for files accepts. */
interface VexFile {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly signature: { readonly path: string; readonly form: 'jws' | 'cose' };
  readonly signer: Signer;
  readonly claims: readonly Omit<VexClaim<VexSource>, 'about'>[];
}

/** The signed VEX files of a call, and whom the trust document lets state VEX. */
export interface ScanVex {
  readonly files: readonly VexFile[];
  readonly trust: TrustMaterial;
}

/**
 * The VEX files of `--vex`, of any form that is read, bare, as in-toto statement or in a DSSE
 * envelope. Each is signed beside itself (FILE.jws.sig or FILE.cose.sig), by a signer that the
 * trust policy for files accepts; a file without such a signature is an error, because a result
 * that silently leaves it out would not be what was asked for.
 */
export async function loadScanVex(call: VexCall, config: Config): Promise<ScanVex | null> {
  if (call.options.vex.length === 0) return null;
  const trust = orThrow(await loadTrust(config));
  const files: VexFile[] = [];
  for (const named of call.options.vex)
    files.push(await loadFile(named, resolve(call.io.cwd, named), config, call.signal));
  return { files, trust };
}

/**
 * A VEX file that counts for somebody: signed by a signer who may state VEX about any repository.
 * Fails with EVIDENCE_REJECTED for every other one.
 */
export async function loadCountingVex(
  call: Pick<Call, 'signal'>,
  config: Config,
  path: string,
): Promise<VexFile> {
  const { document } = orThrow(await loadTrust(config));
  const signatures = Object.values(BLOB_SIGNATURE_SUFFIXES).map((suffix) => `${path}${suffix}`);
  if (existsSync(path) && !signatures.some((signature) => existsSync(signature)))
    throw refuseFile(path, 'nobody signed it');
  const file = await loadFile(path, path, config, call.signal);
  // mutant vex-added-to-that-of-a-stranger by vex-add: condition -> false
  if (!mayStateAnywhere(document, file.signer, toInstant(Date.now())))
    throw refuseFile(path, `${describeSigner(file.signer).identity} may not state vex`);
  return file;
}

async function loadFile(
  named: string,
  path: string,
  config: Config,
  signal: AbortSignal,
): Promise<VexFile> {
  const bytes = await readFileBounded(path, LIMITS.vexDocumentBytesMax);
  const statements = orThrow(readWithinBudget(bytes, () => readVex(bytes)));
  const { jws, cose } = BLOB_SIGNATURE_SUFFIXES;
  const isCose = !existsSync(`${path}${jws}`) && existsSync(`${path}${cose}`);
  const signature = `${path}${isCose ? cose : jws}`;
  const signed = { path, signature, mediaType: null, policyName: null };
  const { result, why, target } = await verifyBlobSignature(config, signed, signal);
  if (result?.kind !== 'trusted') {
    const reason =
      result === null
        ? why
        : result.kind === 'undetermined'
          ? result.cause.message
          : result.reasons[0].message;
    throw refuseFile(path, reason);
  }
  // The file was read twice: what is used is what was signed.
  const [algorithm = ''] = target?.digest.split(':') ?? [];
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  if (digest !== target?.digest) throw refuseFile(path, 'it changed while it was read');
  const { identity } = describeSigner(result.signer);
  const source: VexSource = { by: identity, document: named };
  const claims = statements.map((statement) => ({ statement, source }));
  const form = isCose ? 'cose' : 'jws';
  return { file: path, bytes, signature: { path: signature, form }, signer: result.signer, claims };
}

function refuseFile(path: string, why: string): Failure {
  return new Failure(
    'EVIDENCE_REJECTED',
    `${path} does not count as VEX: ${why}`,
    'Sign it with a key of a signer who is trusted for vex: waybill sign FILE.',
  );
}

/**
 * The report with the findings that the statements exclude marked as `not_affected`: those of
 * `--vex`, and those that are attached to the image, as a gate reads them.
 */
export async function applyScanVex(
  call: VexCall,
  config: Config,
  vex: ScanVex | null,
  target: string,
  report: ScanReport,
): Promise<ScanReport> {
  const image = report.subject.digest;
  const attached =
    report.findings.length === 0
      ? NOTHING_ATTACHED
      : await readAttachedVex(call, config, target, image);
  const claims = [
    ...attached.claims,
    ...(vex === null ? [] : listFileClaims(call, vex, target, image)),
  ];
  if (claims.length === 0) return report;
  const where = { image, indexes: attached.indexes, members: [], now: toInstant(Date.now()) };
  const judged = judgeFindings(report.findings, new VexClaims(claims), where);
  return { ...report, findings: judged.findings, vexRemarks: judged.remarks };
}

function listFileClaims(
  call: VexCall,
  { files, trust }: ScanVex,
  target: string,
  image: Digest | null,
): readonly VexClaim<VexSource>[] {
  const repository = findRepository(call, target);
  const at = toInstant(Date.now());
  return files.flatMap((file) => {
    // mutant scan-vex-by-any-signer by scan-vex: condition -> false
    if (!mayState(trust, repository, file.signer, at)) {
      const about = { repository: repository ?? 'any repository', kind: 'vex', at } as const;
      const why = explainDistrust(trust.document, { ...about, signer: file.signer });
      call.io.err(`${makePrintable(`note: ${file.file} does not count: ${why}`)}\n`);
      return [];
    }
    return file.claims.map((claim) => ({ ...claim, about: image }));
  });
}

interface AttachedVex {
  readonly claims: readonly VexClaim<VexSource>[];
  /** The index by which the image was named, if it was. */
  readonly indexes: readonly Digest[];
}

const NOTHING_ATTACHED: AttachedVex = { claims: [], indexes: [] };

/**
 * What is attached to an image of a registry. Nothing is asked where the trust document lets nobody
 * state VEX; what cannot be read takes no finding away, and is said.
 */
async function readAttachedVex(
  call: VexCall,
  config: Config,
  text: string,
  image: Digest | null,
): Promise<AttachedVex> {
  const target = parseTarget(text, call.io.cwd);
  if (target.kind !== 'image' || image === null) return NOTHING_ATTACHED;
  const trust = await loadTrust(config);
  if (!trust.ok || !trust.value.document.rules.some(({ statements }) => statements.includes('vex')))
    return NOTHING_ATTACHED;
  const { gatherImage } = await import('../../gates/image-evidence/index.ts');
  const { listVexClaims } = await import('../../gates/facts/index.ts');
  const client = await openCommandClient(config, call.io.env);
  try {
    const ports = { source: client, trust: trust.value, reading: readWithinBudget };
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(LIMITS.verifyMs)]);
    const now = toInstant(Date.now());
    const found = await gatherImage(target.reference, now, ports, { signal });
    if (!found.ok) return sayUnread(call, text, found.failure);
    const { subject, members } = found.value;
    // The tag may lead elsewhere meanwhile.
    if (!members.some(({ descriptor }) => descriptor.digest === image)) return NOTHING_ATTACHED;
    // mutant scan-forgets-attached-vex by scan-attached-vex: value 1 -> []
    const claims = listVexClaims(found.value, trust.value, now);
    return { claims, indexes: image === subject.digest ? [] : [subject.digest] };
  } finally {
    client.close();
  }
}

function sayUnread({ io }: VexCall, text: string, { message }: Failure): AttachedVex {
  io.err(`${makePrintable(`note: VEX that is attached to ${text} was not read: ${message}`)}\n`);
  return NOTHING_ATTACHED;
}

/** The repository of an image, by its name or by --as; null for everything else. */
function findRepository({ options, io }: VexCall, text: string): string | null {
  const target = parseTarget(text, io.cwd);
  if (target.kind === 'image') return formatRepository(target.reference);
  const named = options.as === undefined ? null : parseImageReference(options.as);
  return named?.ok === true ? formatRepository(named.value) : null;
}

function mayState(
  { document }: TrustMaterial,
  repository: string | null,
  signer: Signer,
  at: Instant,
): boolean {
  return repository === null
    ? mayStateAnywhere(document, signer, at)
    : isStatementTrusted(document, { repository, kind: 'vex', signer, at });
}

/** What is in no repository may be excused by a signer of VEX about any. */
function mayStateAnywhere(
  document: TrustMaterial['document'],
  signer: Signer,
  at: Instant,
): boolean {
  const paths = document.rules.flatMap(({ repositories }) => repositories);
  return paths.some(({ kind, path }) =>
    isStatementTrusted(document, {
      ...{ repository: kind === 'exact' ? path : `${path}/any`, kind: 'vex' },
      ...{ signer, at },
    }),
  );
}
